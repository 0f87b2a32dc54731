"""A loss chart as data: lines, reference levels, and thinning that keeps mean and extremes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log2
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["train", "second", "term", "published", "earlier", "member"]


@dataclass(frozen=True)
class Line:
    """One curve: `x` in epochs and `y` in the chart's unit, both (N,).

    color: a CSS colour, for members of a sweep; the other roles have their own. low, high: (N,) edges of a band, both
    or none. smooth: whether a training curve may be smoothed; not where that would hide where something begins, nor a
    curve of exact figures.
    """

    name: str  # chip and hover: "train", "validation", "reconstruction", "kl", "published"
    x: NDArray[Any]
    y: NDArray[Any]
    role: Role
    end: str = ""  # short label at the right end, the last value is appended; "" = no label
    shown: bool = True  # whether the chip starts switched on
    color: str = ""
    low: NDArray[Any] | None = None
    high: NDArray[Any] | None = None
    smooth: bool = True


@dataclass(frozen=True)
class Level:
    """A horizontal reference in the chart's unit: a floor or a baseline. label: at its end."""

    label: str
    value: float


@dataclass(frozen=True)
class LossChart:
    """Everything the loss card draws; `epochs` is the planned length, so lines grow into a fixed frame.

    log: whether the axis of losses may be logarithmic; alt: what it shows, in words.
    """

    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    epochs: float
    unit: str  # "BCE, nats per image"
    log: bool
    alt: str
    best: tuple[float, float] | None = None  # (epoch, value): ring, dotted vertical, "best: epoch 15"
    marker: float | None = None  # position of the time machine in epochs; None = live
    marks: tuple[tuple[float, str], ...] = ()  # (epoch, label): a number was changed there, "lr 0.0005"
    start: float = 0.0  # the first epoch in view; what lies before comes with "whole run"


def thinned(line: Line, limit: int = 300) -> Line:
    """A line of more than twice as many points as `limit` points: means within a band from lowest to highest value.

    A mean weighs each point by the stretch of x that it ends, as a block of steps does, so the line's mean stays. First
    and last point stay alone. Where a value is not finite the point is nan. A line with a band is left as it is. Raises
    ValueError for a limit under 2.

    >>> line = Line("loss", np.arange(1.0, 101.0), np.arange(1.0, 101.0), "train")
    >>> short = thinned(line, limit=10)
    >>> len(short.x), float(short.y[0]), float(short.y[-1])
    (10, 1.0, 100.0)
    """
    if limit < 2:
        raise ValueError(f"limit must be at least 2, got {limit}")
    if len(line.x) <= 2 * limit or line.low is not None:
        return line
    return _grouped(line, np.append(0, np.linspace(1, len(line.x) - 1, limit - 1).astype(int)))


def steady(line: Line, limit: int = 300) -> Line:
    """As `thinned`, but a line that has grown begins with the points that it had, until it has twice as many.

    So what is new can be appended. Groups are of 2^k points; one that is not full yet is left out. The first point
    stays alone. Between `limit` and twice as many points are left of a long line.

    >>> def ends(n):
    ...     return steady(Line("loss", np.arange(n) + 1.0, np.arange(n) + 1.0, "train"), 2).x.tolist()
    >>> ends(7), ends(8), ends(9)
    ([1.0, 2.5, 4.5, 6.5], [1.0, 2.5, 4.5, 6.5], [1.0, 3.5, 7.5])
    """
    if limit < 2:
        raise ValueError(f"limit must be at least 2, got {limit}")
    count = len(line.x)
    if count <= 2 * limit or line.low is not None:
        return line
    group = 2 ** ceil(log2(count / (2 * limit)))
    whole = 1 + (count - 1) // group * group
    starts = np.append(0, np.arange(1, whole, group))
    cut = replace(line, x=line.x[:whole], y=line.y[:whole])
    return _grouped(cut, starts)


def _grouped(line: Line, starts: NDArray[Any]) -> Line:
    """A point for each group of points, which begin at these places (G,)."""
    y = np.where(np.isfinite(line.y), line.y, np.nan)
    weights = np.maximum(np.diff(line.x, prepend=0), 1e-12)
    stretch = np.add.reduceat(weights, starts)
    return replace(
        line,
        x=np.add.reduceat(weights * line.x, starts) / stretch,
        y=np.add.reduceat(weights * y, starts) / stretch,
        low=np.minimum.reduceat(y, starts),
        high=np.maximum.reduceat(y, starts),
    )
