"""Stack: an array of numbers in a file, read in blocks as often as is needed, so that it never lies in memory whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aedash.data.own.bounds import WHOLE, refused

BLOCK = 1_000_000  # bytes that are read at once
ROW = 4_000_000  # bytes of one image
IN_MEMORY = 32_000_000  # bytes of an array whose order is turned
KINDS = "buif"  # numpy's letters: truth values, whole numbers with and without sign, fractions


@dataclass(frozen=True)
class Stack:
    """shape: (N, ...); opened: gives the file anew, where the numbers begin. fortran: the last axis varies slowest."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    opened: Callable[[], BinaryIO]
    fortran: bool = False

    def __post_init__(self) -> None:
        if self.dtype.kind not in KINDS or self.dtype.itemsize > 8:
            raise refused("An array must hold numbers: whole ones, fractions of up to 64 bits, or truth values.")
        if not self.shape or any(size < 1 for size in self.shape):
            raise refused("An array in this file is empty.")
        if self.bytes > WHOLE or self.row > ROW:
            raise refused(
                f"An array in this file has the shape {shown(self.shape)}, which is too large to be read here."
            )
        if self.fortran and self.bytes > IN_MEMORY:
            raise refused("This array is stored column by column (Fortran order); save it with np.ascontiguousarray.")

    @property
    def row(self) -> int:
        """Bytes of one entry of the first axis."""
        return prod(self.shape[1:]) * self.dtype.itemsize

    @property
    def bytes(self) -> int:
        """Bytes in all, by its shape."""
        return prod(self.shape) * self.dtype.itemsize

    def blocks(self) -> Iterator[NDArray[Any]]:
        """(n, ...) at a time, in order. Raises Refused where the file ends early."""
        with self.opened() as file:
            if self.fortran:
                yield self._values(file, self.shape[::-1]).T
                return
            step = max(1, BLOCK // self.row)
            for start in range(0, self.shape[0], step):
                yield self._values(file, (min(step, self.shape[0] - start), *self.shape[1:]))

    def whole(self) -> NDArray[Any]:
        """All of it: for labels."""
        return np.concatenate(list(self.blocks()))

    def _values(self, file: BinaryIO, shape: tuple[int, ...]) -> NDArray[Any]:
        wanted = prod(shape) * self.dtype.itemsize
        content = bytearray()
        while len(content) < wanted and (part := file.read(wanted - len(content))):
            content += part
        if len(content) < wanted:
            raise refused("An array in this file is cut off: it holds fewer numbers than it says.")
        return np.frombuffer(content, self.dtype).reshape(shape)


def shown(shape: tuple[int, ...]) -> str:
    """A shape, as people write it: 60,000 x 28 x 28.

    >>> shown((60_000, 28, 28))
    '60,000 x 28 x 28'
    """
    return " x ".join(f"{size:,}" if size < 10**12 else "very many" for size in shape[:6])
