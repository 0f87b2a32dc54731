"""Pixel statistics: mean and principal axes of images, from sums that are taken part by part."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PixelStatistics:
    """Both float64 on the CPU. mean: (D,); axes: (D, D), principal axes as orthonormal columns, largest variance
    first.
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
    count, total, moments = 0, torch.zeros(()).double(), torch.zeros(()).double()
    for x in parts:
        count += len(x)
        total = total + x.sum(0).cpu().double()
        moments = moments + (x.T @ x).cpu().double()
    mean = total / count
    covariance = moments / count - torch.outer(mean, mean)
    return PixelStatistics(mean, torch.linalg.eigh(covariance).eigenvectors.flip(1))
