"""Portrait: what a data set looks like before any model has seen it. In numpy, beside the pages."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.blocks import blocks
from aedash.config import DataInfo
from aedash.data.image_data import ImageData
from aedash.data.pictures import painted
from aedash.events import Bytes, Floats

CHUNK = 2000  # images whose pixels are floats at once
SHOWN = 12  # images of a row
ROWS = 12  # classes of the sheet at most


@dataclass(frozen=True, eq=False)
class Portrait:
    """Of the training images unless said; pixels on [0, 1].

    train, test: (classes,) images of each. mean, spread: (C, H, W), of each pixel over images, spread its standard
    deviation; contrast: the median image's standard deviation over its own pixels. class_means: (classes, H, W) uint8,
    black for a class without any. near, far: (M, H, W) uint8, the images closest to the mean and farthest from it, with
    near_mse, far_mse, (M,) mean squared differences per pixel. histogram: (256,) share of pixels of each grey level, of
    all channels. sheet: (rows, M, H, W) uint8, M images a class drawn at random, of the first classes; blank where a
    class has fewer. entropy: nats an image of the test split. Pictures in colour as in `data.pictures`.
    """

    info: DataInfo
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    mean: Floats
    spread: Floats
    contrast: float
    class_means: Bytes
    near: Bytes
    near_mse: Floats
    far: Bytes
    far_mse: Floats
    histogram: Floats
    sheet: Bytes
    entropy: float

    @property
    def variance(self) -> float:
        """Mean squared error per pixel on [0, 1] of showing the mean image for every training image."""
        return float(np.square(self.spread).mean())


def portrait(data: ImageData) -> Portrait:
    """Of a set in memory: a second a hundred million pixels."""
    images, labels = data.train.images.numpy(), data.train.labels.numpy()
    classes = len(data.info.classes)
    mean, spread = moments(images)
    apart, contrasts = (np.concatenate(parts) for parts in zip(*_of_each(images, mean), strict=True))
    order, few = np.argsort(apart, kind="stable"), min(SHOWN, len(apart))
    near, far = order[:few], order[::-1][:few]
    return Portrait(
        info=data.info,
        train=np.bincount(labels, minlength=classes),
        test=np.bincount(data.test.labels.numpy(), minlength=classes),
        mean=mean,
        spread=spread,
        contrast=float(np.median(contrasts)),
        class_means=_bytes(np.stack([_mean(images[labels == label]) for label in range(classes)])),
        near=painted(images[near]),
        near_mse=apart[near],
        far=painted(images[far]),
        far_mse=apart[far],
        histogram=levels(images) / images.size,
        sheet=drawn(images, labels, min(classes, ROWS)),
        entropy=entropy_floor(data.test.images.numpy()),
    )


def moments(images: Bytes) -> tuple[Floats, Floats]:
    """(mean, standard deviation) over images of each pixel on [0, 1], (C, H, W) each. images: (N, C, H, W)."""
    mean = _mean(images)
    squares = np.zeros(images.shape[1:])
    for x in _parts(images):
        squares += np.square(x - mean).sum(0, dtype=np.float64)
    return mean, np.sqrt(squares / len(images))


def levels(images: Bytes) -> NDArray[np.int64]:
    """(256,) how many pixels have each level."""
    counted = (np.bincount(images[block].ravel(), minlength=256) for block in blocks(len(images), CHUNK))
    return sum(counted, start=np.zeros(256, np.int64))


def entropy_floor(images: Bytes) -> float:
    """Nats an image: the sum over pixels of -x ln x - (1 - x) ln(1 - x), x on [0, 1], the mean over images.

    No output has a lower binary cross-entropy: it is least where the output is the pixel itself. 0 of pure black and
    white.

    >>> entropy_floor(np.full((3, 1, 2, 2), 255, np.uint8))
    0.0
    """
    x = np.arange(256) / 255
    inner = x[1:-1]
    each = np.zeros(256)
    each[1:-1] = -inner * np.log(inner) - (1 - inner) * np.log1p(-inner)
    return float(levels(images) @ each / len(images))


def drawn(images: Bytes, labels: NDArray[np.int64], classes: int) -> Bytes:
    """(classes, M, H, W) uint8: images of the first classes drawn at random, the same at each call."""
    chance = np.random.default_rng(0)
    rows = np.zeros((classes, SHOWN, *images.shape[1:]), np.uint8)
    for label in range(classes):
        places = np.flatnonzero(labels == label)
        chosen = chance.permutation(places)[:SHOWN]
        rows[label, : len(chosen)] = images[chosen]
    return painted(rows)


def _of_each(images: Bytes, mean: Floats) -> Iterator[tuple[Floats, Floats]]:
    """(N,) each: the mean squared difference of an image to the mean image, and its own pixels' deviation."""
    for x in _parts(images):
        flat = x.reshape(len(x), -1)
        yield np.square(flat - mean.ravel()).mean(1), flat.std(1)


def _parts(images: Bytes) -> Iterator[Floats]:
    return (images[block].astype(np.float32) / 255 for block in blocks(len(images), CHUNK))


def _mean(images: Bytes) -> Floats:
    if not len(images):
        return np.zeros(images.shape[1:])
    return np.asarray(images.mean(0, dtype=np.float64) / 255)


def _bytes(unit: Floats) -> Bytes:
    return painted(np.round(255 * unit).astype(np.uint8))
