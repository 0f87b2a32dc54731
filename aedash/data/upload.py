"""Upload: an image file from a stranger, decoded within bounds to grey pixels; what is wrong with it is one sentence.

Pillow decides by the content, never by the name, and of few formats; nothing is decoded whose header tells of more than
16,000,000 pixels.
"""

import io
import warnings
from math import ceil

import numpy as np
from PIL import Image, ImageOps

from aedash.events import Bytes, Floats
from aedash.formatting import count
from aedash.registry import Refused

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
LARGEST_FILE = 5 * 2**20  # bytes
LARGEST = 16_000_000  # pixels
SIDE = 448  # pixels: a larger image is reduced to it, 16 times what a field of 28 holds

Image.MAX_IMAGE_PIXELS = LARGEST  # where only the decoder knows
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def grey(file: bytes) -> tuple[Bytes, tuple[str, ...]]:
    """(H, W) uint8 of at most 448 pixels a side, and what was done to get there, a few words each.

    Raises Refused for what is too large, and for what is no such image, or a damaged one.
    """
    if len(file) > LARGEST_FILE:
        raise Refused(f"The file has {count(len(file))} bytes; allowed: up to {count(LARGEST_FILE)}.", "upload")
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as image:
            _check(image.size)
            return _grey(image)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"The image has more than {count(LARGEST)} pixels; allowed: up to that.", "upload") from None
    except Exception:  # whatever a damaged file makes a decoder raise
        names = "PNG, JPEG, WebP, BMP or GIF"
        raise Refused(f"This file cannot be read as an image ({names}): it is another kind, or damaged.") from None


def _check(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > LARGEST:
        raise Refused(
            f"The image has {count(width)} x {count(height)} pixels; allowed: up to {count(LARGEST)} in all.", "upload"
        )


def _grey(image: Image.Image) -> tuple[Bytes, tuple[str, ...]]:
    notes = []
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"first of {image.n_frames} frames")  # type: ignore[attr-defined]  # of animated formats only
        image.seek(0)
    turned = ImageOps.exif_transpose(image)
    if turned.size != image.size or image.getexif().get(0x0112, 1) != 1:
        notes.append("turned upright, as its camera says")
    pixels, said = _luminance(turned)
    return pixels, (*notes, *said)


def _reduced(image: Image.Image) -> Image.Image:
    """Before anything is computed with it: sixteen million pixels of a small file were half a gigabyte of numbers."""
    factor = ceil(max(image.size) / SIDE)
    return image.reduce(factor) if factor > 1 else image


def _luminance(image: Image.Image) -> tuple[Bytes, tuple[str, ...]]:
    """Grey by ITU-R 601, as Pillow weighs colours; 16 bits to 8; see-through parts on a ground that shows the rest."""
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.float32)
        eight = np.round(np.clip(wide, 0, 65535, out=wide) / 257).astype(np.uint8)
        return np.asarray(_reduced(Image.fromarray(eight))), ("16 bits a pixel made 8",)
    if not image.has_transparency_data:
        said = () if image.mode in ("1", "L") else ("colours made grey",)
        return np.asarray(_reduced(image.convert("RGB").convert("L"))), said
    both = _reduced(image.convert("RGBA"))
    light, opacity = np.asarray(both.convert("RGB").convert("L")) / 255, np.asarray(both.getchannel("A")) / 255
    under = ground(light, opacity)
    laid = np.round(255 * light * opacity + under * (1 - opacity)).astype(np.uint8)
    return laid, (f"see-through parts laid on {'white' if under else 'black'}",)


def ground(light: Floats, opacity: Floats) -> int:
    """What shows a picture with see-through parts, 255 or 0: dark ink shows on white. Both (H, W) on 0..1."""
    return 255 if (light * opacity).sum() <= 0.5 * opacity.sum() else 0
