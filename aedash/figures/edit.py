"""Edits of a code: what is changed in it, as text of an address, and the card on which it is changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from aedash.events import Floats

MOST = 24  # changes in one address
LARGEST = 1e6
_PART = re.compile(r"(d?)([1-9]\d{0,4})_(-?\d{1,9}(?:\.\d{1,9})?(?:e-?\d{1,2})?)")


@dataclass(frozen=True)
class Edits:
    """Changes to the code of an image. steps: {direction, from 0: deviations of the data along it}; units: {unit, from
    0: its value, in code units}, which are set after the steps.
    """

    steps: Mapping[int, float] = field(default_factory=dict)
    units: Mapping[int, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """As the address says it; people count from 1.

        >>> str(Edits({0: 1.5}, {6: -0.25}))
        'd1_1.5~7_-0.25'
        """
        along = [f"d{row + 1}_{far:.4g}" for row, far in self.steps.items()]
        return "~".join([*along, *(f"{unit + 1}_{value:.4g}" for unit, value in self.units.items())])

    @classmethod
    def read(cls, text: str) -> "Edits":
        """What the address says. Raises ValueError for any other text.

        >>> Edits.read("d1_1.5~7_-0.25")
        Edits(steps={0: 1.5}, units={6: -0.25})
        """
        steps: dict[int, float] = {}
        units: dict[int, float] = {}
        parts = text.split("~") if text else []
        for part in parts:
            found = _PART.fullmatch(part)
            if not found or len(parts) > MOST:
                raise ValueError(text)
            place, value = int(found[2]) - 1, float(found[3])
            if not isfinite(value) or abs(value) > LARGEST:
                raise ValueError(text)
            (steps if found[1] else units)[place] = value
        return cls(steps, units)

    def fits(self, latent: int) -> bool:
        """Whether a code of so many numbers has all the units."""
        return all(place < latent for place in [*self.steps, *self.units])


@dataclass(frozen=True)
class Slider:
    """One unit. low, high: ends of the range that the data has, in code units; effect: in words."""

    unit: int
    name: str
    low: float
    high: float
    effect: str


@dataclass(frozen=True, eq=False)
class EditCard:
    """What is changed where.

    key: names the image and the model; code: (latent,); steps: (K, latent), of the rows; rows, ends: PNG data URIs, of
    K rows of nine pictures and of S rows of two; strengths: of the rows, in words; reach: deviations to either side of
    a row; own: PNG data URI of the image and its reconstruction. decoder: a parcel's name, or empty: then `picture`, a
    PNG data URI of what the server made of `text`, the edits. why: there are no rows.
    """

    key: str
    code: Floats
    steps: Floats
    rows: str
    strengths: tuple[str, ...]
    reach: float
    sliders: tuple[Slider, ...]
    ends: str
    own: str
    shape: tuple[int, int]
    decoder: str
    picture: str
    text: str
    note: str
    why: str = ""
