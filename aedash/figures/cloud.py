"""A large map of test images as data: places, colours, and what is chosen on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.events import Floats
from aedash.figures.scatter import box, quantise
from aedash.figures.theme import class_color, sweep
from aedash.formatting import number

STEPS = 32  # colours of a ramp
MISSING = STEPS  # the step of a number that is not finite
CLIPPED = 0.01  # of the images at either end have the outermost colour


@dataclass(frozen=True, eq=False)
class Shades:
    """Colours by a number: values (N,), and what they are, with their unit. even: they have no outliers to be cut."""

    values: NDArray[Any]
    name: str
    even: bool = False


@dataclass(frozen=True)
class Choice:
    """What is chosen on a map. class_: a label; lasso: as in the address; picks: places that were chosen one by one,
    or taken out of the rest.
    """

    class_: int | None = None
    lasso: str = ""
    picks: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Linear:
    """A map that is linear in the code: (code - centre) @ axes. centre: (latent,); axes: (latent, 2 or 3)."""

    centre: Floats
    axes: Floats


@dataclass(frozen=True, eq=False)
class Cloud:
    """N test images on a map, in the order of a survey.

    points: (N, 2) or (N, 3), nan is not drawn; map: a word that names it in a lasso; pack, atlas: what the browser
    fetches of the survey; axes: their names, none where they mean nothing; pinned: place of the chosen image; inside:
    (N,) bool, whether in the lasso; turn: how it is turned at first, where a lasso says so.
    """

    points: NDArray[Any]
    map: str
    pack: str
    atlas: dict[str, Any] | None
    classes: tuple[str, ...]
    axes: tuple[str, ...] = ()
    equal: bool = False
    shades: Shades | None = None
    pictures: bool = False
    pinned: int = 0
    choice: Choice = Choice()
    inside: NDArray[np.bool_] | None = None
    turn: tuple[float, float] | None = None
    linear: Linear | None = None
    alt: str = ""
    note: str = ""
    aside: bool = False  # it stands beside another map, which has the lasso


def shown(view: Cloud) -> dict[str, Any]:
    """What a browser needs to draw it, as plain JSON but for bytes, which `payloads.cloud` packs."""
    frame = box(view.points)
    return {
        "points": quantise(view.points, frame),
        "box": list(frame),
        "map": view.map,
        "pack": view.pack,
        "atlas": view.atlas,
        "classes": list(view.classes),
        "colors": [class_color(index) for index in range(len(view.classes))],
        "axes": list(view.axes),
        "equal": view.equal,
        "shades": None if view.shades is None else ramp(view.shades),
        "pictures": view.pictures,
        "pinned": view.pinned,
        "choice": {"class": view.choice.class_, "lasso": view.choice.lasso, "picks": list(view.choice.picks)},
        "inside": None if view.inside is None else view.inside.astype(np.uint8),
        "turn": None if view.turn is None else list(view.turn),
        "linear": None if view.linear is None else _linear(view.linear),
        "alt": view.alt,
        "note": view.note,
        "tools": not view.aside,
    }


def _linear(linear: Linear) -> dict[str, Any]:
    return {"centre": linear.centre.tolist(), "axes": linear.axes.T.tolist()}


def ramp(shades: Shades) -> dict[str, Any]:
    """The ramp of both themes, low to high, each image's step on it, and what stands at its ends.

    Steps: (N,) uint8, 0 to 31, `MISSING` where a value is not finite.

    >>> found = ramp(Shades(np.array([0.0, 1.0, np.nan]), "MSE per pixel", even=True))
    >>> found["steps"].tolist(), found["low"], found["high"]
    ([0, 31, 32], '0', '1.00')
    """
    values = shades.values.astype(float)
    finite = np.isfinite(values)
    cut = 0.0 if shades.even else CLIPPED
    low, high = np.quantile(values[finite], [cut, 1 - cut]) if finite.any() else (0.0, 0.0)
    shares = np.zeros(len(values))
    shares[finite] = (values[finite] - low) / ((high - low) or 1.0)
    steps = np.where(finite, np.clip(np.floor(shares * STEPS), 0, STEPS - 1), MISSING)
    beyond = [finite.any() and values[finite].min() < low, finite.any() and values[finite].max() > high]
    return {
        "steps": steps.astype(np.uint8),
        "light": list(sweep(STEPS + 1, dark=False)[1:]),
        "dark": list(sweep(STEPS + 1, dark=True)[1:]),
        "low": ("≤ " if beyond[0] else "") + number(low),
        "high": ("≥ " if beyond[1] else "") + number(high),
        "name": shades.name,
    }
