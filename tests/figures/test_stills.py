"""Pictures for slides show what they were made of."""

import io

import numpy as np
from PIL import Image

from aedash.figures.cloud import Shades
from aedash.figures.stills import DOT, MOST_IMAGES, PAD, REST, TILE, WIDE, by_class, by_number, images, map_picture
from aedash.figures.theme import class_color

CAPTION = ["R0-simple, MNIST", "Selected: 3 test images of 50."]


def opened(content):
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "PNG"
    return np.asarray(picture.convert("RGB"))


def test_each_tile_is_its_image():
    pictures = np.random.default_rng(0).integers(0, 256, (25, 28, 28), np.uint8)
    page = opened(images(pictures, CAPTION))
    columns = (WIDE - 2 * PAD) // TILE
    assert columns < 25
    for i, picture in enumerate(pictures):
        top, left = PAD + i // columns * TILE, PAD + i % columns * TILE
        tile = page[top : top + TILE - 4, left : left + TILE - 4, 0]
        np.testing.assert_array_equal(
            tile[1::2, 1::2][:26, :26],
            np.asarray(Image.fromarray(picture).resize((TILE - 4, TILE - 4), Image.Resampling.NEAREST))[1::2, 1::2],
        )
    assert opened(images(np.zeros((2000, 8, 8), np.uint8), CAPTION)).shape[0] < TILE * (MOST_IMAGES / columns + 4)


def test_a_dot_lies_where_its_point_does_in_the_colour_of_its_class():
    points = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [np.nan, 1.0]])
    labels = np.array([0, 1, 2, 3])
    side, edge = WIDE - 2 * PAD, round(DOT)
    corners = {0: (side - edge, edge), 1: (side - edge, side - edge), 2: (edge, edge)}
    page = opened(map_picture(points, by_class(labels, "0123"), np.zeros(0, np.int64), CAPTION))
    lit = opened(map_picture(points, by_class(labels, "0123"), np.array([1]), CAPTION))
    for row, (down, across) in corners.items():
        at = PAD + down, PAD + across
        assert hexadecimal(page[at]) == class_color(row)
        assert hexadecimal(lit[at]) == (class_color(row) if row == 1 else REST)


def test_a_number_has_the_colour_of_the_page_s_ramp():
    key = by_number(Shades(np.array([0.0, 1.0, np.nan]), "MSE per pixel", even=True))
    low, high = list(key.names.values())
    assert key.colors == [low, high, REST]
    assert list(key.names) == ["MSE per pixel: 0", "1.00"]


def hexadecimal(pixel):
    return "#{:02X}{:02X}{:02X}".format(*pixel)
