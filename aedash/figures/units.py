"""Units of a code as figures: their bars, one unit's pictures and histogram, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.firing import Firing
from aedash.analysis.traversal import UnitEffect
from aedash.events import Bytes, Floats
from aedash.figures.grids import Mosaic, error_map, one_rgba, sheet
from aedash.figures.theme import class_color
from aedash.formatting import count, many, number, percent

BARS = 60
TOLD = 6  # units that a sentence names
MEASURES = {"nats": "KL from N(0, 1), in nats", "rate": "share of images it fires on", "deviation": "deviation"}
EFFECTS = ("as it is", "at 0", "change", "at 3 times", "change", "1 dev. more")


@dataclass(frozen=True)
class Bar:
    """A unit: its number, from 0; its name; its strength as drawn and in words; active by our rule, and by Burda's."""

    unit: int
    name: str
    strength: float
    told: str
    active: bool
    burda: bool


@dataclass(frozen=True)
class Row:
    """A class of a histogram. shares: of its images in each bin, 0..1; told: what stands behind it."""

    name: str
    color: str
    shares: tuple[float, ...]
    told: str


@dataclass(frozen=True)
class Histogram:
    """Values of one unit by class. low, high: ends of its axis, in code units; own: the value of the chosen image, None
    where it is not known.
    """

    rows: tuple[Row, ...]
    low: float
    high: float
    own: float | None
    alt: str


def unit_name(unit: int) -> str:
    """What a number of a code is called, on every card. unit: from 0; people count from 1.

    >>> unit_name(0)
    'unit 1'
    """
    return f"unit {unit + 1}"


def name(unit: int, shape: Sequence[int]) -> str:
    """What a unit is called; of a convolutional code by channel and place. Numbers from 1.

    >>> name(6, (20,)), name(60, (4, 7, 7))
    ('unit 7', 'channel 2, row 2, column 5')
    """
    if len(shape) == 1:
        return unit_name(unit)
    channel, row, column = np.unravel_index(unit, tuple(shape))
    return f"channel {channel + 1}, row {row + 1}, column {column + 1}"


def bars(units: Firing, shape: Sequence[int], most: int = BARS) -> tuple[Bar, ...]:
    """The strongest units, the strongest first."""
    return tuple(
        Bar(
            int(unit),
            name(int(unit), shape),
            float(units.strength[unit]),
            strength(units, int(unit)),
            bool(units.active[unit]),
            bool(units.burda[unit]),
        )
        for unit in units.order[:most]
    )


def strength(units: Firing, unit: int) -> str:
    """The strength of a unit in words."""
    value = float(units.strength[unit])
    if units.measure == "rate":
        return f"fires on {percent(value)} of images"
    return f"{number(value)} nats" if units.measure == "nats" else f"deviation {number(value)}"


def rules(units: Firing, shape: Sequence[int]) -> str:
    """How many units are active by either rule, and which by one alone."""
    size = prod(shape)
    ours = {"nats": "a KL of at least 0.01 nats", "deviation": "a deviation of at least 1 % of the largest"}
    rule = ours.get(units.measure, "it fires on some image" if not units.threshold else ours["deviation"])
    told = (
        f"Active by our rule ({rule}): {count(int(units.active.sum()))} of {count(size)}. By Burda's (the mean code's "
        f"variance over images is above 0.01): {count(int(units.burda.sum()))}."
    )
    differing = units.differing
    if not len(differing):
        return f"{told} Both name the same units."
    named = "; ".join(name(int(unit), shape) for unit in differing[:TOLD])
    more = f" and {many(len(differing) - TOLD, 'other')}" if len(differing) > TOLD else ""
    return f"{told} They differ on {named}{more}."


def histogram(
    edges: Floats,
    images: NDArray[np.int64],
    classes: Sequence[str],
    values: Floats,
    labels: NDArray[np.int64],
    units: Firing,
    own: float | None,
) -> Histogram:
    """A row a class. edges, images: of `firing.by_class`; values, labels: (N,), of the same unit."""
    total = np.maximum(images.sum(1, keepdims=True), 1)
    rows = []
    for label, title in enumerate(classes):
        mine = values[labels == label]
        if not len(mine):
            continue
        fires = units.measure == "rate"
        told = percent(float((mine > units.threshold).mean()), 0) if fires else number(float(mine.mean()))
        rows.append(Row(title, class_color(label), tuple((images[label] / total[label]).tolist()), told))
    ends = float(edges[0]), float(edges[-1])
    alt = f"Its values by class, {number(ends[0])} to {number(ends[1])}."
    return Histogram(tuple(rows), *ends, own, alt)


def strips(effects: Sequence[tuple[str, UnitEffect]]) -> Mosaic:
    """A row an origin: what is drawn as the unit goes through its range. effects: (label, effect), not empty."""
    values = effects[0][1].values
    return Mosaic(
        sheet([effect.strip for _, effect in effects]),
        columns=len(values),
        rows=len(effects),
        labels=(*(label for label, _ in effects), ""),
        foot=tuple(number(float(value)) if i % 2 == 0 else "" for i, value in enumerate(values)),
        alt="Decoded pictures as one unit goes through its range, from low at the left to high at the right.",
        min_tile=30,
        max_tile=58,
        room=5.4,
    )


def changes(effects: Sequence[tuple[str, UnitEffect]]) -> Mosaic:
    """A row an origin: the picture, the unit at 0 and at 3 times its value with what that changes, and what one
    deviation more adds, drawn from its strongest pixel on.
    """
    return Mosaic(
        sheet([_changed(effect) for _, effect in effects]),
        columns=len(EFFECTS),
        rows=len(effects),
        labels=(*(label for label, _ in effects), ""),
        foot=EFFECTS,
        alt="The picture with the unit as it is, at 0, and at 3 times its value; what changes; what more of it adds.",
        min_tile=40,
        max_tile=58,
        room=5.4,
    )


def _changed(effect: UnitEffect) -> Bytes:
    """(6, H, W, 4) uint8."""
    own, off, loud = effect.decoded, effect.silenced, effect.tripled
    largest = float(np.abs(effect.added).max()) or 1.0
    shown = [grey(own), grey(off), _signed(off - own), grey(loud), _signed(loud - own)]
    return np.stack([*shown, _signed(effect.added / largest)])


def _signed(difference: Floats) -> Bytes:
    return error_map(difference[None])[0]


def grey(picture: Floats) -> Bytes:
    """(H, W), or (H, W, 3), on [0, 1], clipped, as (H, W, 4) uint8."""
    return one_rgba((np.clip(np.nan_to_num(picture), 0, 1) * 255).round().astype(np.uint8))


def row_of(pictures: Bytes, foot: Sequence[str], alt: str, rows: int = 1) -> Mosaic:
    """Images in so many rows, read from left to right. pictures: (N, H, W) uint8, N a multiple of rows."""
    columns = len(pictures) // rows
    lines = pictures.reshape(rows, columns, *pictures.shape[1:])
    return Mosaic(sheet(list(lines)), columns=columns, rows=rows, foot=tuple(foot), alt=alt, min_tile=30, max_tile=58)
