"""Lasso: a polygon that somebody drew on a map, as it stands in the address, and the images inside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_CORNERS = 24
MOST_TEXT = 1000  # characters
LARGEST = 1e12


@dataclass(frozen=True)
class Lasso:
    """map: the word of the map that it was drawn on; turn: yaw and pitch of that in degrees, 0 in the plane; corners:
    3 to 24 pairs, across and up in the coordinates of the map as it was turned.
    """

    map: str
    turn: tuple[float, float]
    corners: tuple[tuple[float, float], ...]


def read(text: str) -> Lasso:
    """The lasso of a text, "map yaw pitch x y x y x y ...". Raises ValueError for a text that is none.

    >>> read("pca 0 0 0 0 1 0 1 1").corners
    ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    """
    map, *words = text[: MOST_TEXT + 1].split(" ")
    numbers = [float(word) for word in words]
    corners = len(numbers) // 2 - 1
    fits = len(text) <= MOST_TEXT and len(numbers) % 2 == 0 and 3 <= corners <= MOST_CORNERS
    if not fits or not all(isfinite(number) and abs(number) < LARGEST for number in numbers):
        raise ValueError(f"no lasso: {text:.40}")
    yaw, pitch, *rest = numbers
    return Lasso(map, (yaw, pitch), tuple(zip(rest[::2], rest[1::2], strict=True)))


def enclosed(lasso: Lasso, points: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,): which of (N, 2) or (N, 3) points of its map lie inside, by the even-odd rule; none that is not finite."""
    flat = points.astype(float) if points.shape[1] == 2 else turned(points.astype(float), *lasso.turn)
    return inside(np.array(lasso.corners), flat)


def turned(points: NDArray[np.float64], yaw: float, pitch: float) -> NDArray[np.float64]:
    """(N, 2): across and up of (N, 3) points that are turned about the vertical, then about the line across; degrees.

    As `turning` of `cloud_view.js`.
    """
    (sa, sb), (ca, cb) = np.sin(np.radians([yaw, pitch])), np.cos(np.radians([yaw, pitch]))
    return points @ np.array([[ca, sa * sb], [0.0, cb], [sa, -ca * sb]])


def inside(corners: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,): which of (N, 2) points lie in a polygon (C, 2), by the even-odd rule, as `isInside` of `cloud_view.js`.

    >>> inside(np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]]), np.array([[1.0, 1], [3, 1], [np.nan, 1]])).tolist()
    [True, False, False]
    """
    x, y = points.T
    within = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in pairwise([corners[-1], *corners]):
        if y0 != y1:
            within ^= ((y0 > y) != (y1 > y)) & (x < x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    return within & np.isfinite(points).all(1)
