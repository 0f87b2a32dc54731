"""Atlas: many small images in one picture, row by row, from which a browser cuts what it shows."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aedash.events import Bytes


@dataclass(frozen=True)
class Grid:
    """Where the images lie: `columns` side by side; width, height: of one, in pixels; count: of all."""

    columns: int
    width: int
    height: int
    count: int


def grid(count: int, height: int, width: int) -> Grid:
    """As many columns as rows, or one row more.

    >>> grid(10, 28, 28).columns
    3
    """
    return Grid(max(1, round(count**0.5)), width, height, count)


def webp(images: Bytes) -> bytes:
    """The atlas of (N, H, W) or (N, H, W, 3) uint8 as a lossy WebP file on its `grid`: 20 kB a hundred digits."""
    count, height, width, *colours = images.shape
    columns = grid(count, height, width).columns
    rows = -(-count // columns)
    padded = np.zeros((rows * columns, height, width, *colours), np.uint8)
    padded[:count] = images
    lines = padded.reshape(rows, columns, height, width, *colours).swapaxes(1, 2)
    page = lines.reshape(rows * height, columns * width, *colours)
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "WEBP", quality=70)
    return stream.getvalue()
