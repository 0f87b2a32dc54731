"""Noise: models and filters meet the same draw of it; the figures are those of robustness."""

from pathlib import Path

import numpy as np
import pytest

from aedash.analysis import noise
from aedash.analysis.baselines import statistics
from aedash.analysis.level import quoted
from aedash.analysis.quality import restored
from aedash.analysis.robustness import filters, noisy
from aedash.analysis.trained import Trained, evenly
from aedash.config import DataConfig
from aedash.data.corruption import GaussianCorruption, MaskingCorruption
from aedash.data.image_data import load
from tests import fakes

ROOT = Path("nowhere")


@pytest.fixture(scope="module", params=["unit", "standardised"])
def trained(request):
    """The second has an output that leaves 0..1."""
    free = {"name": "dense", "output": "sigmoid" if request.param == "unit" else "none"}
    config = fakes.config(data={"name": "digits", "scaling": request.param}, architecture=free)
    data = load("digits", ROOT)
    state, _ = fakes.fitted(config, data)
    return Trained(config, state.model.eval(), data, data.scaling(request.param))


def test_a_model_meets_what_filters_meet(trained):
    corruption = GaussianCorruption(sigma=0.5)
    [made] = noise.through(trained, [corruption])
    batch = noisy(trained, corruption, noise.MEASURED)
    clean, seen = trained.scaling.to_unit(batch.target), trained.scaling.to_unit(batch.input)
    errors = (restored(trained, batch).clamp(0, 1) - clean).square().mean((1, 2, 3)).double().numpy()
    np.testing.assert_allclose(made.errors, errors, rtol=1e-4)
    assert made.mse == pytest.approx(errors[1::2].mean(), rel=1e-4)
    assert made.psnr == pytest.approx(np.mean(-10 * np.log10(errors[1::2])), rel=1e-4)
    ours = noise.without_model(trained.config.data, ROOT, corruption)
    theirs = filters(clean, seen, statistics(trained.data, trained.config.data.validation).mean.float().view(1, 28, 28))
    assert list(ours) == list(theirs)
    for name in ours:
        errors = (theirs[name].pictures - clean).square().mean((1, 2, 3)).numpy()
        assert ours[name].mse == pytest.approx(quoted(errors).mean(), rel=1e-3)
        assert ours[name].settings


def test_pictures_are_one_of_each_class(trained):
    clean = noise.clean("digits", ROOT)
    assert clean.shape == (noise.SHOWN, 28, 28)
    assert clean.dtype == np.uint8
    black = noise.without_model(DataConfig(validation=0), ROOT, MaskingCorruption(p=1))
    assert (black["noisy input"].pictures == 0).all()
    untouched = noise.without_model(DataConfig(validation=0), ROOT, MaskingCorruption(p=0))
    assert np.array_equal(untouched["noisy input"].pictures, clean)
    [made] = noise.through(trained, [MaskingCorruption(p=0)])
    assert made.pictures.shape == clean.shape


def test_what_leaves_black_and_white_is_clipped_for_models_as_for_filters(identity):
    corruption = GaussianCorruption(sigma=0.8)
    [made] = noise.through(identity(), [corruption])
    untouched = noise.without_model(DataConfig(validation=0), ROOT, corruption)["noisy input"]
    np.testing.assert_allclose(made.errors, untouched.errors, rtol=1e-4)


def test_images_are_spread_over_all_of_them():
    assert evenly(10_000, 400)[:3].tolist() == [0, 25, 50]
    assert evenly(10_000, 400)[-1] == 9_975
    assert evenly(360, 400).tolist() == list(range(360))
