"""Principal axes of codes against scikit-learn's, and how many directions they use."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from aedash.analysis.spectrum import spectrum


def cloud(count, size):
    return np.random.default_rng(0).standard_normal((count, size)) * np.linspace(3, 0.3, size) + 5


@pytest.mark.parametrize(("count", "size"), [(200, 20), (20, 200), (50, 1), (300, 1024)])
def test_it_is_that_of_scikit_learn(count, size):
    x = cloud(count, size).astype(np.float32)
    found, pca = spectrum(x, 8), PCA().fit(x.astype(np.float64))
    kept = min(8, count, size)
    assert found.axes.shape == (kept, size)
    np.testing.assert_allclose(found.shares, pca.explained_variance_ratio_[:kept], rtol=1e-4)
    np.testing.assert_allclose(np.abs((found.axes * pca.components_[:kept]).sum(1)), 1, atol=1e-3)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(kept), atol=1e-4)
    ratio = pca.explained_variance_.sum() ** 2 / np.square(pca.explained_variance_).sum()
    assert found.effective == pytest.approx(ratio, rel=1e-4)


def test_an_axis_does_not_turn_over():
    x = cloud(100, 6)
    np.testing.assert_allclose(spectrum(x).axes, spectrum(-x).axes, atol=1e-5)


@pytest.mark.parametrize("directions", [1, 3, 7])
def test_equal_directions_are_counted(directions):
    x = np.zeros((400, 10))
    x[:, :directions] = np.random.default_rng(0).choice([-1.0, 1.0], (400, directions))
    assert spectrum(x).effective == pytest.approx(directions, rel=0.05)


@pytest.mark.parametrize("x", [np.ones((5, 3)), np.ones((3, 5)), np.full((4, 2), np.nan), np.zeros((0, 2))])
def test_codes_that_say_nothing_have_axes_without_variance(x):
    found = spectrum(x)
    assert np.isfinite(found.axes).all()
    assert np.isfinite(found.centre).all()
    assert (found.total, found.effective, found.shares.max()) == (0, 0, 0)


def test_codes_that_are_not_finite_do_not_count():
    x = cloud(40, 6)
    whole = spectrum(x[2:])
    x[0, 0], x[1, 3] = np.nan, np.inf
    np.testing.assert_allclose(spectrum(x).variances, whole.variances)
