"""Boxes are never empty, and quantised points come back to their place."""

import numpy as np
import pytest

from aedash.figures.scatter import HIDDEN, box, quantise


def test_box_ignores_outliers_and_adds_a_border():
    points = np.random.default_rng(0).uniform(0, 1, (2000, 2))
    points[0] = 1000, -1000
    x0, y0, x1, y1 = box(points)
    assert -0.06 < x0 < 0 < 1 < x1 < 1.06
    assert -0.06 < y0 < 0 < 1 < y1 < 1.06


@pytest.mark.parametrize(
    "points",
    [np.empty((0, 2)), np.zeros((5, 2)), np.full((3, 2), np.nan), np.array([[0.0, 1.0], [4.0, 1.0]])],
    ids=["no points", "one place", "not numbers", "a flat line"],
)
def test_box_is_never_empty(points):
    x0, y0, x1, y1 = box(points)
    assert x1 > x0
    assert y1 > y0
    assert np.isfinite([x0, y0, x1, y1]).all()


def test_quantised_points_return_to_their_place():
    frame = (-2.0, 1.0, 6.0, 3.0)
    points = np.array([[-2.0, 1.0], [6.0, 3.0], [0.0, 2.0]])
    back = (quantise(points, frame) / 65534 * 2 - 0.5) * [8, 2] + [-2, 1]
    assert np.allclose(back, points, atol=8 / 30_000)


def test_outliers_are_clipped_and_missing_points_hidden():
    steps = quantise(np.array([[-99.0, 99.0], [np.nan, 0.5], [np.inf, 0.5]]), (0.0, 0.0, 1.0, 1.0))
    assert steps[0].tolist() == [0, 65534]
    assert (steps[1:] == HIDDEN).all()
