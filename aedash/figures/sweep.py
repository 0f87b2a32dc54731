"""A sweep as pictures: a curve a value with its spread over seeds, and a row of images a value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aedash.events import Bytes, Floats, Snapshot
from aedash.figures.curves import Level, Line, LossChart
from aedash.figures.grids import Mosaic, one_rgba, sheet
from aedash.figures.theme import SWEEP_DARK, SWEEP_LIGHT
from aedash.figures.theme import sweep as ramp
from aedash.history import History

TALL = 7  # rows of large tiles
POINTS = 160  # of a curve that stands for several seeds


@dataclass(frozen=True)
class Group:
    """One value of a sweep. color: CSS, both themes; histories: one a seed, empty before one is there."""

    label: str
    color: str
    histories: tuple[History, ...]


@cache
def colors(count: int) -> tuple[str, ...]:
    """CSS colours of `count` values, the first of which is the control.

    >>> colors(1)
    ('light-dark(#747B82,#9EA5AD)',)
    """
    return tuple(
        f"light-dark({light},{dark})" for light, dark in zip(ramp(count, False), ramp(count, True), strict=True)
    )


def pair() -> tuple[str, str]:
    """CSS colours of two values of which neither is the control: far apart in hue, in both themes."""
    return f"light-dark({SWEEP_LIGHT[1]},{SWEEP_DARK[1]})", f"light-dark({SWEEP_LIGHT[4]},{SWEEP_DARK[4]})"


def loss_chart(groups: Sequence[Group], name: str, second: bool, epochs: int, unit: str) -> LossChart:
    """A curve a value, with a band from the lowest to the highest seed. name: "loss" or a term; second: test curves.

    epochs: planned; unit: of the term, at the axis. Reference levels stand there for the reconstruction alone, in whose
    unit they are. A value without a point yet has no curve.
    """
    lines = tuple(line for group in groups if (line := _line(group, name, second)))
    return LossChart(
        lines=lines,
        levels=_levels(groups) if name == "reconstruction" else (),
        epochs=epochs,
        unit=unit,
        log="per image" in unit,
        alt=f"{name} by epoch, one curve for each of {len(lines)} values",
    )


def _line(group: Group, name: str, second: bool) -> Line | None:
    curves = [_curve(history, name, second) for history in group.histories]
    curves = [(x, y) for x, y in curves if len(x)]
    if not curves:
        return None
    if len(curves) == 1:
        exact = second  # one figure of all test images an epoch
        return Line(group.label, *curves[0], role="member", end=group.label, color=group.color, smooth=not exact)
    x, values = common(curves)
    mean, low, high = values.mean(0), values.min(0), values.max(0)
    return Line(group.label, x, mean, "member", group.label, color=group.color, low=low, high=high)


def _curve(history: History, name: str, second: bool) -> tuple[Floats, Floats]:
    if not second:
        return history.train(name)
    return history.second(lambda end: end.figures.loss if name == "loss" else end.figures.terms.get(name, np.nan))


def common(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, NDArray[np.float64]]:
    """(x (P,), values (curves, P)): curves of one length in common, each the mean over the same stretches of it.

    curves: (x, y), (N,) each, x ascending. P is 160 at most; short curves are read off at the first one's x.

    >>> x, values = common([(np.array([1.0, 2.0]), np.array([4.0, 3.0])), (np.array([1.0, 2.0]), np.array([2.0, 1.0]))])
    >>> x.tolist(), values.mean(0).tolist()
    ([1.0, 2.0], [3.0, 2.0])
    """
    first, last = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    if all(len(x) <= POINTS for x, _ in curves):
        x = curves[0][0][(curves[0][0] >= first) & (curves[0][0] <= last)]
        return x, np.stack([np.interp(x, *curve) for curve in curves])
    edges = np.linspace(first, last, POINTS + 1)
    x = (edges[1:] + edges[:-1]) / 2
    return x, np.stack([_stretches(*curve, edges, x) for curve in curves])


def _stretches(x: Floats, y: Floats, edges: Floats, middles: Floats) -> Floats:
    """Mean of y between each pair of edges; where there is none, what lies on the line through its neighbours."""
    place = np.clip(np.digitize(x, edges) - 1, 0, len(middles) - 1)
    count = np.bincount(place, minlength=len(middles))
    total = np.bincount(place, weights=y, minlength=len(middles))
    means = total / np.maximum(count, 1)
    return np.where(count > 0, means, np.interp(middles, x, y))


def _levels(groups: Sequence[Group]) -> tuple[Level, ...]:
    references = next((h.references for group in groups for h in group.histories if h.references), None)
    return tuple(Level(line.label, line.value) for line in references.lines) if references else ()


def rows(
    groups: Sequence[Group], originals: Bytes | None, pick: Callable[[Snapshot], Bytes], columns: int = 10
) -> Mosaic | None:
    """Test images over one row a value, of its first seed, now; None while there are none at all.

    originals: (N, H, W) uint8, or None for samples; pick: the pictures (N, H, W) of a snapshot. A value that has no
    picture yet keeps its row: nothing below may move.
    """
    newest = [last.snapshots[-1] if (last := _first(group)) and last.snapshots else None for group in groups]
    found = [pick(snapshot)[:columns] if snapshot else None for snapshot in newest]
    size = next((row.shape for row in found if row is not None), None)
    if originals is None and size is None:
        return None
    size = originals[:columns].shape if originals is not None else size
    given = [originals[:columns]] if originals is not None else []
    given += [np.zeros((*(size or ())[:3], 4), np.uint8) if row is None else row for row in found]
    first = originals is not None
    labels = ["input"] * first + [group.label for group in groups]
    swatches = [""] * first + [group.color for group in groups]
    return Mosaic(
        sheet(given),
        columns,
        len(given),
        tuple(labels),
        alt=f"A row of {columns} images for each of {len(groups)} values",
        max_tile=72 if len(given) <= TALL else 44,  # the card's width, unless that makes it higher than a screen
        min_tile=26,
        swatches=tuple(swatches),
        room=min(max(4.3, 2.0 + 0.55 * max(map(len, labels))), 8.0),
    )


def matrix(
    groups: Sequence[Group], across: Sequence[str], down: Sequence[str], original: Bytes | None
) -> Mosaic | None:
    """One test image as the network of every cell of two fields rebuilds it now; None while none has a picture.

    groups: one a cell, those of `down` turning fastest. across, down: labels of the columns and the rows. original:
    (H, W) uint8, at the left of each row.
    """
    newest = [last.snapshots[-1] if (last := _first(group)) and last.snapshots else None for group in groups]
    if original is None or not any(newest):
        return None
    tiles = [None if snapshot is None else snapshot.reconstructions[0] for snapshot in newest]
    rows = [[original, *tiles[row :: len(down)]] for row in range(len(down))]
    return Mosaic(
        sheet([np.stack([_opaque(tile, original.shape) for tile in row]) for row in rows]),
        len(across) + 1,
        len(down),
        tuple(down),
        ("input", *across),
        alt=f"One test image as each of {len(groups)} networks rebuilds it",
        max_tile=96,
        min_tile=26,
        room=min(max(4.3, 2.0 + 0.55 * max(map(len, down))), 8.0),
    )


def _opaque(picture: Bytes | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(H, W, 4): the image, or an empty tile."""
    return np.zeros((*shape[:2], 4), np.uint8) if picture is None else one_rgba(picture)


def _first(group: Group) -> History | None:
    return group.histories[0] if group.histories else None
