"""Noise in and what comes out: against the noise's own variance, and the filters against what they are for."""

import numpy as np
import pytest
import torch
from skimage.restoration import denoise_nl_means

from aedash.analysis import robustness
from aedash.analysis.metrics import evaluate
from aedash.analysis.quality import judged, restored
from aedash.analysis.robustness import breaking_point, code_shift, filters, noisy
from aedash.data.corruption import GaussianCorruption, MaskingCorruption, NoCorruption, SaltAndPepperCorruption

LEVELS = (0.1, 0.3, 0.8)


def gaussian(sigma):
    return GaussianCorruption(sigma=sigma)


def error(trained, corruption, count):
    """MSE of what the model makes of the noisy images."""
    batch = noisy(trained, corruption, count)
    return judged(restored(trained, batch), trained.scaling.to_unit(batch.target)).mse


def filtered(trained, corruption, count):
    """What the filters make of the images that the model meets."""
    batch = noisy(trained, corruption, count)
    return filters(batch.target, batch.input, trained.data.train.images.float().mean(0) / 255)


def filtered_mse(trained, corruption, count):
    clean = trained.spread(count).target
    return {n: judged(made.pictures, clean).mse for n, made in filtered(trained, corruption, count).items()}


@pytest.mark.parametrize("scaling", ["unit", "raw", "standardised"])
def test_a_model_that_returns_its_input_has_the_variance_of_the_noise(scaling, identity):
    trained = identity(data={"scaling": scaling})
    for sigma in LEVELS:
        assert error(trained, gaussian(sigma), 200) == pytest.approx(sigma**2, rel=0.02)


def test_noise_is_the_same_for_every_scaling(identity):
    seen = []
    for scaling in ("unit", "raw", "standardised"):
        trained = identity(data={"scaling": scaling})
        seen.append(trained.scaling.to_unit(noisy(trained, SaltAndPepperCorruption(p=0.2), 10).input))
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=1e-5)
    torch.testing.assert_close(seen[0], seen[2], rtol=0, atol=1e-5)


def test_noise_is_fixed_and_the_target_clean(small):
    first, second = noisy(small, gaussian(0.3), 10), noisy(small, gaussian(0.3), 10)
    assert torch.equal(first.input, second.input)
    assert torch.equal(first.target, small.spread(10).target)
    double = noisy(small, gaussian(0.6), 10).input - first.target
    torch.testing.assert_close(double, 2 * (first.input - first.target), rtol=1e-4, atol=1e-5)


def test_without_noise_the_error_is_the_run_s_test_error(small):
    mse = evaluate(small.model, small.data.test, small.config, small.scaling).mse
    small.model.eval()
    assert error(small, NoCorruption(), 360) == pytest.approx(mse, rel=1e-4)
    assert code_shift(small, NoCorruption(), 360) == 0


def test_the_shift_of_a_code_that_is_the_image(identity):
    trained = identity()
    variance = trained.spread(100).target.flatten(1).double().var(0, correction=0).sum().item()
    assert code_shift(trained, gaussian(0.2), 100) == pytest.approx(784 * 0.04 / variance, rel=0.02)
    assert code_shift(trained, MaskingCorruption(p=0), 100) == 0


def test_a_code_that_shrinks_shifts_as_much(small, begun):
    shrunk = begun()
    shrunk.model.load_state_dict(small.model.state_dict())
    for parameter in (shrunk.model.encoder[-1].weight, shrunk.model.encoder[-1].bias):
        parameter.data *= 0.01
    assert code_shift(shrunk, gaussian(0.3), 50) == pytest.approx(code_shift(small, gaussian(0.3), 50), rel=1e-4)


def test_a_code_that_never_varies_has_no_shift(begun):
    constant = begun()
    constant.model.encoder[-1].weight.data.zero_()
    assert np.isnan(code_shift(constant, gaussian(0.3), 20))


def test_each_filter_betters_the_noise_it_is_for(identity):
    trained = identity()
    at = filtered_mse(trained, gaussian(0.2), 60)
    assert at["non-local means"] < at["noisy input"]
    assert at["Wiener"] < at["noisy input"]
    salted = filtered_mse(trained, SaltAndPepperCorruption(p=0.05), 60)
    assert salted["median"] < salted["noisy input"] / 2


def test_baselines_are_clipped_and_the_mean_picture_is_constant(identity):
    trained = identity()
    found, mse = filtered(trained, gaussian(0.5), 20), filtered_mse(trained, gaussian(0.5), 20)
    unclipped = noisy(trained, gaussian(0.5), 20)
    clipped = (unclipped.input.clamp(0, 1) - unclipped.target).square().mean().item()
    assert mse["noisy input"] == pytest.approx(clipped, rel=1e-5)
    mean = trained.data.train.images.float().mean(0) / 255
    assert mse["mean picture"] == pytest.approx((mean - unclipped.target).square().mean().item())
    assert found["mean picture"].pictures.std(0).max() == 0
    assert all(each.pictures.shape == (20, 1, 28, 28) for each in found.values())


def test_images_are_bounded_and_none_is_too_clean(identity, monkeypatch):
    monkeypatch.setattr(robustness, "FILTERED", 20)
    assert {len(each.pictures) for each in filtered(identity(), NoCorruption(), 30).values()} == {20}
    mse = filtered_mse(identity(), NoCorruption(), 20)
    assert mse["noisy input"] == 0
    assert np.isfinite(list(mse.values())).all()


def test_non_local_means_keeps_every_image_upright(digits):
    clean = digits.test.images[:4].float() / 255
    noise = clean + 0.2 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    sigma = (noise - clean).double().square().mean().sqrt().item()
    known = {"patch_size": 5, "patch_distance": 6, "h": 0.6 * sigma, "sigma": sigma}
    expected = np.stack([denoise_nl_means(image[0].double().numpy(), **known) for image in noise]).clip(0, 1)
    found = filters(clean, noise, clean.mean(0))["non-local means"].pictures
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)
    assert filters(clean.expand(-1, 3, -1, -1), noise.expand(-1, 3, -1, -1), clean.mean(0))["Wiener"].pictures.any()


@pytest.mark.parametrize(
    ("model", "expected"),
    [([1, 2, 6, 9], 0.25), ([5, 6, 7, 8], 0.0), ([1, 2, 3, 4], None), ([4, 4, 4, 4], None), ([4, 5, 1, 1], 0.0)],
)
def test_breaking_point(model, expected):
    assert breaking_point([0.0, 0.1, 0.4, 0.8], model, 4.0) == (None if expected is None else pytest.approx(expected))


def test_nothing_measured_breaks_nowhere():
    assert breaking_point([], [], 1.0) is None
    assert breaking_point([0.0, 1.0], [float("nan"), float("nan")], 1.0) is None
