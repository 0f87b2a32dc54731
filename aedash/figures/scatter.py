"""A latent map as data: labelled points in the plane, the box to fit, and past positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, ...]  # lower edges, then upper edges: x0, y0, x1, y1 in the plane

HIDDEN = 65535  # all coordinates of a point that is not finite
_TOP = 65534
_MARGIN = 0.5  # quantised range beyond the box on every side, in box sides


@dataclass(frozen=True)
class LatentMap:
    """Points (N,2) with class indices (N,), drawn so that `box` fits; nan is not drawn.

    The map tells by how much one axis is drawn larger than the other.
    """

    points: NDArray[Any]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    box: Box  # x0, y0, x1, y1
    atlas: str = ""  # name given to `atlas(...)`, for the hover image
    trails: tuple[tuple[int, NDArray[Any]], ...] = ()  # (point index, (T,2) past positions, oldest first)
    alt: str = ""
    note: str = ""  # stands in the corner of the map
    equal: bool = False  # one scale for both axes, whatever room is left over
    faint: bool = False  # places say nothing: dots are pale, and no class has its name in the map
    legend: bool = True  # small maps beside one another do without: the classes stand in the map


def box(points: NDArray[Any], least: float = 0.0) -> Box:
    """Return x0, y0, x1, y1 around the 0.5 to 99.5 % quantiles of (N,2) points, padded 4 %, never empty.

    Of (N,3) points it is x0, y0, z0, x1, y1, z1. least: the sides are at least that long. Without a finite point they
    go from -1 to 1.

    >>> box(np.array([[0.0, 0.0], [0.0, 0.0]]))
    (-1.08, -1.08, 1.08, 1.08)
    """
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return (-1.0,) * points.shape[1] + (1.0,) * points.shape[1]
    low, high = np.quantile(finite.astype(float), [0.005, 0.995], axis=0)
    side = high - low
    # A flat direction gets a share of the other one; one single place gets a box of side 2.
    side = np.maximum(side, 0.05 * side.max() or 2.0)
    middle, reach = (low + high) / 2, np.maximum(side * 0.54, least / 2)
    return tuple(float(edge) for edge in (*(middle - reach), *(middle + reach)))


def quantise(points: NDArray[Any], frame: Box) -> NDArray[np.uint16]:
    """Map (N,2) or (N,3) points to uint16: 0 to 65534 spans the box and half a side beyond it; outliers are clipped.

    frame: as `box` gives it. A point that is not finite becomes 65535 along all axes.

    >>> quantise(np.array([[0.0, 0.0], [np.nan, 0.0]]), (-1.0, -1.0, 1.0, 1.0)).tolist()
    [[32767, 32767], [65535, 65535]]
    """
    low, high = np.split(np.array(frame), 2)
    shares = (points.astype(float) - low) / (high - low)
    finite = np.isfinite(shares).all(axis=1)
    steps = np.clip((np.where(finite[:, None], shares, 0) + _MARGIN) / (1 + 2 * _MARGIN), 0, 1) * _TOP
    steps[~finite] = HIDDEN
    return np.round(steps).astype(np.uint16)
