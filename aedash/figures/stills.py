"""Stills: a map or a selection as one PNG with its caption, for slides and papers. On white, whatever the theme."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from aedash.events import Bytes, Floats
from aedash.figures.cloud import Shades, ramp
from aedash.figures.theme import class_color

INK, MUTED, REST = "#1A2029", "#686C72", "#D5DAE1"
WIDE, PAD, LINE = 1200, 40, 34  # pixels
TYPE = 24
DOT, FINER = 5.0, 3  # radius in pixels; dots are drawn so many times larger and shrunk
MOST_IMAGES, TILE = 400, 56


def images(pictures: Bytes, caption: Sequence[str]) -> bytes:
    """A PNG of up to 400 test images, (M, H, W) or (M, H, W, 3) uint8, on a grid above its caption, a line each."""
    pictures = pictures[:MOST_IMAGES]
    columns = min(len(pictures), (WIDE - 2 * PAD) // TILE)
    rows = -(-len(pictures) // columns)
    page, _ = _page(rows * TILE, caption)
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize((TILE - 4, TILE - 4), Image.Resampling.NEAREST)
        page.paste(tile, (PAD + i % columns * TILE, PAD + i // columns * TILE))
    return _png(page)


@dataclass(frozen=True)
class Key:
    """What the colours of a map say. colors: one a point, "#RRGGBB"; names: {name: colour}, in a legend's order."""

    colors: Sequence[str]
    names: dict[str, str]


def by_class(labels: NDArray[np.int64], classes: Sequence[str]) -> Key:
    """Points by their classes, (N,)."""
    names = {classes[label]: class_color(int(label)) for label in np.unique(labels)}
    return Key([class_color(int(label)) for label in labels], names)


def by_number(shades: Shades) -> Key:
    """Points by a number, on the ramp that the page draws; those that have none are grey."""
    found = ramp(shades)
    colors = [*found["light"], REST]
    ends = {f"{shades.name}: {found['low']}": colors[0], found["high"]: colors[-2]}
    return Key([colors[step] for step in found["steps"]], ends)


def map_picture(points: Floats, key: Key, chosen: NDArray[np.int64], caption: Sequence[str]) -> bytes:
    """A PNG of a map: points (N, 2), both axes in one scale, with its colours named above the caption.

    chosen: rows that are selected, the others are grey; none: all have their colour. Points that are not finite are
    left out.
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
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), key.colors[row] if lit[row] else REST)
    page.paste(field.resize((side, side), Image.Resampling.LANCZOS), (PAD, PAD))
    _legend(pen, key.names, PAD + side)
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


def _legend(pen: ImageDraw.ImageDraw, names: dict[str, str], top: int) -> None:
    x, font = PAD, _font(TYPE - 4)
    for name, color in names.items():
        pen.ellipse((x, top + 9, x + 14, top + 23), color)
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
