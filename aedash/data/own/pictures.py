"""Pictures: one image file to one small square, by rules that are told.

The middle square of it, upright, is made as large as all others; colours stay, see-through parts are laid on a ground
that shows the rest, 16 bits become 8, of an animation the first frame is taken.
"""

import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from aedash.data import upload
from aedash.events import Bytes

LARGEST = 8_000_000  # pixels that are decoded; a plain JPEG is decoded smaller, and may have more
ANGLE = 0x0112  # the tag of EXIF that says how the camera was held

NO_IMAGE, DAMAGED, LARGE = "no images", "damaged", "too large"
CUT, RESIZED = "cut to their middle square", "of another size"
LAID, SIXTEEN = "with see-through parts, laid on black or white", "of 16 bits a pixel, made 8"
FRAME, TURNED = "animated: the first frame is taken", "turned upright, as their camera says"


class Skipped(Exception):
    """A file that gives no image; the message is one of `NO_IMAGE`, `DAMAGED`, `LARGE`."""


class Picture(NamedTuple):
    """pixels: (1 or 3, side, side) uint8; decoded: pixels looked at; notes: what was done, a few words each."""

    pixels: Bytes
    decoded: int
    notes: tuple[str, ...]


def picture(file: bytes, side: int) -> Picture:
    """What an image file gives. Raises Skipped."""
    try:
        with Image.open(io.BytesIO(file), formats=upload.FORMATS) as image:
            _check(image)
            image.draft(None, (2 * side, 2 * side))
            small, notes = square(image, side)
            return Picture(channels_first(small), image.width * image.height, (*_told(image), *notes))
    except Skipped:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Skipped(LARGE) from None
    except UnidentifiedImageError:
        raise Skipped(NO_IMAGE) from None
    except Exception:  # whatever a damaged file makes a decoder raise
        raise Skipped(DAMAGED) from None


def _check(image: Image.Image) -> None:
    """A plain JPEG is decoded at an eighth of its size; of a progressive one all is held first."""
    plain = isinstance(image, JpegImageFile) and not image.info.get("progressive")
    if image.width * image.height > (upload.LARGEST if plain else LARGEST):
        raise Skipped(LARGE)


def _told(image: Image.Image) -> Iterable[str]:
    if getattr(image, "is_animated", False):
        yield FRAME
    if image.getexif().get(ANGLE, 1) != 1:
        yield TURNED


def square(image: Image.Image, side: int) -> tuple[Image.Image, tuple[str, ...]]:
    """The middle square, upright, `side` pixels wide, as L or RGB, and what was done, a few words each.

    It is made small first, in its own kind of pixels where those can be averaged: a large one of 4 bytes a pixel needs
    no copy of itself.
    """
    notes, angle = [], image.getexif().get(ANGLE, 1)
    if image.width != image.height:
        notes.append(CUT)
    if image.size != (side, side):
        notes.append(RESIZED)
    if image.mode.startswith("I"):
        image = _eight_bits(image)
        notes.append(SIXTEEN)
    small = _resized(image.convert(_averaged(image)), side)
    if small.has_transparency_data:
        small = _laid(small.convert("RGBA"))
        notes.append(LAID)
    small = small.convert("L" if small.mode in ("1", "L") else "RGB")
    small.getexif()[ANGLE] = angle
    return ImageOps.exif_transpose(small), tuple(notes)


def _averaged(image: Image.Image) -> str:
    """The kind of pixels that can be averaged: no places in a palette, none with a colour that means nothing."""
    if image.has_transparency_data and image.mode not in ("LA", "RGBA"):
        return "RGBA"
    return {"1": "L", "P": "RGB"}.get(image.mode, image.mode)


def _resized(image: Image.Image, side: int) -> Image.Image:
    """The middle square; untouched where it has that size."""
    edge = min(image.size)
    left, top = (image.width - edge) / 2, (image.height - edge) / 2
    if image.size == (side, side):
        return image
    box = (left, top, left + edge, top + edge)
    return image.resize((side, side), Image.Resampling.BILINEAR, box, reducing_gap=3.0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """0..65535 as 0..255."""
    levels = np.asarray(image).astype(np.float32)
    np.divide(np.clip(levels, 0, 65535, out=levels), 257, out=levels)
    return Image.fromarray(np.round(levels, out=levels).astype(np.uint8))


def _laid(image: Image.Image) -> Image.Image:
    """On black or white, whichever shows it."""
    light, opacity = np.asarray(image.convert("RGB").convert("L")) / 255, np.asarray(image.getchannel("A")) / 255
    ground = upload.ground(light, opacity)
    under = Image.new("RGBA", image.size, (ground, ground, ground, 255))
    return Image.alpha_composite(under, image).convert("RGB")


def channels_first(image: Image.Image) -> Bytes:
    """(1 or 3, H, W) of an image in L or RGB."""
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
