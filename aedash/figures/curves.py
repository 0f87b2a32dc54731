"""A loss chart as data: lines, reference levels, and thinning that keeps the extremes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["train", "second", "term", "published", "earlier", "member"]


@dataclass(frozen=True)
class Line:
    """One curve: `x` in epochs and `y` in the chart's unit, both (N,).

    color: a CSS colour, for members of a sweep; the other roles have their own. low, high: (N,) edges of a band.
    smooth: whether a training curve may be smoothed; that would hide where something begins.
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
    """A horizontal reference in the chart's unit: a floor or a baseline."""

    label: str
    value: float


@dataclass(frozen=True)
class LossChart:
    """Everything the loss card draws; `epochs` is the planned length, so lines grow into a fixed frame."""

    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    epochs: float
    unit: str  # "BCE, nats per image"
    log: bool
    alt: str
    best: tuple[float, float] | None = None  # (epoch, value): ring, dotted vertical, "best: epoch 15"
    marker: float | None = None  # position of the time machine in epochs; None = live
    marks: tuple[tuple[float, str], ...] = ()  # (epoch, label): a number was changed there, "lr 0.0005"


def thin(x: NDArray[Any], y: NDArray[Any], limit: int = 600) -> tuple[NDArray[Any], NDArray[Any]]:
    """Reduce (N,) points to at most `limit`: per bucket the lowest and highest y, plus both ends, in order.

    Points that are not finite are dropped first: a diverged run ends its line there.
    """
    if limit < 4:
        raise ValueError(f"limit must be at least 4, got {limit}")
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(x) <= limit:
        return x, y
    edges = np.linspace(1, len(x) - 1, (limit - 2) // 2 + 1).astype(int)
    picks = [0, len(x) - 1]
    for start, stop in pairwise(edges):
        bucket = y[start:stop]
        picks += [start + int(bucket.argmin()), start + int(bucket.argmax())]
    keep = np.unique(picks)
    return x[keep], y[keep]
