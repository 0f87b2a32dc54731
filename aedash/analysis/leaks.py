"""Leaks: test images that the training images hold already, or nearly so. In numpy, beside the pages."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.blocks import blocks
from aedash.analysis.trained import evenly
from aedash.data.image_data import ImageData
from aedash.data.pictures import painted
from aedash.events import Bytes, Floats

CHUNK = 1000  # images a block of the comparison, on either side
BUDGET = 5e11  # multiplications of all blocks: a quarter of a minute on one core
SHOWN = 16  # pairs


@dataclass(frozen=True, eq=False)
class Leaks:
    """nearest: (M,) mean squared difference per pixel on [0, 1] of each compared test image to its nearest training
    image; same_class: share of them whose nearest has their class, 0..1.

    duplicates: test images, of all, that are a training image to the pixel; conflicts: of these, how many bear another
    class there than any of their copies. test, train: (S, H, W) uint8, the closest pairs that are no duplicates first;
    with test_places, train_places, (S,), in their splits, and mse, (S,).
    """

    nearest: Floats
    same_class: float
    duplicates: int
    conflicts: int
    test: Bytes
    train: Bytes
    test_places: NDArray[np.int64]
    train_places: NDArray[np.int64]
    mse: Floats

    @property
    def compared(self) -> int:
        """Test images that were compared with all training images."""
        return len(self.nearest)


def leaks(data: ImageData, told: Callable[[float], None] = lambda share: None) -> Leaks:
    """All pairs where that takes no longer than a quarter of a minute, else as many test images, spread evenly over
    all; duplicates are counted over all in any case.

    told: called with the share that is done.
    """
    train, test = data.train.images.numpy(), data.test.images.numpy()
    most = max(1, int(BUDGET / (len(train) * train[0].size)))
    places = evenly(len(test), min(most, len(test))).numpy()
    near, mse = nearest(train, test[places], told)
    labels = data.train.labels.numpy()[near], data.test.labels.numpy()[places]
    duplicates, conflicts = _duplicates(data)
    closest = np.argsort(mse, kind="stable")[:SHOWN]
    return Leaks(
        nearest=mse,
        same_class=float((labels[0] == labels[1]).mean()),
        duplicates=duplicates,
        conflicts=conflicts,
        test=painted(test[places[closest]]),
        train=painted(train[near[closest]]),
        test_places=places[closest],
        train_places=near[closest],
        mse=mse[closest],
    )


def nearest(
    known: Bytes, sought: Bytes, told: Callable[[float], None] = lambda share: None
) -> tuple[NDArray[np.int64], Floats]:
    """(row of `known`, mean squared difference per pixel on [0, 1]), (M,) each, of the image of `known` that is nearest
    to each of `sought`, (M, C, H, W) uint8.

    Found by blocks of products in single precision, and measured anew in double.
    """
    best, rows = np.full(len(sought), np.inf, np.float32), np.zeros(len(sought), np.int64)
    wanted = _flat(sought)
    for here in blocks(len(known), CHUNK):
        part = _flat(known[here])
        lengths = np.einsum("nd,nd->n", part, part)
        for block in blocks(len(sought), CHUNK):
            apart = lengths - 2 * wanted[block] @ part.T  # the length of what is sought changes no order
            closest = apart.argmin(1)
            least = apart[np.arange(len(closest)), closest]
            closer = least < best[block]
            best[block][closer], rows[block][closer] = least[closer], here.start + closest[closer]
        told(here.stop / len(known))
    return rows, np.array([_mse(known[row], one) for row, one in zip(rows, sought, strict=True)])


def _flat(images: Bytes) -> Floats:
    return images.reshape(len(images), -1).astype(np.float32) / 255


def _mse(one: Bytes, other: Bytes) -> float:
    return float(np.square((one.astype(np.float64) - other) / 255).mean())


def _duplicates(data: ImageData) -> tuple[int, int]:
    """(test images that are among the training images, those of them whose class no copy has)."""
    known: dict[bytes, set[int]] = {}
    for image, label in zip(data.train.images.numpy(), data.train.labels.tolist(), strict=True):
        known.setdefault(image.tobytes(), set()).add(label)
    found = [
        label not in known[content]
        for image, label in zip(data.test.images.numpy(), data.test.labels.tolist(), strict=True)
        if (content := image.tobytes()) in known
    ]
    return len(found), sum(found)
