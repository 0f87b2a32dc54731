"""Trust of maps against the definition, written out pair by pair, and against what a map must show."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from aedash.analysis.projection import tsne
from aedash.analysis.trust import alike, judged, kept, nearest, trust
from aedash.registry import Refused

K = 10


@pytest.fixture(scope="module")
def digits():
    data, labels = load_digits(return_X_y=True)
    return data[:200].astype(np.float32), labels[:200]


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).standard_normal((200, 2)).astype(np.float32)


def ranks(x):
    """(N, N) the how-manieth nearest of i is j, from 1; 0 on the diagonal."""
    apart = np.square(x[:, None].astype(float) - x[None]).sum(2)
    np.fill_diagonal(apart, -1)
    return apart.argsort(1, kind="stable").argsort(1, kind="stable")


def defined(seen, truth):
    """Venna and Kaski 2001, equation by equation: who is near on the map, and how far off in truth."""
    near, far, n = ranks(seen), ranks(truth), len(seen)
    penalty = sum(far[i, j] - K for i in range(n) for j in range(n) if i != j and near[i, j] <= K and far[i, j] > K)
    return 1 - 2 / (n * K * (2 * n - 3 * K - 1)) * penalty


def test_trust_is_what_its_inventors_define(digits):
    x, _ = digits
    plane = x[:, 20:22] + np.random.default_rng(1).standard_normal((200, 2)).astype(np.float32)
    found = trust(plane, x)
    assert found.trustworthiness == pytest.approx(defined(plane, x), abs=1e-3)
    assert found.continuity == pytest.approx(defined(x, plane), abs=1e-3)
    assert (found.neighbours, found.images) == (K, 200)


def test_trust_is_that_of_scikit_learn():
    data = load_digits().data[:700].astype(np.float32)
    data += 1e-3 * np.random.default_rng(0).standard_normal(data.shape).astype(np.float32)  # no two distances alike
    plane = data[:, 20:22]
    found = trust(plane, data)
    assert found.trustworthiness == pytest.approx(trustworthiness(data, plane, n_neighbors=K), abs=1e-4)
    assert found.continuity == pytest.approx(trustworthiness(plane, data, n_neighbors=K), abs=1e-4)


def test_a_map_by_chance_is_worth_a_half_and_an_arrangement_much_more(digits, noise):
    x, _ = digits
    assert trust(noise, x).trustworthiness == pytest.approx(0.5, abs=0.03)
    assert trust(tsne(x), x).trustworthiness > 0.95


@pytest.mark.parametrize("size", [1e-30, 1e25])
def test_the_size_of_codes_does_not_matter(digits, noise, size):
    x, labels = digits
    assert trust(noise, (x * size).astype(np.float32)).trustworthiness == pytest.approx(
        trust(noise, x).trustworthiness, abs=1e-3
    )
    assert alike((x * size).astype(np.float32), labels).mean() == pytest.approx(alike(x, labels).mean(), abs=1e-2)


def test_classes_that_lie_apart_are_told_by_their_neighbours(digits, noise):
    x, labels = digits
    apart = noise * 0.01 + np.stack([labels, labels], 1)
    assert alike(apart, labels).mean() == 1.0
    assert alike(noise, labels).mean() == pytest.approx(0.1, abs=0.05)
    assert alike(x, labels).mean() > 0.7
    by_hand = [(labels[row[1 : K + 1]] == labels[i]).mean() for i, row in enumerate(ranks(x).argsort(1))]
    np.testing.assert_allclose(alike(x, labels), by_hand, atol=0.11)  # neighbours at equal distance come in any order


def test_what_is_the_same_on_all_maps(noise):
    other = np.random.default_rng(5).standard_normal((200, 2))
    np.testing.assert_array_equal(kept([noise, -2 * noise + 7]), np.ones(200))
    assert kept([noise, noise, other]).mean() == pytest.approx(K / 199, abs=0.03)
    assert kept([noise]).tolist() == [1.0] * 200


def test_nobody_is_his_own_neighbour():
    assert all(i not in row for i, row in enumerate(nearest(np.zeros((30, 2)), 5)))


def test_few_points_have_fewer_neighbours():
    found = trust(np.arange(5.0)[:, None], np.arange(5.0)[:, None])
    assert (found.trustworthiness, found.neighbours) == (1.0, 2)


def test_rows_are_spread_evenly_over_those_that_are_finite_everywhere():
    one, other = np.arange(40.0).reshape(20, 2), np.arange(20.0)[:, None].copy()
    one[3, 1], other[0, 0] = np.nan, np.inf
    assert judged(one, other).tolist() == [i for i in range(20) if i not in (0, 3)]
    assert judged(one, other, most=6).tolist() == [1, 5, 8, 11, 14, 17]


def test_a_code_without_neighbours_is_refused_in_a_sentence():
    some = np.arange(20.0)[:, None]
    with pytest.raises(Refused, match="same place"):
        judged(some, np.ones((20, 3)))
    with pytest.raises(Refused, match="Fewer than four"):
        judged(some, np.full((20, 1), np.nan))
    with pytest.raises(Refused, match="Fewer than four"):
        judged(some[:3])
