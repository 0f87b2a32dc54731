"""Arrays: numpy's files (npz, npy). Their headers are bounded before a number is read, and nothing is unpickled."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from aedash.data.own.bounds import refused
from aedash.data.own.stacks import Stack
from aedash.formatting import count
from aedash.registry import Refused

MAGIC = b"\x93NUMPY"
IMAGES = "x_train", "train_images", "x", "images", "data", "arr_0"  # in the order of trial
LABELS = {
    "x_train": ("y_train",),
    "train_images": ("train_labels",),
    "x": ("y", "labels"),
    "images": ("labels", "y", "target"),
    "data": ("labels", "target", "y"),
    "arr_0": ("arr_1", "labels", "y"),
}
TESTS = {"x_train": ("x_test", "y_test"), "train_images": ("test_images", "test_labels")}
HEADER = 10_000  # bytes
READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True)
class Arrays:
    """Images of shape (N, ...), and their labels, one an image, where there are any; the same of the test."""

    images: Stack
    labels: Stack | None
    test: Stack | None = None
    test_labels: Stack | None = None


def of_npz(opened: zipfile.ZipFile) -> Arrays:
    """The arrays of an opened archive, by their usual names. Raises Refused."""
    names = {name.removesuffix(".npy").lower(): name for name in opened.namelist() if name.endswith(".npy")}
    key = next((key for key in IMAGES if key in names), None)
    if key is None:
        raise refused(
            f"No array in this file is called x_train, x, images or arr_0; it has {count(len(names))} of other names."
        )

    def found(*keys: str) -> Stack | None:
        name = next((names[each] for each in keys if each in names), None)
        return None if name is None else _member(opened, name)

    images = found(key)
    assert images is not None
    test, test_labels = TESTS.get(key, ("", ""))
    return Arrays(images, found(*LABELS[key]), found(test), found(test_labels))


def of_npy(content: bytes) -> Arrays:
    """The one array of a file. Raises Refused."""
    return Arrays(_stack(lambda: BytesIO(content)), None)


def _member(opened: zipfile.ZipFile, name: str) -> Stack:
    return _stack(lambda: cast(BinaryIO, opened.open(name)))


def _stack(begun: Callable[[], BinaryIO]) -> Stack:
    """An array whose file `begun` opens at its beginning."""
    try:
        with begun() as file:
            shape, fortran, dtype, start = _header(file)
    except Refused:
        raise
    except Exception:  # whatever a made-up header makes numpy raise
        raise refused("An array in this file has no header that numpy could have written.") from None

    def opened() -> BinaryIO:
        file = begun()
        file.read(start)
        return file

    return Stack(shape, dtype, opened, fortran)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """(shape, Fortran order, dtype, bytes before the first number). Raises ValueError."""
    begun = file.read(8 + 4 + HEADER)
    stream = BytesIO(begun)
    reader = READERS.get(npy.read_magic(stream))
    if reader is None:
        raise ValueError
    shape, fortran, dtype = reader(stream, max_header_size=HEADER)
    if dtype.hasobject:
        raise refused("An array in this file holds Python objects (a pickle), which are never read; save numbers.")
    if any(type(size) is not int for size in shape):
        raise ValueError
    return shape, fortran, dtype, stream.tell()


def labels(stack: Stack, images: int) -> NDArray[np.int64]:
    """(N,) of labels that are (N,), (N, 1), or (N, K) with a single one in each row. Raises Refused."""
    if stack.shape[0] != images:
        raise refused(f"There are {count(stack.shape[0])} labels for {count(images)} images; allowed: one an image.")
    values = stack.whole()
    if values.ndim == 2 and values.shape[1] > 1 and (values.sum(1) == 1).all() and np.isin(values, (0, 1)).all():
        return values.argmax(1)
    values = values.reshape(len(values), -1)
    if values.shape[1] != 1 or not np.array_equal(values, np.trunc(values)) or np.abs(values).max() > 2**53:
        raise refused("Labels must be one whole number an image.")
    return values[:, 0].astype(np.int64)
