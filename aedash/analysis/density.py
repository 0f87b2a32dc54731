"""Density: how many points lie where on a map, smoothed on a mesh."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.events import Floats

LINES = {1: 512, 2: 192, 3: 64}  # of the mesh, a side
REACH = 3.0  # bandwidths of room around the outermost points


@dataclass(frozen=True, eq=False)
class Density:
    """values: (lines,) * D float32, points per unit of area (or length, or volume), summing to N over the mesh; the
    first index is the first coordinate. low, high: (D,) corners of the mesh, whose values stand at the middles of its
    cells. bandwidth: of the normal that each point is spread by, in map units.
    """

    values: Floats
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bandwidth: float

    def at(self, points: NDArray[Any]) -> Floats:
        """(M,) float32 the density at places (M, D), linear between cells; 0 off the mesh, nan where a place is."""
        from scipy.ndimage import map_coordinates  # a second to import

        lines = len(self.values)
        cells = (points - self.low) / (self.high - self.low) * lines - 0.5
        finite = np.isfinite(cells).all(1)
        found = np.full(len(points), np.nan, np.float32)
        found[finite] = map_coordinates(self.values, cells[finite].T, order=1, mode="constant")
        return found


def density(points: NDArray[Any], bandwidth: float | None = None) -> Density:
    """Of places (N, D), D from 1 to 3; those that are not finite do not count.

    bandwidth: in map units; else half the median distance to the sqrt(N)-th nearest, which follows the size of groups
    where a rule by the whole spread would blur them; at least half a cell.
    """
    from scipy.ndimage import gaussian_filter  # a second to import

    size = points.shape[1]
    finite = points[np.isfinite(points).all(1)].astype(np.float64)
    if not len(finite):
        finite = np.zeros((0, size))
    wide = _bandwidth(finite) if bandwidth is None else bandwidth
    ends = (finite.min(0), finite.max(0)) if len(finite) else (np.zeros(size), np.zeros(size))
    room = REACH * wide or 1.0
    low, high = ends[0] - room, ends[1] + room
    cells = (high - low) / LINES[size]
    counts = np.histogramdd(finite, bins=LINES[size], range=list(zip(low, high, strict=True)))[0]
    spread = np.maximum(wide / cells, 0.5)
    values = gaussian_filter(counts, spread, mode="constant") / cells.prod()
    return Density(values.astype(np.float32), low, high, float((spread * cells).max()))


def _bandwidth(points: NDArray[np.float64]) -> float:
    """Half the median distance to the sqrt(N)-th nearest other point; 0 for fewer than two."""
    from scipy.spatial import KDTree

    if len(points) < 2:
        return 0.0
    distances, _ = KDTree(points).query(
        points[:: max(1, len(points) // 1000)], k=min(len(points), 1 + round(sqrt(len(points))))
    )
    return float(np.median(distances[:, -1])) / 2
