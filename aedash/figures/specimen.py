"""The card of a specimen as data: its pictures in one sheet, its code, its neighbours, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aedash.analysis.specimen import Specimen, Touched
from aedash.events import Bytes, Floats
from aedash.figures.grids import error_map, one_rgba, sheet
from aedash.formatting import count, many, number

LEAST = 1.0  # reach of the bars of a dead code, in code units: small noise drawn large would look alive


@dataclass(frozen=True)
class Picture:
    """A picture of the card. label: above it; note: below it."""

    label: str
    note: str = ""


@dataclass(frozen=True)
class Near:
    """One of the nearest. place: its dot; label: its class; distance: in words."""

    place: int
    label: str
    distance: str


@dataclass(frozen=True, eq=False)
class SpecimenCard:
    """sheet: a PNG data URI of `pictures` and then `nearest`, side by side. moment: of which state of the model.

    code: (latent,) in code units, drawn from -reach to reach; in_use: one letter a unit, "1" for in use, empty where it
    is not known; words: rows of a discrete code. place: its dot on the map; None of a sample. notes: sentences.
    """

    title: str
    moment: str
    sheet: str
    pictures: tuple[Picture, ...]
    nearest: tuple[Near, ...]
    code: Floats
    reach: float
    in_use: str
    words: tuple[tuple[int, ...], ...]
    units: str
    place: int | None
    notes: tuple[str, ...] = ()


def card(
    touched: Touched,
    own: Specimen,
    images: Bytes,
    classes: Sequence[str],
    moment: str,
    by: str = "",
    notes: tuple[str, ...] = (),
) -> SpecimenCard:
    """images: (N, H, W) uint8 of the map, for the neighbours; classes: names, by label.

    by: who made the output, where that is another state of the model than `moment` says.
    """
    rows, pictures = _pictures(own, by)
    near = [images[one.place] for one in own.nearest]
    code = np.zeros(0, np.float32) if own.code is None else own.code.astype(np.float32)
    dead = own.in_use is not None and not own.in_use.any()
    place = touched.place if touched.kind == "dot" else None
    return SpecimenCard(
        title=f"Sample {touched.place + 1}" if own.label is None else _title(touched.place, classes[own.label]),
        moment=moment,
        sheet=strip([*rows, *near]),
        pictures=pictures,
        nearest=tuple(Near(one.place, classes[one.label], number(one.distance)) for one in own.nearest),
        code=code,
        reach=max(own.reach, LEAST if dead else 0.0, float(np.abs(code).max(initial=0.0))),
        in_use="" if own.in_use is None else "".join("01"[int(unit)] for unit in own.in_use),
        words=() if own.words is None else tuple(tuple(row) for row in own.words.tolist()),
        units=units(own),
        place=place,
        notes=notes,
    )


def _title(place: int, name: str) -> str:
    return f"Test image {place}, class {name}"


def _pictures(own: Specimen, by: str) -> tuple[list[Bytes], tuple[Picture, ...]]:
    """The pictures that there are, in the order in which the model works, and what stands at them."""
    rows, pictures = [], []
    if own.image is not None:
        rows.append(own.image)
        pictures.append(Picture("image" if own.input is None else "clean"))
    if own.input is not None:
        rows.append(own.input)
        pictures.append(Picture("input"))
    if own.output is not None:
        rows.append(own.output)
        pictures.append(Picture("output" if own.image is not None else "decoded", by))
    if own.output is not None and own.image is not None:
        difference = (own.output.astype(np.float32) - own.image) / 255
        rows.append(error_map(difference[None])[0])
        pictures.append(Picture("error", f"MSE per pixel {number(own.mse)}"))
    return rows, tuple(pictures)


def strip(pictures: list[Bytes]) -> str:
    """One row of pictures, (H, W) grey, (H, W, 3) or (H, W, 4), as a PNG data URI."""
    colored = [one_rgba(picture) for picture in pictures]
    return sheet([np.stack(colored)]) if colored else ""


def units(own: Specimen) -> str:
    """How many numbers the code has, and how many of them are in use."""
    if own.code is None:
        return "Its code is not known here."
    if own.words is not None:
        return f"{many(own.words.size, 'word')} of the codebook, one a place"
    size = many(len(own.code), "number")
    if own.in_use is None:
        return size
    used = int(own.in_use.sum())
    if not used:
        return f"{size}, none in use: they say nothing about the image"
    return f"{size}, {'all' if used == len(own.code) else count(used)} in use"
