"""Thinning keeps what a reader takes from a curve: its mean, its extremes, its ends and where it is not a number."""

import numpy as np
import pytest

from aedash.figures.curves import Line, steady, thinned


def line(x, y, **rest):
    return Line("train", np.asarray(x, float), np.asarray(y, float), "train", **rest)


def test_short_curve_is_left_alone():
    short = line(np.arange(600), np.random.default_rng(0).normal(size=600))
    assert thinned(short) is short


@pytest.mark.parametrize("count", [601, 1000, 99_999])
def test_long_curve_keeps_ends_extremes_and_order(count):
    y = np.random.default_rng(0).normal(size=count)
    y[count // 3], y[count // 2] = 50, -50
    long = line(np.arange(count) / 7, y)
    drawn = thinned(long)
    assert len(drawn.x) == 300
    assert np.all(np.diff(drawn.x) > 0)
    assert (drawn.x[0], drawn.x[-1], drawn.y[0], drawn.y[-1]) == (long.x[0], long.x[-1], y[0], y[-1])
    assert (drawn.high.max(), drawn.low.min()) == (50, -50)
    assert np.all((drawn.low <= drawn.y) & (drawn.y <= drawn.high))


@pytest.mark.parametrize("even", [True, False], ids=["blocks of one length", "blocks of all lengths"])
def test_thinning_keeps_the_mean_over_the_images(even):
    rng = np.random.default_rng(0)
    images = np.full(5000, 0.01) if even else rng.choice([0.001, 0.05], 5000)
    losses = rng.gamma(0.5, images.max() / images)  # seldom high, and higher where a block is short
    whole = line(np.cumsum(images), losses)
    drawn = thinned(whole)
    stretches = np.diff(whole.x[np.searchsorted(whole.x, _last(whole, drawn))], prepend=0)
    assert np.average(drawn.y, weights=stretches) == pytest.approx(np.average(losses, weights=images))


def _last(whole, drawn):
    """(P,) the x at which each drawn stretch ends, from how the count was divided."""
    starts = np.append(0, np.linspace(1, len(whole.x) - 1, len(drawn.x) - 1).astype(int))
    return whole.x[np.append(starts[1:], len(whole.x)) - 1]


def test_what_is_not_finite_stays_at_its_place():
    y = np.ones(1000)
    y[500], y[700] = np.inf, np.nan
    drawn = thinned(line(np.arange(1000) / 10, y))
    lost = ~np.isfinite(drawn.y)
    assert np.isnan(drawn.y[lost]).all()
    np.testing.assert_allclose(drawn.x[lost], [50, 70], atol=0.4)
    assert (drawn.y[~lost] == 1).all()


def test_a_band_over_seeds_is_left_alone():
    many = np.arange(1000.0)
    seeds = line(many, many, low=many - 1, high=many + 1)
    assert thinned(seeds) is seeds


def test_empty_curve_stays_empty():
    assert len(thinned(line([], [])).x) == 0


def test_limit_below_two_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        thinned(line(np.arange(9), np.arange(9)), limit=1)


@pytest.mark.parametrize("limit", [3, 300])
def test_a_steady_curve_only_grows_until_it_is_made_half_as_long(limit):
    x, y = np.arange(9 * limit) / 7, np.random.default_rng(0).normal(size=9 * limit)
    before, shorter = steady(line(x[:1], y[:1]), limit), 0
    for count in range(2, len(x)):
        now = steady(line(x[:count], y[:count]), limit)
        assert len(now.x) <= 2 * limit
        if len(now.x) < len(before.x):
            shorter += 1
        else:
            for edge in ("x", "y"):
                np.testing.assert_array_equal(getattr(now, edge)[: len(before.x)], getattr(before, edge))
        before = now
    assert shorter == 3
