"""Figures of pictures against their formulas, scikit-image's and scikit-learn's."""

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.decomposition import PCA

from aedash.analysis.baselines import references
from aedash.analysis.metrics import evaluate
from aedash.analysis.quality import judged, originals, pca, pictures, projected, quality, restored

COUNT = 40


def test_figures_are_those_of_scikit_image(small):
    made, clean = restored(small, small.spread(COUNT)), originals(small, COUNT)
    found = judged(made, clean)
    pairs = [(a[0].double().numpy(), b[0].double().numpy()) for a, b in zip(made, clean, strict=True)]
    assert found.mse == pytest.approx(np.mean([np.mean((a - b) ** 2) for a, b in pairs]), rel=1e-5)
    decibels = [peak_signal_noise_ratio(b, a, data_range=1) for a, b in pairs]
    assert found.psnr == pytest.approx(np.mean(decibels), rel=1e-5)
    assert found.ssim == pytest.approx(np.mean([structural_similarity(a, b, data_range=1) for a, b in pairs]), rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28), (1, 6, 9), (1, 3, 3)])
def test_equal_pictures_are_perfect(shape):
    x = torch.rand(3, *shape, generator=torch.Generator().manual_seed(0))
    found = judged(x, x)
    assert (found.mse, found.psnr) == (0, 100)
    assert found.ssim == pytest.approx(1)


def test_a_report_agrees_with_the_run_s_own_figures(small):
    figures = evaluate(small.model, small.data.test, small.config, small.scaling)
    small.model.eval()
    found = quality(small, len(small.data.test))
    assert found.quality.mse == pytest.approx(figures.mse, rel=1e-4)
    assert found.code == figures.code_units
    assert found.ratio == 784 / 4
    assert found.parameters == (784 * 16 + 16) + (16 * 4 + 4) + (4 * 16 + 16) + (16 * 784 + 784)
    assert found.images == 360


@pytest.mark.parametrize("scaling", ["raw", "standardised"])
def test_figures_are_on_pixels_whatever_the_scaling(scaling, identity):
    trained = identity(data={"scaling": scaling})
    assert quality(trained, COUNT).quality.mse == pytest.approx(0, abs=1e-12)
    assert pca(trained, COUNT) is None


def test_pca_is_scikit_learn_s_and_the_baseline_s(small):
    data, share = small.data, small.config.data.validation
    train = data.splits(share)["train"].images.flatten(1).double().numpy() / 255
    clean = originals(small, COUNT)
    test = clean.flatten(1).double().numpy()
    for size in (1, 4, 64):
        fitted = PCA(size, svd_solver="full").fit(train)  # by default it is a random estimate
        expected = ((fitted.inverse_transform(fitted.transform(test)) - test) ** 2).mean()
        found = (projected(data, share, size, clean) - clean).square().mean()
        assert float(found) == pytest.approx(expected, rel=1e-4)
    lines = references(data, small.config, 4).mse["test"]
    assert pca(small, 360).quality.mse == pytest.approx(lines["PCA, 4 numbers"], rel=1e-4)


def test_a_model_and_pca_are_judged_on_one_subset_that_is_spread_over_all(small):
    few = small.spread(COUNT)
    clean = small.scaling.to_unit(few.target)
    assert torch.equal(originals(small, COUNT), clean)
    assert quality(small, COUNT).quality == judged(restored(small, few), clean)
    assert quality(small, COUNT).quality != judged(restored(small, small.batch(COUNT)), originals(small, 360)[:COUNT])
    linear = projected(small.data, small.config.data.validation, 4, clean)
    assert pca(small, COUNT).quality == judged(linear, clean)


def test_pictures_are_bytes_grey_or_in_colour():
    x = torch.tensor([-1.0, 0.5, 2.0, torch.nan]).view(4, 1, 1, 1).expand(4, 1, 2, 2)
    assert pictures(x)[:, 0, 0].tolist() == [0, 128, 255, 0]
    assert pictures(x).shape == (4, 2, 2)
    assert pictures(x.expand(4, 3, 2, 2))[:, 0, 0].tolist() == [[level] * 3 for level in (0, 128, 255, 0)]


def test_a_model_that_diverged_has_no_figures_but_breaks_nothing(diverged):
    assert np.isnan(judged(restored(diverged, diverged.spread(3)), originals(diverged, 3)).mse)
