"""Pixel statistics: mean and principal axes of images, from sums that are taken part by part."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

ALL = 1024  # pixels up to which every axis is found: the time grows as their third power
SQUARE = 4096  # pixels up to which the covariance is held, 134 MB
MOST = 512  # axes of larger images
FEW = 2048  # images of those beyond that their axes are taken from, at least; fewer than twice as many
NOTHING = 1e-6  # of the largest variance: axes of less are noise of the numbers


@dataclass(frozen=True)
class PixelStatistics:
    """Both float64 on the CPU. mean: (D,); axes: (D, K), principal axes as orthonormal columns, largest variance first.

    K: D for images of up to 1,024 pixels, of larger ones at most 512; of more than 4,096 pixels they are those of some
    thousands of images, spread over all.
    """

    mean: Tensor
    axes: Tensor


def pixel_statistics(parts: Iterable[Tensor]) -> PixelStatistics:
    """Mean and principal axes: eigenvectors of E[x x^T] - mean mean^T, in two sums over the parts.

    parts: float tensors of shape (N, D), together all images. Products in their own precision, sums in float64, since
    not every device has it. The sign of an axis is arbitrary.

    >>> found = pixel_statistics([torch.tensor([[0.0, 0.0], [2.0, 0.0]]), torch.tensor([[1.0, 0.1], [1.0, -0.1]])])
    >>> found.mean.tolist(), found.axes[:, 0].abs().tolist()
    ([1.0, 0.0], [1.0, 0.0])
    """
    count, total, moments, some = 0, torch.zeros(()).double(), torch.zeros(()).double(), _Spread()
    for x in parts:
        count += len(x)
        total = total + x.sum(0).cpu().double()
        if x.shape[1] <= SQUARE:
            moments = moments + (x.T @ x).cpu().double()
        else:
            some.add(x.cpu())
    mean = total / count
    if some.kept:
        return PixelStatistics(mean, _axes_of_few(some.images() - mean.float()))
    covariance = moments / count - torch.outer(mean, mean)
    return PixelStatistics(mean, _axes(covariance, count))


def _axes(covariance: Tensor, count: int) -> Tensor:
    pixels = len(covariance)
    if pixels <= ALL:
        return torch.linalg.eigh(covariance).eigenvectors.flip(1)
    from scipy.linalg import eigh  # only the largest: a tenth of the time

    known = min(MOST, count)
    _, axes = eigh(covariance.numpy(), subset_by_index=(pixels - known, pixels - 1), check_finite=False)
    return torch.from_numpy(axes).flip(1)


def _axes_of_few(centred: Tensor) -> Tensor:
    """Of fewer images than pixels, (n, D), by their products with one another (Turk and Pentland 1991, sec. 2)."""
    variances, weights = torch.linalg.eigh((centred @ centred.T).double())
    known = min(MOST, int((variances > NOTHING * variances[-1]).sum()))
    axes = centred.T @ weights.flip(1)[:, : max(1, known)].float()
    return torch.linalg.qr(axes).Q.double()


class _Spread:
    """Rows that are spread evenly over all that come, at most twice `FEW`."""

    def __init__(self) -> None:
        self.kept: list[Tensor] = []
        self._step, self._seen = 1, 0

    def add(self, rows: Tensor) -> None:
        first = -self._seen % self._step
        self.kept += rows[first :: self._step].unbind()
        self._seen += len(rows)
        while len(self.kept) >= 2 * FEW:
            self.kept, self._step = self.kept[::2], 2 * self._step

    def images(self) -> Tensor:
        return torch.stack(self.kept)
