"""Stills: a map or a selection as one PNG with its caption, for slides and papers. On white, whatever the theme."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from aedash.events import Bytes, Floats
from aedash.figures.theme import class_color

INK, MUTED, REST = "#1A2029", "#686C72", "#D5DAE1"
WIDE, PAD, LINE = 1200, 40, 34  # pixels
TYPE = 24
DOT, FINER = 5.0, 3  # radius in pixels; dots are drawn so many times larger and shrunk
MOST_IMAGES, TILE = 400, 56


def images(pictures: Bytes, caption: Sequence[str]) -> bytes:
    """A PNG of up to 400 test images, (M, H, W) uint8 or fewer, on a grid above its caption, a line each."""
    pictures = pictures[:MOST_IMAGES]
    columns = min(len(pictures), (WIDE - 2 * PAD) // TILE)
    rows = -(-len(pictures) // columns)
    page, _ = _page(rows * TILE, caption)
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize((TILE - 4, TILE - 4), Image.Resampling.NEAREST)
        page.paste(tile, (PAD + i % columns * TILE, PAD + i // columns * TILE))
    return _png(page)


def map_picture(
    points: Floats,
    labels: NDArray[np.int64],
    classes: Sequence[str],
    chosen: NDArray[np.int64],
    caption: Sequence[str],
) -> bytes:
    """A PNG of a map: points (N, 2) in equal scale, in the colours of their classes, which the last line names.

    labels: (N,); chosen: rows that are selected, the others are grey; none: all have their colour. Points that are not
    finite are left out.
    """
    side = WIDE - 2 * PAD
    page, pen = _page(side + LINE, caption)
    lit = np.isin(np.arange(len(points)), chosen) if len(chosen) else np.ones(len(points), bool)
    field = Image.new("RGB", (side * FINER, side * FINER), "white")
    brush = ImageDraw.Draw(field)
    radius = FINER * DOT * min(1.0, (2000 / max(len(points), 1)) ** 0.3)
    places = _fitted(points, side * FINER, radius)
    for row in np.argsort(lit, kind="stable"):  # what is selected lies on top
        if np.isfinite(places[row]).all():
            x, y = places[row]
            color = class_color(int(labels[row])) if lit[row] else REST
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), color)
    page.paste(field.resize((side, side), Image.Resampling.LANCZOS), (PAD, PAD))
    _legend(pen, labels[lit], classes, PAD + side)
    return _png(page)


def _fitted(points: Floats, side: int, margin: float) -> NDArray[np.float64]:
    """(N, 2) pixels, y downwards, both axes in one scale, all finite points within the square."""
    finite = points[np.isfinite(points).all(1)]
    if not len(finite):
        return np.full((len(points), 2), np.nan)
    low, high = finite.min(0), finite.max(0)
    scale = (side - 2 * margin) / (float((high - low).max()) or 1.0)
    placed = (points - (low + high) / 2) * scale * (1, -1) + side / 2
    return np.asarray(placed, float)


def _legend(pen: ImageDraw.ImageDraw, labels: NDArray[np.int64], classes: Sequence[str], top: int) -> None:
    x, font = PAD, _font(TYPE - 4)
    for label in np.unique(labels):
        name = classes[label]
        pen.ellipse((x, top + 9, x + 14, top + 23), class_color(int(label)))
        pen.text((x + 20, top + 16), name, MUTED, font, anchor="lm")
        x += 20 + int(pen.textlength(name, font)) + 18


def _page(height: int, caption: Sequence[str]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A white page with room for a picture so high, and its caption below."""
    page = Image.new("RGB", (WIDE, PAD + height + 16 + LINE * len(caption) + PAD // 2), "white")
    pen = ImageDraw.Draw(page)
    for i, line in enumerate(caption):
        pen.text((PAD, PAD + height + 16 + LINE * i), line, INK if i == 0 else MUTED, _font(TYPE))
    return page, pen


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _png(page: Image.Image) -> bytes:
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()
