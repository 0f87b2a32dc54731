"""One rule of comparison: against scipy's Welch test, against drawn samples, and where only one seed is known."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from aedash.analysis.level import choosing, compare, crossing, paired, quoted, spread, welch

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.gamma(4, 0.005, 2000)


def known(*means):
    return [np.array([mean]) for mean in means]


def test_the_interval_over_seeds_is_welch_s():
    ours, theirs = RANDOM.normal(1, 0.1, 4), RANDOM.normal(1.2, 0.3, 6)
    low, high = ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    assert welch(ours, theirs) == pytest.approx((high - low) / 2)
    assert welch(np.ones(3), np.ones(2)) == 0


def test_seeds_that_scatter_more_than_they_differ_are_level():
    apart = compare(known(0.020, 0.021, 0.022), known(0.030, 0.031, 0.032))
    assert apart.lower
    assert apart.seeds == 3
    assert apart.share == pytest.approx(0.021 / 0.031 - 1)
    assert compare(known(0.020, 0.026, 0.032), known(0.024, 0.030, 0.036)).level


@pytest.mark.parametrize(("error", "level"), [(0.0104, True), (0.0096, True), (0.0106, False), (0.0094, False)])
def test_with_one_seed_five_per_cent_are_level(error, level):
    assert compare(known(error), known(0.01)).level is level
    assert compare(known(error, 0.02), known(0.01)).seeds == 1


def test_paired_images_are_the_margin_where_they_scatter_more():
    coarse = IMAGES[:20] + RANDOM.normal(0, 0.01, 20)
    apart = compare([coarse], [IMAGES[:20]])
    assert apart.margin == pytest.approx(2 * np.std(coarse - IMAGES[:20], ddof=1) / np.sqrt(20))
    assert apart.level
    assert not compare([1.1 * IMAGES], [IMAGES]).level
    assert compare([1.1 * IMAGES], [IMAGES], least=1.0).level


def test_two_standard_errors_hold_19_of_20_draws():
    inside = [abs((noise := RANDOM.normal(0, 1, 200)).mean()) <= paired(noise, np.zeros(200)) for _ in range(400)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_what_is_not_finite_is_never_better():
    assert not compare(known(np.nan), known(0.01)).lower
    worse = compare(known(np.inf), known(0.01))
    assert not worse.level
    assert not worse.lower


def test_images_that_choose_are_not_quoted():
    places = np.arange(7)
    assert choosing(places).tolist() == [0, 2, 4, 6]
    assert quoted(places).tolist() == [1, 3, 5]
    assert quoted(np.array([4])).tolist() == [4]


def test_the_best_of_many_equals_looks_better_on_the_images_that_chose_it():
    errors = RANDOM.gamma(4, 0.005, (300, 40))
    best = min(errors, key=lambda each: choosing(each).mean())
    assert choosing(best).mean() < 0.85 * errors.mean()
    assert quoted(best).mean() == pytest.approx(errors.mean(), rel=0.2)


@pytest.mark.parametrize(
    ("ours", "where"), [([3, 2, 1], 0.5), ([1, 1, 1], None), ([3, 3, 3], None), ([1, 3, 1], 0.75), ([2, 2, 1], 0.5)]
)
def test_where_a_curve_falls_below_another_for_good(ours, where):
    assert crossing([0, 0.5, 1], ours, [2, 2, 2]) == where


def test_spread():
    assert spread([1.0, 2.0, 6.0]) == (3.0, 1.0, 6.0)
