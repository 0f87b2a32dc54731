"""Maps side by side: a code that was only turned, mirrored and scaled gives the same map again."""

import numpy as np
import pytest

from aedash.analysis.alignment import size, turned


@pytest.fixture
def codes():
    return np.random.default_rng(0).normal(size=(60, 5)) * [5, 3, 0.2, 0.1, 0.1]


def test_a_turned_and_scaled_code_gives_the_same_map(codes):
    like = codes[:, :2] - codes[:, :2].mean(0)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    seen = turned(0.01 * codes @ turn + 7, like)
    np.testing.assert_allclose(seen, like / size(codes), atol=0.01)
    assert size(0.01 * codes) == pytest.approx(0.01 * size(codes))


def test_it_is_never_larger_than_the_code(codes):
    other = np.random.default_rng(2).normal(size=(60, 9))
    assert size(turned(other, codes[:, :2])) < 1


def test_codes_that_say_nothing(codes):
    like = codes[:, :2]
    assert not turned(np.ones((60, 4)), like).any()
    assert np.isnan(turned(np.full((60, 4), np.inf), like)).all()
    line = turned(codes[:, :1], like)
    assert line.shape == (60, 2)
    assert not line[:, 1].any()
