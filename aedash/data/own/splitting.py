"""Splitting: which images are kept aside for the test, by what they hold: the same files give the same split."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from aedash.data.own.reading import Reading
from aedash.events import Bytes

ONE_IN = 6  # is for the test


def order(found: Reading) -> tuple[NDArray[np.int64], int]:
    """(places of all images, those to train on first; how many those are), mixed by their hashes.

    One in six of each class is for the test, at least two of all, unless the files say which.
    """
    hashes = b"".join(hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in found.images)
    names = np.frombuffer(hashes, "<u8")
    test = found.test
    if test is None:
        by_class = np.lexsort((names, found.labels))
        test = np.zeros(len(names), bool)
        test[by_class[1::ONE_IN]] = True
    mixed = np.lexsort((names, test))
    return mixed, int(len(names) - test.sum())


def rearrange(images: Bytes, places: NDArray[np.int64]) -> None:
    """images[i] becomes what images[places[i]] was, where they lie: a copy may be half a gigabyte."""
    done = np.zeros(len(places), bool)
    for start in range(len(places)):
        if done[start]:
            continue
        first, place = images[start].copy(), start
        while not done[place]:
            done[place] = True
            source = int(places[place])
            images[place] = first if source == start else images[source]
            place = source
