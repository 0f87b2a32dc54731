"""Idx files: images or labels in MNIST's format, of any of its kinds of numbers, also packed by gzip."""

import gzip
import zlib
from io import BytesIO
from math import prod
from struct import unpack_from
from typing import BinaryIO, cast

import numpy as np

from aedash.data.own.bounds import WHOLE, refused
from aedash.data.own.stacks import Stack

KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
AXES = range(1, 5)
PACKED = b"\x1f\x8b"
CHUNK = 2**20  # bytes


def is_idx(content: bytes) -> bool:
    """Whether a file, or what it has packed, begins as the format does."""
    begun = _begun(content)
    return len(begun) >= 4 and begun[:2] == b"\0\0" and begun[2] in KINDS and begun[3] in AXES


def stack(content: bytes) -> Stack:
    """The array of a file for which `is_idx` holds. Raises Refused unless it is as long as its header says."""
    begun = _begun(content)
    axes = begun[3]
    start = 4 + 4 * axes
    if len(begun) < start:
        raise refused("This idx file is cut off within its header.")
    shape = unpack_from(f">{axes}I", begun, 4)
    dtype = np.dtype(KINDS[begun[2]])
    wanted = start + prod(shape) * dtype.itemsize
    found = _length(content, wanted)
    if found != wanted:
        raise refused("This idx file is cut off, or longer than its header says.")

    def opened() -> BinaryIO:
        file = _opened(content)
        file.read(start)
        return file

    return Stack(shape, dtype, opened)


def _opened(content: bytes) -> BinaryIO:
    whole = BytesIO(content)
    return cast(BinaryIO, gzip.GzipFile(fileobj=whole)) if content.startswith(PACKED) else whole


def _begun(content: bytes) -> bytes:
    """The first bytes; none where they cannot be unpacked."""
    try:
        with _opened(content) as file:
            return file.read(4 + 4 * max(AXES))
    except (OSError, EOFError, zlib.error):
        return b""


def _length(content: bytes, wanted: int) -> int:
    """Bytes of the file once unpacked, counted no further than one more than is wanted. Raises Refused."""
    if wanted > WHOLE:
        raise refused("This idx file says that it holds more than can be read here.")
    if not content.startswith(PACKED):
        return len(content)
    found = 0
    try:
        with _opened(content) as file:
            while found <= wanted and (part := file.read(min(CHUNK, wanted + 1 - found))):
                found += len(part)
    except (OSError, EOFError, zlib.error):
        raise refused("This gz file is damaged: it cannot be unpacked.") from None
    return found
