"""Dimension: how many numbers an image of a data set needs, by three rulers. In numpy, beside the pages.

PCA's straight directions bound from above what a curved sheet of images needs; neighbours tell of the sheet itself.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from aedash.analysis.blocks import blocks
from aedash.data.image_data import ImageData
from aedash.events import Floats

IMAGES = 5000  # training images, drawn at random
NEIGHBOURS = 20
BLOCK = 500  # rows of distances that are held at once
KEPT = 0.9  # share of the distance ratios that are fitted: the largest are outliers (Facco et al. 2017)
SHARES = (0.9, 0.95)  # of the variance


@dataclass(frozen=True)
class Estimate:
    """A dimension with its standard error over images, as if they told of it independently."""

    value: float
    error: float

    def level(self, other: "Estimate") -> bool:
        """Whether the two differ by no more than two standard errors of their difference.

        >>> Estimate(10, 1).level(Estimate(12, 1)), Estimate(10, 0.1).level(Estimate(12, 0.1))
        (True, False)
        """
        return abs(self.value - other.value) <= 2 * sqrt(self.error**2 + other.error**2)


@dataclass(frozen=True)
class Dimension:
    """two, many: by two neighbours and by 20; None where too few images differ. components: how many principal
    components keep each of SHARES of the variance. images: training images that they are of; pixels: of an image.
    """

    two: Estimate | None
    many: Estimate | None
    components: tuple[int, ...]
    images: int
    pixels: int


def dimension(data: ImageData) -> Dimension:
    """On up to 5,000 training images, drawn at random, the same at each call."""
    images = data.train.images.numpy()
    chosen = np.sort(np.random.default_rng(0).permutation(len(images))[:IMAGES])
    x = images[chosen].reshape(len(chosen), -1).astype(np.float32) / 255
    distances = neighbour_distances(np.unique(x, axis=0), NEIGHBOURS)
    return Dimension(two_nn(distances), maximum_likelihood(distances), components(x), len(x), x.shape[1])


def neighbour_distances(x: Floats, k: int) -> Floats:
    """(N, K): Euclidean distances of each of (N, D) points to its K nearest others, nearest first; K: k, or N - 1.

    In double precision: near points are a small difference of large numbers.
    """
    x, k = x.astype(np.float64), min(k, len(x) - 1)
    if k < 1:
        return np.zeros((len(x), 0))
    lengths, found = np.einsum("nd,nd->n", x, x), np.empty((len(x), k))
    for block in blocks(len(x), BLOCK):
        squares = lengths[block, None] + lengths - 2 * x[block] @ x.T
        places = np.arange(len(squares))
        squares[places, block.start + places] = np.inf
        found[block] = np.sort(np.partition(squares, k - 1, axis=1)[:, :k], axis=1)
    return np.sqrt(np.maximum(found, 0))


def two_nn(distances: Floats) -> Estimate | None:
    """TwoNN (Facco et al. 2017): the ratio of the second to the first distance follows a Pareto law whose exponent is
    the dimension.

    Its maximum likelihood with the largest tenth of the ratios censored, unbiased. distances: (N, 2 or more), as
    `neighbour_distances`; None for fewer than ten points, or none that differ.
    """
    if distances.shape[1] < 2:
        return None
    first, second = distances[distances[:, 0] > 0, :2].T
    ratios = np.sort(np.log(second / first))
    kept = int(KEPT * len(ratios))
    if kept < 10:
        return None
    total = ratios[:kept].sum() + (len(ratios) - kept) * ratios[kept - 1]
    return Estimate(float((kept - 1) / total), float((kept - 1) / total / sqrt(kept))) if total else None


def maximum_likelihood(distances: Floats) -> Estimate | None:
    """By k neighbours (Levina and Bickel 2004, eq. 8), the inverse averaged over images (MacKay and Ghahramani 2005).

    distances: (N, k), as `neighbour_distances`; None for fewer than three neighbours, or none that differ.
    """
    distances = distances[(distances > 0).all(1)] if distances.shape[1] else distances
    if distances.shape[1] < 3 or len(distances) < 10:
        return None
    inverse = np.log(distances[:, -1:] / distances[:, :-1]).mean(1)
    mean = float(inverse.mean())
    error = float(inverse.std(ddof=1)) / sqrt(len(inverse))
    return Estimate(1 / mean, error / mean**2) if mean else None


def components(x: Floats, shares: tuple[float, ...] = SHARES) -> tuple[int, ...]:
    """How many principal components hold each share of the variance of (N, D) points; 0 of equal points."""
    centred = x - x.mean(0)
    small = centred.T @ centred if x.shape[1] <= len(x) else centred @ centred.T
    variances = np.maximum(np.linalg.eigvalsh(small.astype(np.float64))[::-1], 0)
    if not variances.sum():
        return tuple(0 for _ in shares)
    held = np.cumsum(variances) / variances.sum()
    return tuple(int(np.searchsorted(held, share - 1e-12)) + 1 for share in shares)
