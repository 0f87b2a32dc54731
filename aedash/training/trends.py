"""Trends: what a curve of one value an epoch does, told apart from its jitter from epoch to epoch."""

from collections.abc import Sequence

import numpy as np

WINDOW = 5  # epochs of which the median is taken: one outlier moves nothing
JITTER_OVER = 25  # epochs that tell the jitter: it shrinks as training goes on
STEADY = 0.8  # share of them that counts: the others may be kinks of the curve
_MEAN_OF_STEADY = 0.5586 * 6**0.5  # of |second difference| of unit noise, below its 80 % quantile


def jitter(values: Sequence[float]) -> float:
    """Standard deviation of one epoch's noise, in the unit of the values; 0 for fewer than three.

    From the last 25 epochs' second differences, to which no steady slope adds anything, without the largest fifth of
    them: sqrt(6) is the deviation of a second difference of unit noise.
    """
    second = np.sort(np.abs(np.diff(np.asarray(values[-JITTER_OVER:], dtype=float), n=2)))
    return float(second[: max(1, round(STEADY * len(second)))].mean()) / _MEAN_OF_STEADY if len(second) else 0.0


def levels(values: Sequence[float]) -> list[float]:
    """Median of each five epochs in a row: where the curve is, without its noise; empty for fewer than five.

    >>> levels([5.0, 4.0, 9.0, 3.0, 2.0, 1.0])
    [4.0, 3.0]
    """
    return [float(np.median(values[i : i + WINDOW])) for i in range(len(values) - WINDOW + 1)]


def risen(values: Sequence[float]) -> float:
    """By what share the last five epochs lie above the lowest five in a row; 0 where that may be luck.

    The lowest level of many is low by luck, too. So their median must lie three deviations of jitter above it, over
    four of its own, and none of them nearer than two. 0, too, where the lowest level is not above 0.
    """
    last, found, noise = values[-WINDOW:], levels(values), jitter(values)
    if not found or min(found) <= 0:
        return 0.0
    clear = found[-1] > min(found) + 3 * noise and min(last) > min(found) + 2 * noise
    return found[-1] / min(found) - 1 if clear else 0.0


def moved(values: Sequence[float]) -> tuple[float, float]:
    """(change, jitter) from the first to the last half of the values, as shares of where they began; (0, 0) from 0.

    values: two or more. The middle one of an odd number is left out.

    >>> moved([4.0, 4.0, 3.0, 3.0])[0]
    -0.25
    """
    half = len(values) // 2
    before, now = float(np.median(values[:half])), float(np.median(values[-half:]))
    return ((now - before) / abs(before), jitter(values) / abs(before)) if before else (0.0, 0.0)
