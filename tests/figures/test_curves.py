"""Thinning keeps what the eye needs: ends, extremes and order."""

import numpy as np
import pytest

from aedash.figures.curves import thin


def test_short_curve_is_left_alone():
    x, y = np.arange(5.0), np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    kept_x, kept_y = thin(x, y)
    assert np.array_equal(kept_x, x)
    assert np.array_equal(kept_y, y)


@pytest.mark.parametrize("count", [601, 1000, 99_999])
def test_long_curve_keeps_ends_extremes_and_order(count):
    y = np.random.default_rng(0).normal(size=count)
    y[count // 3], y[count // 2] = 50, -50
    x = np.arange(count) / 7
    kept_x, kept_y = thin(x, y)
    assert len(kept_x) <= 600
    assert np.all(np.diff(kept_x) > 0)
    assert (kept_x[0], kept_x[-1]) == (x[0], x[-1])
    assert {50.0, -50.0} <= set(kept_y.tolist())


def test_values_that_are_not_finite_are_dropped():
    kept_x, kept_y = thin(np.arange(4.0), np.array([1.0, np.inf, np.nan, 2.0]))
    assert kept_x.tolist() == [0, 3]
    assert kept_y.tolist() == [1, 2]


def test_empty_curve_stays_empty():
    assert len(thin(np.empty(0), np.empty(0))[0]) == 0


def test_limit_below_four_is_refused():
    with pytest.raises(ValueError, match="at least 4"):
        thin(np.arange(9.0), np.arange(9.0), limit=3)
