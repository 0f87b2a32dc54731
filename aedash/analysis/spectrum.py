"""Spectrum: along how many directions codes spread, by their principal axes; in numpy alone, for any thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from aedash.events import Floats

AXES = 64


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Principal axes of N codes, largest variance first, K of them at most.

    centre: (D,), axes: (K, D) orthonormal float32, each with its largest entry above 0, so that no map turns over by
    chance. variances: (K,) float64; total: of all D directions, in squared code units. effective: the participation
    ratio (sum of variances)^2 / sum of squared variances, 1..D: as many directions of equal spread would do the same.
    """

    centre: Floats
    axes: Floats
    variances: NDArray[np.float64]
    total: float
    effective: float

    @property
    def shares(self) -> NDArray[np.float64]:
        """(K,) of the variance, 0..1; all 0 where no code differs from another."""
        return self.variances / (self.total or 1.0)


def spectrum(codes: NDArray[Any], count: int = AXES) -> Spectrum:
    """Of the codes (N, D) that are finite; without any all variances are 0, and axes are those of the units.

    Found by the smaller of covariance and Gram matrix, in float64.

    >>> found = spectrum(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]))
    >>> found.axes[0].tolist(), found.shares.tolist(), found.effective
    ([1.0, 0.0], [1.0, 0.0], 1.0)
    """
    finite = codes[np.isfinite(codes).all(1)].astype(np.float64)
    rows = finite if len(finite) else np.zeros((1, codes.shape[1]))
    centre = rows.mean(0)
    centred = rows - centre
    n, d = centred.shape
    kept = min(count, n, d)
    wide = d > n
    matrix = (centred @ centred.T if wide else centred.T @ centred) / n
    values, vectors = (part[..., ::-1] for part in eigh(matrix, subset_by_index=[len(matrix) - kept, len(matrix) - 1]))
    values, total = np.maximum(values, 0), float(np.trace(matrix))
    if wide:
        vectors = np.linalg.qr(centred.T @ vectors)[0] if total else np.eye(d, kept)
    axes = vectors.T if total else np.eye(kept, d)
    axes = axes * np.where(axes[np.arange(kept), np.abs(axes).argmax(1)] < 0, -1, 1)[:, None]
    squared = float(np.square(matrix).sum())
    effective = total**2 / squared if squared else 0.0
    return Spectrum(centre.astype(np.float32), axes.astype(np.float32), values, total, effective)
