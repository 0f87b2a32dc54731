"""t-SNE against the definition, pair by pair, and against scikit-learn's on real images."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, trustworthiness

from aedash.analysis import tsne
from aedash.analysis.projection import tsne as seen

PERPLEXITY = 30.0


@pytest.fixture(scope="module")
def digits():
    return load_digits().data[:300].astype(np.float32)


def kernel(points):
    """1 / (1 + d^2) of all pairs, none of a point and itself."""
    squares = np.square(points[:, None] - points[None]).sum(2)
    return 1 / (1 + squares) - np.eye(len(points))


def divergence(x, points):
    """KL(p || q) in nats, with p found by a search of its own for each point's bandwidth."""
    squares = np.square(x[:, None].astype(float) - x[None]).sum(2)
    shares = np.stack([row_of(squares[i], i) for i in range(len(x))])
    p = (shares + shares.T) / (2 * len(x))
    q = kernel(points.astype(float))
    some = p > 0
    return float((p[some] * np.log(p[some] / (q / q.sum())[some])).sum())


def row_of(squares, itself):
    low, high = 0.0, 1.0
    for _ in range(60):
        narrow = (low + high) / 2
        shares = np.exp(-narrow * (squares - np.delete(squares, itself).min()))
        shares[itself] = 0
        shares /= shares.sum()
        some = shares[shares > 0]
        low, high = (narrow, high) if -(some * np.log(some)).sum() > np.log(PERPLEXITY) else (low, narrow)
    return shares


@pytest.mark.parametrize("size", [0.01, 1.0, 20.0])
def test_the_mesh_pushes_as_all_pairs_do(size):
    points = (np.random.default_rng(0).standard_normal((300, 2)) * size).astype(np.float32)
    total, push = tsne.repulsion(points)
    pairs = kernel(points.astype(float))
    expected = (np.square(pairs)[:, :, None] * (points[None] - points[:, None])).sum(1)
    assert total == pytest.approx(pairs.sum(), rel=0.01)
    wrong = push - push.mean(0) - (expected - expected.mean(0))  # what pushes all alike moves nothing: they are centred
    assert np.sqrt(np.square(wrong).mean()) < 0.08 * np.sqrt(np.square(expected).mean())


def test_few_points_push_pair_by_pair():
    points = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    total, push = tsne.all_pairs(points)
    pairs = kernel(points.astype(float))
    assert total == pytest.approx(pairs.sum(), rel=1e-5)
    np.testing.assert_allclose(
        push, (np.square(pairs)[:, :, None] * (points[None] - points[:, None])).sum(1), atol=1e-4
    )


@pytest.mark.parametrize("count", [4, 5, 12, 31, 60, 199, 201])
def test_few_points_stay_together_at_the_largest_perplexity(count):
    for first in range(0, 600, 200):
        x = load_digits().data[first : first + count, :4].astype(np.float32) + 0.01 * np.arange(count)[:, None]
        assert np.ptp(seen(x, 1000.0)) < 150


def test_a_mesh_is_bounded_however_far_points_fly(monkeypatch):
    monkeypatch.setattr(tsne, "LARGEST_MESH", 50)
    total, push = tsne.repulsion(np.array([[0, 0], [1e6, 1e6], [1e6, 0]], np.float32))
    assert abs(total) < 0.1
    assert np.isfinite(push).all()


def test_neighbours_pull_as_the_definition_says(digits):
    pull = tsne.affinities(digits, PERPLEXITY)
    points = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    p = np.zeros((300, 300))
    rows = np.repeat(np.arange(300), pull.counts)
    p[rows, pull.columns] = p[pull.columns, rows] = pull.values
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    expected = ((p * kernel(points))[:, :, None] * (points[None] - points[:, None])).sum(1)
    np.testing.assert_allclose(tsne.attraction(pull, points), expected, atol=1e-6)


def test_it_is_as_good_as_that_of_scikit_learn(digits):
    theirs = TSNE(perplexity=PERPLEXITY, init="pca", random_state=0, n_jobs=1).fit_transform(digits)
    ours = seen(digits, PERPLEXITY)
    assert divergence(digits, ours) < 1.03 * divergence(digits, theirs)
    assert trustworthiness(digits, ours) > trustworthiness(digits, theirs) - 0.01


def test_it_tells_how_far_it_is_and_what_it_has(digits):
    told = []
    last = seen(digits[:60], progress=lambda share, points: told.append((share, points)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert len(shares) > 20
    assert shares[-1] == 1.0
    np.testing.assert_array_equal(told[-1][1], last)
    assert all(points.shape == (60, 2) for _, points in told)


def test_who_is_told_can_end_it(digits):
    told = []

    def enough(share, points):
        told.append(share)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        seen(digits, progress=enough)
    assert len(told) == 1


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_codes_of_any_size_are_arranged(digits, size):
    """Their squares are no number of 4 bytes."""
    few = digits[:40] / 16
    points = seen((few * size).astype(np.float32))
    assert np.isfinite(points).all()
    assert trustworthiness(few, points, n_neighbors=5) > 0.8
