"""Derivatives of the code against torch's own in double precision, and against models whose Jacobian is known."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from aedash.analysis.jacobian import directions, jacobian, sensitivity, spectrum, squared_norms
from aedash.analysis.latent import mean_codes
from aedash.registry import Refused

LINEAR = {"architecture": {"name": "dense", "widths": [], "latent": 5}}
KINDS = {
    "dense": {},
    "deep": {"architecture": {"name": "dense", "widths": [12, 9], "latent": 3, "code_activation": "relu"}},
    "variational": {"architecture": {"name": "dense", "widths": [8], "latent": 3, "variational": True}},
    "standardised": {"data": {"scaling": "standardised"}},
    "raw": {"data": {"scaling": "raw"}},
    "conditional": {"architecture": {"name": "conditional", "widths": [8], "latent": 3}},
    "convolutional": {"architecture": {"name": "conv_transpose"}},
}


@pytest.fixture(params=KINDS)
def trained(request, begun):
    return begun(**KINDS[request.param])


def expected(trained, count):
    """(N, latent, pixels) with respect to pixels on [0, 1], spelt out in double precision."""
    model, scaling = deepcopy(trained.model).double(), trained.scaling
    found = []
    for i in range(count):
        batch = trained.batch(1, i)

        def encode(unit, batch=batch):
            x = unit * 255 / scaling.span - scaling.shift
            return model.encode(x, model.context(batch)).mean.flatten()

        x = trained.data.test.images[i : i + 1].double() / 255
        found.append(torch.autograd.functional.jacobian(encode, x, vectorize=False).flatten(1))
    return torch.stack(found)


def test_jacobian_norms_and_spectrum_are_torch_s(trained):
    truth = expected(trained, 3)
    found = jacobian(trained, trained.batch(3)).double()
    torch.testing.assert_close(found, truth, rtol=1e-3, atol=1e-5 * truth.abs().max().item())
    values = torch.linalg.svdvals(truth)
    at = spectrum(trained, 3)
    np.testing.assert_allclose(at.values, values.numpy(), rtol=1e-3, atol=1e-4 * values.max().item())
    np.testing.assert_allclose(at.mean, at.values.mean(0), rtol=1e-4, atol=1e-6)
    norms = squared_norms(trained, trained.batch(3)).double()
    truth_norms = truth.square().sum((1, 2))
    rough = truth.shape[1] > 64
    torch.testing.assert_close(norms, truth_norms, rtol=0.8 if rough else 1e-3, atol=0)


def test_many_units_are_estimated_without_bias(begun):
    trained = begun(architecture="conv_transpose")
    exact = jacobian(trained, trained.batch(30)).square().sum((1, 2)).mean().item()
    assert sensitivity(trained, 30).norm == pytest.approx(exact, rel=0.15)


def test_a_linear_model_has_the_spectrum_of_its_weight(begun):
    trained = begun(**LINEAR)
    weight = trained.model.encoder[0].weight.double()
    values = torch.linalg.svdvals(weight).numpy()
    np.testing.assert_allclose(spectrum(trained, 4).values, np.tile(values, (4, 1)), rtol=1e-4)
    assert sensitivity(trained, 50).norm == pytest.approx(weight.square().sum().item(), rel=1e-4)
    _, values, right = torch.linalg.svd(weight, full_matrices=False)
    at = directions(trained, 7, 2)
    for picture, truth in zip([*at.most, *at.least], [right[0], right[1], right[4], right[3]], strict=True):
        assert abs(picture.ravel() @ truth.float().numpy()) == pytest.approx(1, abs=1e-3)
        assert picture.ravel()[np.abs(picture).argmax()] > 0
    np.testing.assert_allclose(at.most_values, values[:2].numpy(), rtol=1e-4)
    np.testing.assert_allclose(at.least_values, values[3:].flip(0).numpy(), rtol=1e-4)
    assert at.rank == 5


def test_directions_move_the_code_by_their_singular_value(small):
    at = directions(small, 3)
    derivative = jacobian(small, small.batch(1, 3))[0]
    for picture, value in ((at.most[0], at.most_values[0]), (at.least[0], at.least_values[0])):
        moved = derivative @ torch.from_numpy(picture).flatten()
        assert moved.norm().item() == pytest.approx(float(value), rel=1e-3)
        assert np.linalg.norm(picture) == pytest.approx(1, rel=1e-4)


def test_dead_units_are_no_directions(begun):
    trained = begun(**LINEAR)
    trained.model.encoder[0].weight.data[:3] = 0
    at = directions(trained, 0, 4)
    assert at.rank == 2
    assert at.most.shape == at.least.shape == (2, 1, 28, 28)
    assert (spectrum(trained, 2).values[:, 2:] < 1e-4).all()
    trained.model.encoder[0].weight.data.zero_()
    assert directions(trained, 0).most.shape == (0, 1, 28, 28)
    assert np.isnan(sensitivity(trained, 10).norm_over_variance)


def test_a_code_larger_than_the_image_has_a_value_a_pixel_and_fewer_images(begun):
    trained = begun(architecture={"name": "conv_transpose", "encoder": [{"channels": 5}], "decoder": [{"channels": 1}]})
    assert spectrum(trained, 64).values.shape == (6400 // 980, 784)


def test_a_code_without_bounds_is_refused(begun):
    wide = {"name": "conv_upsample", "encoder": [{"channels": 9, "pool": 1}], "decoder": [{"channels": 1, "scale": 1}]}
    trained = begun(architecture=wide)
    with pytest.raises(Refused, match="7,056"):
        spectrum(trained, 1)
    assert sensitivity(trained, 2).norm > 0


def test_a_shrunken_code_is_no_less_sensitive_beside_its_variance(small, begun):
    shrunk = begun()
    shrunk.model.load_state_dict(small.model.state_dict())
    for parameter in (shrunk.model.encoder[-1].weight, shrunk.model.encoder[-1].bias):
        parameter.data *= 0.1
    before, after = sensitivity(small, 100), sensitivity(shrunk, 100)
    assert after.norm == pytest.approx(before.norm / 100, rel=1e-3)
    assert after.norm_over_variance == pytest.approx(before.norm_over_variance, rel=1e-3)
    assert after.relative_shift == pytest.approx(before.relative_shift, rel=1e-3)


def test_little_noise_shifts_as_the_norm_says(small):
    at = sensitivity(small, 200, sigma=0.01)
    assert at.relative_shift == pytest.approx(0.01**2 * at.norm_over_variance, rel=0.1)
    codes = mean_codes(small, small.spread(200)).double()
    assert at.variance == pytest.approx(codes.var(0, correction=0).sum().item(), rel=1e-6)


def test_scalings_of_one_model_compare(begun):
    """The same function of the pixels, given on [0, 1] and on 0..255."""
    unit, raw = begun(), begun(data={"scaling": "raw"})
    raw.model.load_state_dict(unit.model.state_dict())
    raw.model.encoder[0].weight.data /= 255
    np.testing.assert_allclose(spectrum(raw, 3).values, spectrum(unit, 3).values, rtol=1e-3)
    assert sensitivity(raw, 20).norm == pytest.approx(sensitivity(unit, 20).norm, rel=1e-3)


def test_a_model_that_diverged_is_refused(diverged):
    for ask in (lambda: spectrum(diverged, 2), lambda: directions(diverged, 0), lambda: sensitivity(diverged, 5)):
        with pytest.raises(Refused, match="diverged"):
            ask()


@pytest.mark.parametrize(("latent", "images"), [(4, 200), (64, 100), (65, 200)])
def test_how_many_images_the_norm_is_of_is_told(begun, latent, images):
    architecture = {"name": "dense", "widths": [], "latent": latent}
    assert sensitivity(begun(architecture=architecture), 300).normed == images
