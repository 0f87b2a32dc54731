"""Projections against scikit-learn's, and t-SNE on what it must separate."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aedash.analysis.projection import Basis, codes, principal, tsne
from aedash.events import Snapshot


def cloud(count, size, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(count, size, generator=draw) * torch.linspace(3, 0.3, size) + 5


@pytest.mark.parametrize(("count", "size"), [(200, 20), (20, 200), (30, 30), (50, 1)])
@pytest.mark.parametrize("kept", [1, 2, 16])
def test_principal_is_that_of_scikit_learn_up_to_sign(count, size, kept):
    x = cloud(count, size)
    scores, components, centre = principal(x, kept)
    kept = min(kept, count, size)
    pca = PCA(kept).fit(x.double().numpy())
    assert scores.shape == (count, kept)
    assert components.shape == (kept, size)
    torch.testing.assert_close(centre.double(), torch.from_numpy(pca.mean_), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(components @ components.T, torch.eye(kept), rtol=0, atol=1e-5)
    expected = torch.from_numpy(pca.transform(x.double().numpy())).float()
    # the last direction of n centred points in n or more dimensions is arbitrary
    sure = min(kept, count - 1)
    signs = torch.sign((scores * expected).sum(0))
    torch.testing.assert_close((scores * signs)[:, :sure], expected[:, :sure], rtol=1e-3, atol=1e-3)


def test_all_components_give_the_points_back():
    x = cloud(40, 12)
    scores, components, centre = principal(x, 12)
    torch.testing.assert_close(scores @ components + centre, x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (1, 4)])
def test_points_that_all_coincide_have_a_projection(shape):
    scores, components, _ = principal(torch.ones(shape), 2)
    assert scores.abs().max() < 1e-6
    assert components.isfinite().all()


def snapshot(x, step=1, half=False):
    parts = (part.half() if half else part for part in principal(x, 16))
    scores, components, centre = (part.numpy() for part in parts)
    nothing = np.zeros((0, 1, 1), dtype=np.uint8)
    return Snapshot(step, scores, components, centre, nothing, nothing, nothing)


def test_a_basis_is_the_two_main_directions():
    x = cloud(100, 6)
    expected = np.abs(PCA(2).fit_transform(x.numpy()))
    np.testing.assert_allclose(np.abs(Basis(snapshot(x)).project(snapshot(x))), expected, rtol=1e-3, atol=1e-3)


def test_a_code_of_one_number_has_an_empty_second_axis():
    positions = Basis(snapshot(cloud(50, 1))).project(snapshot(cloud(50, 1)))
    assert positions.shape == (50, 2)
    assert np.abs(positions[:, 1]).max() == 0


def test_a_refitted_basis_is_turned_towards_the_old_one():
    old = Basis(snapshot(cloud(100, 6)))
    mirrored = cloud(100, 6) * torch.tensor([-1.0, -1, 1, 1, 1, 1])
    new = Basis(snapshot(mirrored), like=old)
    overlap = old.axes.T @ new.axes
    nearest = np.linalg.svd(overlap, compute_uv=False).sum()  # of any turn within the plane
    assert np.trace(overlap) == pytest.approx(nearest, rel=1e-4)
    assert np.trace(overlap) > 1.5
    np.testing.assert_allclose(new.axes.T @ new.axes, np.eye(2), atol=1e-5)


def test_codes_are_the_sum_of_what_was_kept():
    x = cloud(30, 8)
    np.testing.assert_allclose(codes(snapshot(x)), x.numpy(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("latent", [3, 40, 600])
def test_the_plane_is_that_of_a_decomposition_of_all_codes(latent):
    """Found in at most 16 dimensions, though the kept components are rounded and so not quite orthonormal."""
    x = snapshot(cloud(200, latent), half=True)
    centred = codes(x) - codes(x).mean(0)
    whole = np.linalg.svd(centred, full_matrices=False)[2][:2].T
    basis = Basis(x)
    np.testing.assert_allclose(np.abs(basis.axes.T @ whole), np.eye(2), atol=1e-4)
    np.testing.assert_allclose(np.abs(basis.project(x)), np.abs(centred @ whole), rtol=0, atol=2e-3)


def test_another_moment_is_seen_in_the_same_plane():
    first, later = snapshot(cloud(100, 40)), snapshot(cloud(100, 40, seed=1) * 2 + 1, step=2)
    basis = Basis(first)
    np.testing.assert_allclose(basis.project(later), (codes(later) - codes(first).mean(0)) @ basis.axes, atol=1e-3)


@pytest.mark.parametrize("size", [1, 2, 10])
def test_tsne_separates_two_clusters(size):
    x = torch.cat([cloud(40, size, 1), cloud(40, size, 2) + 100]).numpy()
    seen = tsne(x, perplexity=10)
    assert seen.shape == (80, 2)
    distances = np.linalg.norm(seen[:, None] - seen[None], axis=2) + np.diag(np.full(80, np.inf))
    assert (distances.argmin(1) < 40).tolist() == [True] * 40 + [False] * 40
    assert len(np.unique(seen.round(3), axis=0)) > 70


def test_tsne_gives_the_same_map_again():
    x = cloud(60, 5).numpy()
    np.testing.assert_array_equal(tsne(x), tsne(x))


def test_another_start_of_tsne_is_another_arrangement_of_the_same_groups():
    x = torch.cat([cloud(40, 5, 1), cloud(40, 5, 2) + 100]).numpy()
    starts = [tsne(x, 10, seed=seed) for seed in (0, 1, 2)]
    np.testing.assert_array_equal(starts[1], tsne(x, 10, seed=1))
    assert all(np.abs(one - other).max() > 1 for one, other in pairwise(starts))
    for seen in starts:
        distances = np.linalg.norm(seen[:, None] - seen[None], axis=2) + np.diag(np.full(80, np.inf))
        assert (distances.argmin(1) < 40).tolist() == [True] * 40 + [False] * 40


def test_tsne_takes_points_that_coincide():
    x = np.concatenate([np.zeros((20, 3)), np.ones((20, 3))]).astype(np.float32)
    assert np.isfinite(tsne(x, perplexity=5)).all()


@pytest.mark.parametrize("x", [np.ones((50, 3)), np.ones((3, 2)), np.zeros((0, 2))])
def test_tsne_of_a_code_that_says_nothing_is_a_dot(x):
    assert not tsne(x.astype(np.float16)).any()


def test_tsne_of_a_code_that_is_not_finite_draws_nothing():
    assert np.isnan(tsne(np.full((50, 3), np.inf, np.float16))).all()


def test_rows_that_are_not_finite_are_left_out():
    x = cloud(40, 6)
    x[3, 0], x[7, 2] = float("nan"), float("inf")
    whole = [i for i in range(40) if i not in (3, 7)]
    scores, components, centre = principal(x, 6)
    assert scores[[3, 7]].isnan().all()
    torch.testing.assert_close(scores[whole] @ components + centre, x[whole], rtol=1e-4, atol=1e-4)
    assert principal(x[[3, 7]], 2)[0].isnan().all()
