"""Exact figures against a naive recomputation, image by image."""

from weakref import ref

import numpy as np
import pytest
import torch

from aedash.analysis.metrics import CodeSpread, PixelSpread, dead_channels, evaluate
from aedash.data.image_data import Batch
from aedash.data.streams import stream
from aedash.objectives import objective
from tests import fakes

NOISY = {"corruption": {"name": "gaussian", "sigma": 0.3}}
KINDS = {
    "plain": {},
    "bce": {"objective": [{"name": "reconstruction", "loss": "bce"}]},
    "noisy": NOISY,
    "variational": fakes.VARIATIONAL,
    "noisy variational, standardised": {**NOISY, **fakes.VARIATIONAL, "data": {"scaling": "standardised"}},
    "convolutional, raw": {"architecture": {"name": "conv_upsample", "output": "none"}, "data": {"scaling": "raw"}},
}


@pytest.fixture(params=KINDS)
def config(request):
    return fakes.config(**KINDS[request.param])


@pytest.fixture
def model(config, digits):
    return fakes.fitted(config, digits)[0].model


@torch.no_grad()
def naive(model, split, config, scaling):
    """loss, mse and mse_corrupted, spelt out."""
    draw = stream(config.seed, "evaluation")
    x = scaling.to_model(split.images)
    noisy = x + config.corruption.sigma * torch.randn(x.shape, generator=draw) if is_noisy(config) else x
    output = model(Batch(noisy, x, split.labels, torch.arange(len(x))), draw)
    terms = objective.values(config.objective, model, Batch(noisy, x, split.labels, None), output, {})
    loss = sum(term.weight * np.mean([v.item() for v in terms[term.name]]) for term in config.objective)

    def mse(source):
        made = model.decode(model.encode(source).mean)
        unit = ((made - x) * scaling.span / 255).double()
        return np.mean([image.square().mean().item() for image in unit])

    return loss, mse(x), mse(noisy) if is_noisy(config) else None


def is_noisy(config):
    return config.corruption.name != "none"


def test_figures_are_those_of_a_naive_recomputation(config, model, digits):
    scaling = digits.scaling(config.data.scaling)
    figures = evaluate(model, digits.test, config, scaling)
    loss, mse, corrupted = naive(model, digits.test, config, scaling)
    assert figures.loss == pytest.approx(loss, rel=1e-5)
    assert figures.mse == pytest.approx(mse, rel=1e-5)
    assert figures.mse_corrupted == (None if corrupted is None else pytest.approx(corrupted, rel=1e-5))
    assert set(figures.terms) == {term.name for term in config.objective}


def test_a_denoiser_shows_one_picture_where_nothing_of_its_input_is_left(digits):
    """Of clean input it draws many: what its outputs vary by is told of those that it is trained for."""
    config = fakes.config(corruption={"name": "masking", "p": 1.0})
    model = fakes.fitted(fakes.config(), digits)[0].model
    figures = evaluate(model, digits.test, config, digits.scaling(config.data.scaling))
    assert figures.output_variation == pytest.approx(0, abs=1e-9)
    assert figures.mse < figures.mse_corrupted


def test_evaluating_again_gives_the_same(config, model, digits):
    scaling = digits.scaling(config.data.scaling)
    assert evaluate(model, digits.test, config, scaling) == evaluate(model, digits.test, config, scaling)
    assert model.training


def test_a_split_of_unequal_chunks_counts_every_image_once(digits):
    config = fakes.config(**fakes.VARIATIONAL)
    model, scaling = fakes.fitted(config, digits)[0].model, digits.scaling("unit")
    assert len(digits.train) > 1000
    figures = evaluate(model, digits.train, config, scaling)
    with torch.no_grad():
        x = digits.train.images.float() / 255
        posterior = model.encode(x)
        mse = (model.decode(posterior.mean) - x).square().mean().item()
        kl = objective.registry.terms.get("kl").value(None, model, None, _output(posterior), None).mean().item()
    assert figures.mse == pytest.approx(mse, rel=1e-5)
    assert figures.terms["kl"] == pytest.approx(kl, rel=1e-5)


def _output(posterior):
    from aedash.models.base import Output

    return Output(posterior.mean, posterior, posterior.mean)


# -- the effective size of a code


@pytest.mark.parametrize("values", [torch.relu, torch.sigmoid, lambda x: 1 + x])
def test_units_are_judged_from_parts_as_from_all_codes_at_once(values):
    codes = values(torch.randn(500, 40, generator=torch.Generator().manual_seed(0)) * torch.logspace(-5, 0, 40))
    codes[:, 7] = 3.0
    spread = CodeSpread()
    for part in codes.split([1, 99, 150, 250]):
        spread.add(part)
    expected = codes.double().std(0)
    torch.testing.assert_close(spread.deviation(), expected, rtol=1e-3, atol=1e-7)
    assert spread.deviation()[7] == 0
    if values is torch.relu:
        assert torch.equal(spread.active(None), (codes > 0).any(0) & (expected > 0))
    else:
        assert torch.equal(spread.active(None), expected >= 0.01 * expected.max())


def test_an_evaluation_keeps_no_codes(digits, monkeypatch):
    """Else a code of 50,000 numbers takes gigabytes of it."""
    config = fakes.config()
    model, codes, alive = fakes.fresh(config, digits).model, [], []
    encode = model.encode

    def watched(x, context=None):
        posterior = encode(x, context)
        codes.append(ref(posterior.mean))
        alive.append(sum(code() is not None for code in codes))
        return posterior

    monkeypatch.setattr(model, "encode", watched)
    monkeypatch.setattr(type(model), "chunk", 30)
    evaluate(model, digits.test, config, digits.scaling("unit"))
    assert len(codes) > 10
    assert max(alive) <= 2


def active_units(codes, nats):
    spread = CodeSpread()
    spread.add(codes)
    return spread.active(nats)


def test_relu_units_live_when_they_fire_on_some_image():
    codes = torch.tensor([[0.0, 0.0, 3.0], [0.0, 1e-6, 3.0], [0.0, 0.0, 3.0]])
    assert active_units(codes, None).tolist() == [False, True, False]


def test_sigmoid_units_that_hardly_move_are_dead_though_they_are_never_silent():
    codes = torch.sigmoid(torch.tensor([[-3.0, -2.0], [3.0, -2.0 - 1e-4], [0.0, -2.0 + 1e-4]]))
    assert active_units(codes, None).tolist() == [True, False]


def test_other_units_live_by_their_share_of_the_largest_deviation():
    base = torch.tensor([-1.0, 0.0, 1.0])
    assert active_units(torch.stack([base, base * 0.011, base * 0.009], 1), None).tolist() == [True, True, False]


def test_variational_units_live_by_their_nats():
    assert active_units(torch.randn(4, 3), torch.tensor([0.0099, 0.01, 5.0])).tolist() == [False, True, True]


def test_one_image_is_enough_to_ask():
    assert active_units(torch.tensor([[1.0, -2.0]]), None).shape == (2,)


@pytest.mark.parametrize(
    ("shape", "expected"), [((2, 2, 2), (1, 2)), ((8,), None), ((8, 1, 1), None), ((4, 1, 2), (2, 4))]
)
def test_dead_channels(shape, expected):
    assert dead_channels(torch.tensor([True, False, True, True, False, False, False, False]), shape) == expected


def test_spread_is_the_share_of_the_data_s_variance(digits):
    x = digits.test.images.float() / 255
    spread = PixelSpread()
    for part in x.split(100):
        spread.add(part * 0.5, part)
    assert spread.ratio() == pytest.approx(0.25, rel=1e-5)
    assert spread.brightness() == pytest.approx(x.mean().item() / 2, rel=1e-5)


def test_a_constant_picture_has_no_spread(digits):
    x = digits.test.images.float() / 255
    spread = PixelSpread()
    spread.add(x.mean(0).expand_as(x), x)
    assert spread.ratio() == pytest.approx(0, abs=1e-9)
