"""Units as figures: names, what is said of both rules, bars and histograms."""

import numpy as np

from aedash.analysis.firing import by_class, firing
from aedash.analysis.traversal import UnitEffect
from aedash.figures.units import bars, changes, histogram, name, rules, strips

CODES = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32) * np.float32([0.05, 2, 0.0001])


def test_a_unit_of_a_convolutional_code_is_a_channel_and_a_place():
    named = {name(unit, (4, 7, 7)) for unit in range(196)}
    assert len(named) == 196
    assert name(195, (4, 7, 7)) == "channel 4, row 7, column 7"


def test_both_rules_are_told_and_where_they_differ():
    told = rules(firing(CODES * np.float32([1, 0.5, 1])), (3,))
    assert "(a deviation of at least 1 % of the largest): 2 of 3. By Burda's" in told
    assert told.endswith("They differ on unit 1.")
    assert rules(firing(CODES[:, 1:]), (2,)).endswith("Both name the same units.")
    assert "it fires on some image" in rules(firing(np.maximum(CODES, 0)), (3,))


def test_bars_are_sorted_and_say_what_they_are():
    first, second, third = bars(firing(CODES), (3,))
    assert [first.unit, second.unit, third.unit] == [1, 0, 2]
    assert first.told.startswith("deviation ")
    assert (third.active, third.burda) == (False, False)
    rare = bars(firing(np.maximum(CODES - 1, 0)), (3,), 1)
    assert [bar.told for bar in rare] == [f"fires on {100 * (CODES[:, 1] > 1).mean():.1f} % of images"]


def test_a_histogram_has_a_row_a_class_that_there_is():
    labels = np.arange(400) % 2
    edges, images = by_class(CODES[:, 1], labels, 3)
    drawn = histogram(edges, images, ("a", "b", "none of it"), CODES[:, 1], labels, firing(CODES), 0.5)
    assert [row.name for row in drawn.rows] == ["a", "b"]
    assert all(abs(sum(row.shares) - 1) < 1e-6 for row in drawn.rows)
    assert (drawn.low, drawn.high) == (CODES[:, 1].min(), CODES[:, 1].max())


def test_pictures_of_a_unit_stand_row_by_row():
    blank = np.zeros((2, 2), np.float32)
    effect = UnitEffect(np.linspace(-1, 1, 9), np.zeros((9, 2, 2), np.uint8), 0.0, blank, blank, blank, blank)
    shown = strips([("image 3", effect), ("mean code", effect)])
    assert (shown.columns, shown.rows, shown.foot[0], shown.labels[1]) == (9, 2, "-1.00", "mean code")
    assert changes([("image 3", effect)]).foot[1] == "at 0"
