"""Every kind of image file becomes grey pixels by a rule, and whatever cannot is one sentence."""

import io
import zlib
from struct import pack

import numpy as np
import pytest
from PIL import Image

from aedash.data.upload import LARGEST, LARGEST_FILE, SIDE, grey
from aedash.registry import Refused

RAMP = np.add.outer(np.arange(0, 120, 2), np.arange(0, 80, 2)).astype(np.uint8)  # (60, 40)


def saved(image, kind="PNG", **how):
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def sixteen(levels):
    return Image.fromarray(levels.astype(np.uint16))


def see_through(ink, opacity):
    return Image.fromarray(np.dstack([np.full_like(opacity, ink)] * 3 + [opacity]))


def palette():
    return Image.fromarray(RAMP).convert("RGB").quantize(256)


@pytest.mark.parametrize(
    ("file", "wanted", "said"),
    [
        (saved(Image.fromarray(RAMP)), RAMP, ()),
        (saved(Image.fromarray(RAMP), "BMP"), RAMP, ()),
        (saved(Image.fromarray(RAMP), "WEBP", lossless=True), RAMP, ("colours made grey",)),
        (saved(Image.fromarray(RAMP).convert("RGB")), RAMP, ("colours made grey",)),
        (saved(palette()), RAMP, ("colours made grey",)),
        (saved(sixteen(RAMP * 257.0)), RAMP, ("16 bits a pixel made 8",)),
        (saved(Image.fromarray(RAMP > 90)), 255 * (RAMP > 90), ()),
        (saved(see_through(0, RAMP)), 255 - RAMP, ("see-through parts laid on white",)),
        (saved(see_through(255, RAMP)), RAMP, ("see-through parts laid on black",)),
        (saved(Image.fromarray(255 - RAMP).convert("CMYK"), "JPEG", quality=100), 255 - RAMP, ("colours made grey",)),
        (
            saved(palette(), "GIF", save_all=True, append_images=[Image.new("P", (40, 60))]),
            RAMP,
            ("first of 2 frames", "colours made grey"),
        ),
    ],
    ids=["grey", "bmp", "webp", "colour", "palette", "16 bit", "1 bit", "dark ink", "light ink", "cmyk", "animated"],
)
def test_every_kind_becomes_the_same_grey(file, wanted, said):
    picture, notes = grey(file)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - wanted).max() <= 2
    assert notes == said


def test_a_camera_s_turn_is_followed():
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right of the file
    picture, notes = grey(saved(Image.fromarray(RAMP), "JPEG", exif=exif, quality=100))
    assert picture.shape == (40, 60)
    assert np.abs(picture.astype(int) - np.rot90(RAMP, -1)).max() <= 3
    assert notes == ("turned upright, as its camera says",)


def test_a_large_image_is_reduced_and_a_line_stays():
    picture, _ = grey(saved(Image.fromarray(RAMP).resize((4000, 30))))
    assert picture.shape == (4, 445)
    assert max(picture.shape) <= SIDE


def header(width, height):
    """A PNG that tells of a size, and holds nothing."""

    def chunk(kind, content):
        return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))

    size = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (header(10_000, 10_000), f"more than {LARGEST:,} pixels"),
        (header(5000, 4000), f"more than {LARGEST:,} pixels"),
        (header(20, 20), "damaged"),
        (saved(Image.fromarray(RAMP))[:60], "damaged"),
        (b"", "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "another kind"),
        (saved(Image.fromarray(RAMP), "TIFF"), "another kind"),
        (bytes(LARGEST_FILE + 1), f"allowed: up to {LARGEST_FILE:,}"),
    ],
    ids=["100 Mpx", "20 Mpx", "no pixels", "cut", "empty", "svg", "tiff", "too many bytes"],
)
def test_what_cannot_be_taken_is_one_sentence(file, told):
    with pytest.raises(Refused, match=told) as refused:
        grey(file)
    assert str(refused.value).count(".") == 1


@pytest.mark.parametrize("image", [see_through(0, RAMP), see_through(255, RAMP), Image.fromarray(RAMP).convert("RGB")])
def test_a_large_image_is_reduced_before_its_colours_become_numbers(image, monkeypatch):
    sizes = []
    whole = np.asarray
    monkeypatch.setattr(np, "asarray", lambda of, *more: sizes.append(whole(of).size) or whole(of, *more))
    picture, _ = grey(saved(image.resize((4000, 2000))))
    assert picture.shape == (223, 445)
    assert max(sizes) <= SIDE * SIDE
