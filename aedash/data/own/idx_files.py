"""Idx files: images or labels in MNIST's format, of any of its kinds of numbers, also packed by gzip."""

import gzip
import zlib
from collections.abc import Callable
from math import prod
from struct import unpack_from
from typing import BinaryIO, cast

import numpy as np

from aedash.data.own.bounds import WHOLE, refused
from aedash.data.own.stacks import Stack

KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
AXES = range(1, 5)
PACKED = b"\x1f\x8b"
CHUNK = 2**18  # bytes

Opened = Callable[[], BinaryIO]
"""Gives a file anew, at its beginning."""


def is_idx(begun: Opened) -> bool:
    """Whether a file, or what it has packed, begins as the format does."""
    try:
        with unpacked(begun)() as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in KINDS and head[3] in AXES


def stack(begun: Opened) -> Stack:
    """The array of a file for which `is_idx` holds. Raises Refused unless it is as long as its header says."""
    begun = unpacked(begun)
    with begun() as file:
        head = file.read(4 + 4 * max(AXES))
    start = 4 + 4 * head[3]
    if len(head) < start:
        raise refused("This idx file is cut off within its header.")
    shape, dtype = unpack_from(f">{head[3]}I", head, 4), np.dtype(KINDS[head[2]])

    def opened() -> BinaryIO:
        file = begun()
        file.read(start)
        return file

    found, wanted = Stack(shape, dtype, opened), start + prod(shape) * dtype.itemsize
    if _length(begun, wanted) != wanted:
        raise refused("This idx file is cut off, or longer than its header says.")
    return found


def unpacked(begun: Opened) -> Opened:
    """The file itself, or what it has packed by gzip."""
    with begun() as file:
        packed = file.read(2) == PACKED
    return (lambda: cast(BinaryIO, gzip.GzipFile(fileobj=begun()))) if packed else begun


def _length(begun: Opened, wanted: int) -> int:
    """Bytes of a file, counted no further than one more than is wanted. Raises Refused."""
    assert wanted <= WHOLE + CHUNK, "a stack of that size is refused"
    found = 0
    try:
        with begun() as file:
            while found <= wanted and (part := file.read(min(CHUNK, wanted + 1 - found))):
                found += len(part)
    except (OSError, EOFError, zlib.error):
        raise refused("This gz file is damaged: it cannot be unpacked.") from None
    return found
