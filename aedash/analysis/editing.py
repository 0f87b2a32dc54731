"""Editing: the code of an image, what moves it most, and what is drawn of it once it is changed."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aedash.analysis.directions import Directions, directions, moved
from aedash.analysis.firing import Firing
from aedash.analysis.quality import pictures
from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import Origin, at_image, decoded, effects, shown
from aedash.events import Bytes, Floats
from aedash.registry import Refused

SLIDERS, CANDIDATES = 7, 60


@dataclass(frozen=True, eq=False)
class Place:
    """An image's code, and what is around it. found: the decoder's directions, None where there are none, and `why`.

    own: (2, H, W) uint8, the image and its reconstruction; ends: (S, 2, H, W) uint8, each slider's unit at both ends.
    """

    origin: Origin
    found: Directions | None
    why: str
    own: Bytes
    ends: Bytes


@dataclass(frozen=True, eq=False)
class Strongest:
    """Units that move the picture most. units: (S,); pixels: (S,) as much as so many from black to white; low, high:
    (S,) in code units.
    """

    units: NDArray[np.int64]
    pixels: Floats
    low: Floats
    high: Floats


def strongest(trained: Trained, seen: Survey, found: Firing) -> Strongest:
    """Those of the sixty units that vary most which move the picture most over the range that the data has."""
    units = np.argsort(-found.deviation, kind="stable")[:CANDIDATES]
    pixels = effects(trained, seen.codes, units, found.low[units], found.high[units])
    order = np.argsort(-pixels, kind="stable")[:SLIDERS]
    order = order[pixels[order] > 0]  # a dead unit needs no slider
    units = units[order]
    return Strongest(units, pixels[order], found.low[units], found.high[units])


def around(trained: Trained, seen: Survey, most: Strongest, place: int) -> Place:
    """All that the card shows of a test image. Raises Refused as `at_image`."""
    row, why, found = seen.row(place), "", None
    origin = at_image(trained, place, None if row is None else seen.codes[row])
    try:
        found = directions(trained, origin, seen.codes)
    except Refused as error:
        why = str(error)
    made = pictures(decoded(trained, origin.code[None], origin.context))
    own = np.concatenate([shown(trained, np.array([place])), made])
    return Place(origin, found, why, own, _ends(trained, origin, most))


def _ends(trained: Trained, origin: Origin, most: Strongest) -> Bytes:
    """(S, 2, H, W) uint8, or in colour."""
    if not len(most.units):
        return np.zeros((0, 2, *trained.data.info.shape[1:]), np.uint8)
    ends = list(zip(most.units.tolist(), zip(most.low.tolist(), most.high.tolist(), strict=True), strict=True))
    codes = [moved(origin, {}, None, {unit: value}).code for unit, both in ends for value in both]
    made = pictures(decoded(trained, torch.stack(codes), origin.context))
    return made.reshape(len(ends), 2, *made.shape[1:])


def redrawn(trained: Trained, here: Place, steps: dict[int, float], units: dict[int, float]) -> Bytes:
    """(1, H, W) uint8: what is decoded of the edited code, with the image's own context. steps, units: as `moved`."""
    code = moved(here.origin, steps, here.found, units).code
    return pictures(decoded(trained, code[None], here.origin.context))
