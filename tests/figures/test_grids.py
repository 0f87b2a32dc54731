"""Sheets hold exact pixels without gutters; the error map follows the law of its colours."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from aedash.figures.grids import TOO_BRIGHT, TOO_DARK, error_map, sheet


def pixels(uri):
    head, body = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_grey_rows_become_one_grey_sheet():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5), dtype=np.uint8)
    page = pixels(sheet([images[:3], images[3:]]))
    assert page.shape == (8, 15)
    assert np.array_equal(page[:4, 5:10], images[1])
    assert np.array_equal(page[4:, 10:], images[5])


def test_mixed_rows_become_rgba():
    grey = np.full((2, 3, 3), 77, np.uint8)
    page = pixels(sheet([grey, error_map(np.zeros((2, 3, 3)))]))
    assert page.shape == (6, 6, 4)
    assert (page[:3] == (77, 77, 77, 255)).all()
    assert (page[3:, :, 3] == 0).all()


def test_no_rows_make_no_picture():
    assert sheet([]) == ""
    assert sheet([np.empty((0, 28, 28), np.uint8)]) == ""


def test_rows_must_agree():
    with pytest.raises(ValueError, match="agree"):
        sheet([np.zeros((2, 3, 3), np.uint8), np.zeros((1, 3, 3), np.uint8)])


@pytest.mark.parametrize(
    ("error", "color", "alpha"),
    [(-1.0, TOO_DARK, 255), (1.0, TOO_BRIGHT, 255), (0.0, None, 0), (0.1, TOO_BRIGHT, 61), (-0.1, TOO_DARK, 61)],
)
def test_error_map_law(error, color, alpha):
    pixel = error_map(np.full((1, 1, 1), error))[0, 0, 0]
    assert pixel[3] == alpha
    assert color is None or tuple(pixel[:3]) == color


def test_error_that_is_not_a_number_is_transparent():
    assert error_map(np.full((1, 1, 1), np.nan))[0, 0, 0, 3] == 0
