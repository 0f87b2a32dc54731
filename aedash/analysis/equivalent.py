"""PCA-equivalent size: how many numbers PCA needs for a model's error, which turns any error into a size."""

from collections.abc import Sequence

import numpy as np
import torch

from aedash.data.image_data import Split
from aedash.data.statistics import PixelStatistics
from aedash.events import Floats, References

CHUNK = 5000  # images whose products are held at once
STEPS = (1, 2, 5)  # sizes that are worth a mark: 1, 2, 5, 10, 20, 50, 100, ...


def pca_errors(split: Split, pixels: PixelStatistics) -> Floats:
    """(K + 1,) MSE per pixel on [0, 1] of PCA with 0, 1, ..., K numbers, not clipped, over all images of the split.

    One pass for all sizes: with orthonormal axes the error of k numbers is what the images have along the others.
    pixels: mean and K axes of the training images. With 0 numbers it is the mean image's error; none is left where
    there is an axis for each pixel.
    """
    mean, axes = pixels.mean.float(), pixels.axes.float()
    along, beyond = torch.zeros(axes.shape[1], dtype=torch.float64), 0.0
    for images in split.images.split(CHUNK):
        x = images.flatten(1).float().div(255)
        shares = ((x - mean.to(x)) @ axes.to(x)).square().sum(0).cpu().double()  # not every device has float64
        along += shares
        if len(along) < len(mean):
            beyond += max(0.0, float((x - mean.to(x)).square().sum(1).cpu().double().sum() - shares.sum()))
    left = torch.cat([along.flip(0).cumsum(0).flip(0), along.new_zeros(1)]) + beyond
    return (left / (len(split) * len(mean))).numpy()


def equivalent(mse: float, errors: Sequence[float] | Floats) -> float:
    """The size k at which PCA-k has this error, between two sizes by a line; nan for an error that is not a number.

    errors: MSE of PCA with 0, 1, ... numbers on the same images, falling. 0 where the error is the mean image's or
    worse, the last size where it is lower than PCA ever gets.

    >>> equivalent(0.03, [0.05, 0.04, 0.02])
    1.5
    >>> equivalent(0.06, [0.05, 0.04, 0.02]), equivalent(0.01, [0.05, 0.04, 0.02])
    (0.0, 2.0)
    """
    falling = np.minimum.accumulate(np.asarray(errors, float))
    return float(np.interp(-mse, -falling, np.arange(len(falling))))


def recorded(mse: float | None, references: References | None, split: str) -> float | None:
    """The PCA-equivalent size of an error on that split, by the curve that the run keeps; None where it keeps none, or
    nothing is measured yet.
    """
    errors = references.pca.get(split, ()) if references else ()
    return equivalent(mse, errors) if errors and mse is not None else None


def milestones(sizes: Sequence[float], most: int) -> list[tuple[int, int]]:
    """[(place, size)]: where PCA-equivalent sizes in a row first pass one of 1, 2, 5, 10, 20, 50, ..., `most` at most.

    Of several that are passed at the same place the largest; a place that is not a number passes none.

    >>> milestones([0.5, 4.0, 11.0, 9.0, 21.0], 784)
    [(1, 2), (2, 10), (4, 20)]
    """
    marks = [step * 10**power for power in range(6) for step in STEPS if step * 10**power <= most]
    found: list[tuple[int, int]] = []
    for place, size in enumerate(sizes):
        passed = max((mark for mark in marks if mark <= size), default=0)
        if passed > (found[-1][1] if found else 0):
            found.append((place, passed))
    return found
