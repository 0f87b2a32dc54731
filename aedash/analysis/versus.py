"""Versus: the same images through any models, and what stands beside them and belongs to none."""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.baselines import statistics
from aedash.analysis.compression import CODED, codec_curve
from aedash.analysis.probing import FITTED, Probe, accuracies, splits
from aedash.analysis.quality import originals, pictures, restored
from aedash.analysis.snapshots import MAP_POINTS, one_of_each
from aedash.analysis.trained import Trained, evenly
from aedash.data.image_data import Batch, Split
from aedash.events import Bytes, Floats


@dataclass(frozen=True)
class Rate:
    """bytes: mean of an image's file; mse: per pixel on [0, 1], of the picture clipped to 0..1."""

    bytes: float
    mse: float


def shown(trained: Trained, count: int) -> tuple[Bytes, Bytes]:
    """(originals, what the model makes of them), (N, H, W) uint8 each: the first test image of each class, then others.

    count: of images, up to 700, since they are chosen among the first 700 test images.
    """
    first = trained.batch(MAP_POINTS)
    few = Batch(*(part[one_of_each(first.label, count)] for part in first))
    return pictures(trained.scaling.to_unit(few.target)), pictures(restored(trained, few))


def faces(trained: Trained, count: int) -> tuple[list[int], Bytes]:
    """(places, (N, H, W) uint8): one image of each class, then others, among the 200 of the bytes duel.

    places: among those 200, which are spread evenly over all test images.
    """
    test = trained.data.test
    where = one_of_each(test[evenly(len(test), CODED)].labels, count).tolist()
    return where, pictures(originals(trained, CODED)[where])


def pca_probe(trained: Trained, count: int = 1000, fitted: int = FITTED) -> Probe:
    """`probing.probe` of PCA codes with as many numbers as the model's code has, at most the pixels.

    count: of test images; fitted: of training images. PCA is of the training images on [0, 1].
    """
    train, test = splits(trained, count, fitted)
    x = [pca_codes(trained, split).numpy() for split in (train, test)]
    return accuracies(x[0], train.labels.numpy(), x[1], test.labels.numpy())


def pca_codes(trained: Trained, split: Split) -> Tensor:
    """(N, K) float32: the images' coordinates along as many principal axes as the model's code has numbers, at most the
    pixels. PCA is of the run's training images on [0, 1].
    """
    pixels = statistics(trained.data, trained.config.data.validation)
    axes, mean = pixels.axes[:, : prod(trained.model.latent_shape)].float(), pixels.mean.float()
    return (split.images.flatten(1).float() / 255 - mean) @ axes


def pixels(trained: Trained, places: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(N, D) uint8: the test images of those places as the numbers that they are."""
    return trained.data.test.images[torch.from_numpy(places)].flatten(1).numpy()


def pca_at(trained: Trained, places: NDArray[np.int64]) -> Floats | None:
    """`pca_codes` of the test images of those places, (N, K); None where a code holds as many numbers as pixels."""
    if prod(trained.model.latent_shape) >= prod(trained.data.info.shape):
        return None
    return pca_codes(trained, trained.data.test[torch.from_numpy(places)]).numpy()


def codec_rates(trained: Trained, name: str) -> list[Rate]:
    """What JPEG or WebP makes of the images of the bytes duel, from its smallest files to hardly any error.

    name: "JPEG" or "WebP".
    """
    return [Rate(contender.bytes, contender.quality.mse) for contender in codec_curve(originals(trained, CODED), name)]
