"""What units do over images, against codes whose answer is known."""

import numpy as np
import pytest

from aedash.analysis.firing import by_class, firing, loudest, most

DRAWN = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)


def test_each_kind_of_code_has_its_own_measure():
    plain = firing(DRAWN * [1, 3, 0.5] + 7)
    assert plain.measure == "deviation"
    np.testing.assert_allclose(plain.strength, (DRAWN * [1, 3, 0.5]).std(0), rtol=1e-4)
    assert plain.order.tolist() == [1, 0, 2]
    silent = firing(np.maximum(DRAWN - [0, 1, 9], 0).astype(np.float32))
    assert silent.measure == "rate"
    np.testing.assert_allclose(silent.strength, (DRAWN > [0, 1, 9]).mean(0))
    always = firing(np.float32([[0, 1, 2], [0, 2, 9]]))
    assert always.order.tolist() == [2, 1, 0]  # of those that fire on all the one that varies most
    on = firing(1 / (1 + np.exp(-DRAWN)), sigmoid=True)
    np.testing.assert_allclose(on.strength, (DRAWN > 0).mean(0))
    log_var = np.full_like(DRAWN, -1)
    nats = firing(DRAWN, log_var)
    assert nats.measure == "nats"
    np.testing.assert_allclose(nats.strength, ((DRAWN**2 + np.exp(-1) - 1 + 1) / 2).mean(0), rtol=1e-5)


def test_the_two_rules_of_what_is_active_differ_where_the_scale_of_a_code_decides():
    found = firing(DRAWN * np.float32([0.05, 0.05, 0.0001]))
    assert found.active.tolist() == [True, True, False]  # against the largest deviation
    assert found.burda.tolist() == [False, False, False]  # against a fixed variance of 0.01
    assert found.differing.tolist() == [0, 1]


def test_a_range_is_what_the_data_has_and_never_a_single_number_for_a_unit_that_moves():
    rare = np.zeros((400, 2), np.float32)
    rare[:3, 0] = 5
    rare[:, 1] = np.arange(400)
    found = firing(rare)
    assert (found.low[0], found.high[0]) == (0, 5)
    assert (found.low[1], found.high[1]) == pytest.approx((0.05 * 399, 0.95 * 399))


def test_the_loudest_are_furthest_from_their_own_mean_and_never_dead():
    codes = DRAWN * np.float32([1, 100, 0]) + np.float32([0, 0, 4])
    found = loudest(np.float32([5, 100, 40]), firing(codes))
    assert [unit for unit, _ in found] == [0, 1]
    assert found[0][1] == pytest.approx((5 - codes[:, 0].mean()) / codes[:, 0].std(), rel=1e-4)


def test_values_are_counted_by_class_and_the_most_come_first():
    values = np.float32([0, 0, 1, 2, 2])
    edges, counts = by_class(values, np.array([0, 1, 1, 1, 3]), 4)
    assert counts.sum(1).tolist() == [1, 3, 0, 1]
    assert (edges[0], edges[-1]) == (0, 2)
    assert counts[1, 0] == counts[1, -1] == 1
    assert most(values, 3).tolist() == [3, 4, 2]


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_constant_code_fires_nothing_and_breaks_nothing(level):
    codes = np.full((5, 2), level, np.float32)
    found = firing(codes)
    assert not found.active.any()
    assert not found.burda.any()
    assert (found.low == found.high).all()
    assert loudest(codes[0], found) == []
    assert by_class(codes[:, 0], np.zeros(5, np.int64), 1)[1].sum() == 5
