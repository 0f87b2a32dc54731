"""An own image as figures: its steps at one size, its code as bars, and sentences that tell three cases apart."""

import re
from base64 import b64decode

import numpy as np
import pytest

from aedash.analysis.own_image import Near, Own, Read, Typical
from aedash.data.framing import Step
from aedash.figures.own import MOST_BARS, TILE, bars, copying, erring, familiar, placed, read, tiles

USUAL = Typical((0.01, 0.02, 0.04), (0.006, 0.02, 0.03), 300)


def answer(mse=0.01, near=0.02, copied=0.02):
    blank = np.zeros((28, 28), np.uint8)
    code = np.zeros(3, np.float32)
    return Own(
        (), blank, blank, mse, code, None, None, (Near(blank, 0, near),), (Near(blank, 0, copied),), companions=0
    )


@pytest.mark.parametrize("shape", [(28, 28), (20, 13), (1, 20), (448, 100), (1, 448), (112, 112)])
def test_a_step_of_any_size_is_a_tile_with_nothing_around_it(shape):
    (tile,) = tiles([Step("", np.full(shape, 200, np.uint8))])
    assert tile.shape == (1, TILE, TILE, 4)
    ink = tile[0, ..., 3] == 255
    assert (tile[0][ink][:, :3] == 200).all()
    height, width = np.ptp(np.argwhere(ink), axis=0) + 1
    assert ink.sum() == height * width
    assert max(height, width) >= min(TILE, 4 * max(shape)) - 28


def layers(html):
    found = re.findall(r'<i class="(\w+)" style="mask-image:url\(data:image/svg\+xml;base64,([^)]+)\)', html)
    return {name: b64decode(svg).decode() for name, svg in found}


def test_bars_go_from_zero_to_the_code_over_what_is_usual():
    known = np.linspace([-1, 0], [1, 0], 101)
    drawn = layers(bars(np.array([1.0, -1.0]), np.array([0.5, 0.5]), known))
    assert drawn.keys() == {"usual", "zero", "bar", "spread"}
    heights = [float(v) for v in re.findall(r"v(\d[\d.]*)h", drawn["bar"])]
    assert heights == pytest.approx([100 / 3, 100 / 3], abs=0.02)
    assert [float(v) for v in re.findall(r"v(\d[\d.]*)h", drawn["usual"])] == pytest.approx([60, 1.2], abs=0.02)
    assert "spread" not in layers(bars(np.zeros(2), None, known))


def test_of_a_long_code_the_strangest_numbers_are_drawn():
    code = np.zeros(MOST_BARS + 50)
    code[-1] = 9
    drawn = layers(bars(code, None, np.zeros((2, len(code)))))
    assert drawn["bar"].count("M") == MOST_BARS
    assert "v100h" in drawn["bar"]


def test_the_error_stands_among_those_that_are_known():
    errors = np.array([0.001, 0.005, 0.02, np.nan])
    assert erring(answer(0.01), errors) == "Error 0.0100, MSE per pixel: larger than that of 67 % of 3 test images."
    assert erring(answer(0.01), np.full(4, np.nan)) == "Error 0.0100, MSE per pixel."


def test_a_copy_what_was_learnt_and_a_likeness_are_told_apart():
    assert copying(answer(mse=0.03, copied=0.001), USUAL).startswith("Perhaps a copy")
    assert copying(answer(mse=0.03, copied=0.02), USUAL).startswith("It draws what it has learnt rather than yours")
    assert copying(answer(mse=0.01, copied=0.02), USUAL).startswith("It does not copy")
    assert copying(answer(mse=0.0005, copied=0.001), USUAL).startswith("It does not copy")


def test_a_stranger_is_told():
    assert "stranger" in familiar(answer(near=0.05), USUAL)
    assert "might be one" in familiar(answer(near=0.03), USUAL)


def test_the_classes_of_the_nearest_codes_are_counted():
    told = placed(np.array([3, 3, 1, 3]), ["zero", "one", "two", "three"], 2000)
    assert told == "Of the 4 nearest codes of 2,000 test images 3 are three, 1 are one."


def test_what_it_is_may_be_kept_or_lost():
    classes = ("zero", "one")
    assert "kept" in read(Read(1, 0.99), Read(1, 0.7), classes)
    assert "lost: the judge, a small classifier, reads yours as one (99 %) and the output as zero (70 %)" in read(
        Read(1, 0.99), Read(0, 0.7), classes
    )
