"""Levels: what numbers stand for black and white in an array, and the images that it so holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aedash.data.own import pictures
from aedash.data.own.album import Album
from aedash.data.own.bounds import LARGEST_AS_IT_IS, SMALLEST_AS_IT_IS, refused
from aedash.data.own.stacks import Stack, shown
from aedash.events import Bytes
from aedash.formatting import setting

CHANNELS = 1, 3, 4
BRIGHT = 128  # of 0..255: a set whose brightest pixel is darker has another white
ROUNDED = 0.1  # how far resizing, or rounding, may have driven numbers out of 0..1 and -1..1
FARTHEST = 1e30  # from 0: what is beyond is no pixel


@dataclass(frozen=True)
class Layout:
    """What the axes after the first are: height, width, and channels, of which `last` says that they come last."""

    height: int
    width: int
    channels: int
    last: bool
    flat: bool

    @property
    def kept(self) -> bool:
        """Whether images of that size may stay as they are."""
        return self.height == self.width and SMALLEST_AS_IT_IS <= self.height <= LARGEST_AS_IT_IS

    def arranged(self, block: NDArray[Any]) -> NDArray[Any]:
        """(n, C, H, W) of a block of the array."""
        shape = (self.height, self.width, self.channels) if self.last else (self.channels, self.height, self.width)
        block = block.reshape(len(block), *shape)
        return block.transpose(0, 3, 1, 2) if self.last else block


def layout(shape: tuple[int, ...]) -> Layout:
    """What an array's shape says. Raises Refused for one that is no images.

    >>> layout((60_000, 784)).height, layout((50_000, 32, 32, 3)).last, layout((50_000, 3, 32, 32)).channels
    (28, True, 3)
    """
    match shape[1:]:
        case (pixels,) if isqrt(pixels) ** 2 == pixels:
            return Layout(isqrt(pixels), isqrt(pixels), 1, last=False, flat=True)
        case (pixels,) if pixels % 3 == 0 and isqrt(pixels // 3) ** 2 * 3 == pixels:
            return Layout(isqrt(pixels // 3), isqrt(pixels // 3), 3, last=False, flat=True)
        case (height, width):
            return Layout(height, width, 1, last=False, flat=False)
        case (height, width, channels) if channels in CHANNELS:
            return Layout(height, width, channels, last=True, flat=False)
        case (channels, height, width) if channels in CHANNELS:
            return Layout(height, width, channels, last=False, flat=False)
    raise refused(
        f"An array of {shown(shape)} is no images; allowed: images x height x width, with 1, 3 or 4 channels before or "
        "after them, or each image as one row of a square number of pixels."
    )


@dataclass(frozen=True)
class Levels:
    """The numbers of black and of white."""

    black: float
    white: float

    @property
    def said(self) -> str:
        """In words: 0..1."""
        return f"{setting(self.black)}..{setting(self.white)}"

    def bytes(self, block: NDArray[Any]) -> Bytes:
        """0..255, clipped."""
        if block.dtype == np.uint8 and (self.black, self.white) == (0, 255):
            return block
        span = self.white - self.black or 1.0
        precise: NDArray[Any] = block.astype(np.float32 if block.dtype.itemsize < 4 else np.float64)
        unit = (precise - self.black) / span
        return np.round(np.clip(unit, 0, 1) * 255).astype(np.uint8)


def levels(*stacks: Stack) -> Levels:
    """What the least and the largest number of all arrays say. Raises Refused for numbers that are not finite."""
    low, high = np.inf, -np.inf
    for block in (block for stack in stacks for block in stack.blocks()):
        least, most = float(block.min()), float(block.max())
        if not max(-least, most) < FARTHEST or least != least:
            raise refused("Some pixels of this array are no usable numbers: nan, infinite, or beyond 1e30.")
        low, high = min(low, least), max(high, most)
    return _levels(low, high, whole=all(stack.dtype.kind in "bui" for stack in stacks))


def _levels(low: float, high: float, whole: bool) -> Levels:
    """0..1, -1..1, 0..255 and, of whole numbers, 0..65535 are known; else black is 0 or less, white the largest."""
    room = 0 if whole else ROUNDED
    if -room <= low and high <= 1 + room:
        return Levels(0, 1)
    if -1 - room <= low and high <= 1 + room:
        return Levels(-1, 1)
    if low >= 0 and BRIGHT <= high <= 255:
        return Levels(0, 255)
    if whole and low >= 0 and 2**15 <= high < 2**16:
        return Levels(0, 2**16 - 1)
    return Levels(min(low, 0), high)


def gather(stack: Stack, found: Levels, into: Album) -> Iterator[int]:
    """Add all images of an array to the album, in its size; tells how many are there after each block."""
    form = layout(stack.shape)
    as_they_are = (form.height, form.width) == (into.side, into.side) and form.channels in (1, 3)
    for block in stack.blocks():
        images = found.bytes(form.arranged(block))
        into.add(images if as_they_are else _small(images, into.side))
        yield into.count


def _small(images: Bytes, side: int) -> Bytes:
    """(n, 1 or 3, side, side) of (n, C, H, W), as pictures are made small."""
    return np.stack([_picture(image, side) for image in images])


def _picture(image: Bytes, side: int) -> Bytes:
    whole = Image.fromarray(image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0)))
    return pictures.channels_first(pictures.square(whole, side)[0])
