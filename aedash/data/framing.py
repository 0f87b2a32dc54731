"""Framing: how the makers of a data set laid a picture into its field, so that any other can be laid there, too.

Pictures are (H, W) uint8. A model has seen nothing but framed ones: what is not framed is out of its world, however
well it is drawn.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from aedash.events import Bytes, Floats
from aedash.registry import Refused

FAINT = 0.12  # of the strongest ink: what is below it is ground, paper's grain say
CORNER = 14  # times smaller than the picture: two pixels of 28
LEAST = 8  # grey levels between ground and ink: less is no drawing


class Step(NamedTuple):
    """What was done, in a few words, and what came of it."""

    said: str
    picture: Bytes


Framing = Callable[[Bytes, tuple[int, int]], tuple[Step, ...]]
"""(picture of any size, (height, width) of the field) -> steps, of which the last has the field's size.

Raises Refused for a picture of one single grey."""


def framed(
    picture: Bytes, field: tuple[int, int], box: float = 1.0, centre: Literal["mass", "box"] = "box"
) -> tuple[Step, ...]:
    """Light ink on a black ground, cut to the ink, enlarged or reduced with its aspect kept, and laid into the field.

    box: longer side of the ink as a share of the field's; centre: what comes to the middle of the field, the ink's
    centre of mass or that of its edges. MNIST: 20 of 28, by mass (LeCun et al. 1998, sec. III.A).
    """
    first = cut(picture)
    side = round(box * min(field))
    fitted = first._replace(said=f"longer side {side} pixels", picture=fit(first.picture, side))
    middle = {"mass": "centre of mass in the middle", "box": "in the middle"}[centre]
    return first, fitted, Step(middle, laid(fitted.picture, field, centre))


def cut(picture: Bytes) -> Step:
    """The rectangle that the ink fills, bright on 0. Raises Refused where there is none.

    The ground is what the corners are like; ink is what differs from it on the side where it differs most.
    """
    grey = picture.astype(np.float32)
    reach = max(1, min(grey.shape) // CORNER)
    ground = float(np.median([grey[rows, columns] for rows in _ends(reach) for columns in _ends(reach)]))
    dark = ground - grey.min() > grey.max() - ground
    ink = np.maximum(ground - grey if dark else grey - ground, 0)
    if ink.max() < LEAST:
        raise Refused("This picture is of one single grey: there is nothing to centre and to scale.", "picture")
    ink[ink < FAINT * ink.max()] = 0
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Step("dark on light: inverted, cut out" if dark else "cut out", bright(ink))


def _ends(reach: int) -> tuple[slice, slice]:
    return slice(None, reach), slice(-reach, None)


def fit(ink: Bytes, side: int) -> Bytes:
    """The same with a longer side of `side` pixels, its brightest pixel 255 again; smooth, at least a pixel wide."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    whole = Image.fromarray(ink.astype(np.float32))  # a lone pixel of ink would be rounded to none
    return bright(np.asarray(whole.resize(size, Image.Resampling.BILINEAR)))


def laid(ink: Bytes, field: tuple[int, int], centre: Literal["mass", "box"]) -> Bytes:
    """The ink on black, moved by whole pixels, within the field.

    Of MNIST's test images the centre of mass lies at pixel 14.0 of 0..27, both ways: the middle's right and lower one.
    """
    at = []
    for axis in (0, 1):
        room = field[axis] - ink.shape[axis]
        weight = ink.sum(1 - axis, dtype=np.float64)
        mass = float((np.arange(len(weight)) * weight).sum() / weight.sum())
        at.append(min(max(round(field[axis] // 2 - mass), 0), room) if centre == "mass" else room // 2)
    whole = np.zeros(field, np.uint8)
    whole[at[0] : at[0] + ink.shape[0], at[1] : at[1] + ink.shape[1]] = ink
    return whole


def bright(ink: Floats) -> Bytes:
    """Stretched so that the brightest pixel is 255."""
    return np.round(ink * (255 / ink.max())).astype(np.uint8)
