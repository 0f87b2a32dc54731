"""Image grids: many small images in one PNG sheet, and the signed error as a transparent map."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TOO_DARK = (31, 127, 255)
TOO_BRIGHT = (240, 96, 16)


@dataclass(frozen=True)
class Mosaic:
    """A grid of tiles: `image` is a sheet (a PNG data URI) whose rows fill the top `filled` rows.

    Rows below `filled` show as outlined empty tiles, so does the whole grid while `image` is empty.
    """

    image: str
    columns: int
    rows: int
    labels: tuple[str, ...] = ()  # one a row, at the left; one more than rows labels the foot
    foot: tuple[str, ...] = ()  # one a column, below
    alt: str = ""
    max_tile: int = 80  # CSS pixels
    min_tile: int = 66  # fewer columns are shown when tiles would be smaller; on phones at most 46
    filled: int | None = None  # rows in the sheet; None = all
    group: int = 0  # columns that belong together: groups stand apart, on a phone below one another
    swatches: tuple[str, ...] = ()  # one a row, CSS colour or empty: rows that are values of a sweep
    room: float = 4.3  # rem, for the labels; on phones 0.7 less


def sheet(rows: Sequence[NDArray[np.uint8]]) -> str:
    """Join rows of N images, each (N,H,W) grey, (N,H,W,3) RGB or (N,H,W,4) RGBA, uint8, into one PNG data URI.

    The sheet has N columns and len(rows) rows of H by W pixels, without gutters; mixed rows become RGBA. "" without
    rows or images. Raises ValueError where rows differ in count or size.
    """
    if not rows or 0 in rows[0].shape:
        return ""
    if len({row.shape[:3] for row in rows}) != 1:
        raise ValueError(f"rows must agree in count and size, got {[row.shape for row in rows]}")
    if any(row.ndim == 4 for row in rows):
        rows = [rgba(row) for row in rows]
    return png_uri(np.concatenate([_side_by_side(row) for row in rows]))


def error_map(difference: NDArray[Any]) -> NDArray[np.uint8]:
    """Colour output - input, (N,H,W) in [-1,1], as (N,H,W,4) uint8: blue = too dark, orange = too bright.

    Of images in colour, (N,H,W,3), the root of the mean square over the channels, so that a wrong hue is seen, with the
    sign of their mean. Zero, and nan, is transparent and shows the page, so one picture serves both themes. Opacity
    grows as 1.5 |d|^0.8, at most 1: small errors are seen.

    >>> error_map(np.array([[[-1.0, 0.0]]])).tolist()
    [[[[31, 127, 255, 255], [240, 96, 16, 0]]]]
    """
    signed = difference if difference.ndim < 4 else _over_channels(difference)
    size = np.nan_to_num(np.abs(signed), nan=0.0, posinf=1.0)
    colored = np.empty((*signed.shape, 4), np.uint8)
    colored[..., :3] = np.where((signed < 0)[..., None], TOO_DARK, TOO_BRIGHT)
    colored[..., 3] = np.round(255 * np.minimum(1, 1.5 * size**0.8))
    return colored


def _over_channels(difference: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.copysign(np.sqrt(np.square(difference).mean(-1)), difference.mean(-1)))


def stretched(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W) uint8 from darkest to brightest, channels averaged. picture: (C, H, W)."""
    grey = picture.mean(0)
    return ((grey - grey.min()) / max(float(np.ptp(grey)), 1e-12) * 255).round().astype(np.uint8)


def png_uri(picture: NDArray[np.uint8]) -> str:
    """Encode (H,W) grey, (H,W,3) RGB or (H,W,4) RGBA pixels, uint8, as a PNG data URI.

    >>> png_uri(np.zeros((1, 1), np.uint8)).startswith("data:image/png;base64,iVBOR")
    True
    """
    stream = io.BytesIO()
    Image.fromarray(_lean(picture)).save(stream, "PNG", compress_level=1)  # whoever watches waits for it
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _lean(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same pixels without channels that say nothing: grey, grey with opacity, or as they are."""
    if picture.ndim == 2 or picture.shape[-1] == 3:
        return np.ascontiguousarray(picture)
    pixels = np.ascontiguousarray(picture).view("<u4")[..., 0]  # a comparison a pixel, not four
    if not (pixels & 0xFFFFFF == (pixels & 0xFF) * 0x10101).all():
        return picture
    return picture[..., 0] if (pixels >> 24 == 255).all() else np.ascontiguousarray(picture[..., 2:])


def _side_by_side(row: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn (N,H,W) or (N,H,W,4) into one strip (H,N*W) or (H,N*W,4); likewise RGB."""
    count, height, width = row.shape[:3]
    return np.moveaxis(row, 0, 1).reshape(height, count * width, *row.shape[3:])


def rgba(pictures: NDArray[np.uint8], colour: bool | None = None) -> NDArray[np.uint8]:
    """(..., H, W, 4) of grey images, (..., H, W), or such in colour, (..., H, W, 3), opaque; RGBA stays as it is.

    colour: whether the last axis is one of colours, for a single picture; None: where there are four axes or more.

    >>> rgba(np.zeros((8, 8, 3), np.uint8), colour=True).shape, rgba(np.zeros((2, 8, 8), np.uint8)).shape
    ((8, 8, 4), (2, 8, 8, 4))
    """
    colour = pictures.ndim >= 4 if colour is None else colour
    if colour and pictures.shape[-1] == 4:
        return pictures
    pixels = pictures if colour else np.repeat(pictures[..., None], 3, axis=-1)
    return np.concatenate([pixels, np.full((*pixels.shape[:-1], 1), 255, np.uint8)], axis=-1)


def one_rgba(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) of one picture, (H, W), (H, W, 3) or (H, W, 4)."""
    return rgba(picture, colour=picture.ndim == 3)
