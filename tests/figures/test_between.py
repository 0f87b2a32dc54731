"""Rows between images: a grid each with what is read below, their difference last, and what is said of them."""

import numpy as np
import pytest

from aedash.analysis.between import Row
from aedash.analysis.own_image import Typical
from aedash.figures.between import NAMES, amount_words, halfway, reached, rows, styles

CLASSES = ("zero", "one")


def row(labels, off=0.02):
    count = len(labels)
    sure = np.linspace(0.5, 1, count)
    return Row(np.zeros((count, 4, 4), np.uint8), np.full(count, off), np.array(labels), sure)


FOUND = {"code": row([0, 0, 1], 0.01), "pixels": row([0, 1, 1], 0.03)}


def test_each_row_has_what_is_read_below_and_the_last_is_their_difference():
    grids = rows(FOUND, CLASSES, NAMES, "A way")
    assert [grid.labels for grid in grids] == [("through the code",), ("blended pixels",), ("difference",)]
    assert grids[0].foot == ("zero", "zero", "one")
    assert grids[-1].foot == ()
    assert {(grid.columns, grid.rows) for grid in grids} == {(3, 1)}


def test_without_a_judge_nothing_is_read():
    found = {name: Row(one.pictures, one.off, None, None) for name, one in FOUND.items()}
    assert rows(found, CLASSES, NAMES, "A way")[0].foot == ()
    assert "judge" not in halfway(found, CLASSES, None)
    assert reached(found["code"], (0, 1, 2), 1, "one") == ""


def test_the_middle_is_told_beside_what_is_usual():
    told = halfway(FOUND, CLASSES, Typical((0.005, 0.02, 0.04), (0, 0, 0), 300))
    assert "through the code 0.0100, read as zero (75 %); blended pixels 0.0300, read as one (75 %)" in told
    assert "For test images 0.00500 to 0.0400 is usual." in told


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([1, 0, 0, 1], "From 1 times the difference on the judge reads one."),
        ([0, 0, 0, 0], "Up to 1 times the difference the judge reads no one."),
        ([0, 1, 1, 1], "From 0 times the difference on the judge reads one."),
    ],
)
def test_from_where_on_it_is_read_as_the_class_that_is_added(labels, told):
    assert reached(row(labels), (-1.0, 0.0, 0.5, 1.0), 1, "one") == told


def test_styles_are_a_row_an_image():
    grid = styles(np.zeros((2, 3, 4, 4), np.uint8), CLASSES)
    assert (grid.columns, grid.rows, grid.foot) == (3, 2, ("image", "zero", "one"))
    assert amount_words((0.25,)) == ("+0.25",)
