"""Layers: how their weights begin, what does not fit and why, and what a variational code is bounded to."""

from math import sqrt

import pytest
import torch
from torch import nn

from aedash import models, registry
from aedash.config import parse, vary
from aedash.models.layers import initialise, posterior
from aedash.objectives.kl import divergence
from aedash.registry import Refused
from aedash.training.checkpoint import TrainState

INFO = registry.datasets.get("digits").info
# (layer, numbers that one unit sums over, units that one number goes to)
LAYERS = {
    "linear": (lambda: nn.Linear(400, 300), 400, 300),
    "convolution": (lambda: nn.Conv2d(40, 80, 3), 40 * 9, 80 * 9),
    "transposed": (lambda: nn.ConvTranspose2d(40, 80, 3), 40 * 9, 80 * 9),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_weights_are_drawn_with_the_scale_that_their_name_says(kind):
    make, fan_in, fan_out = LAYERS[kind]
    torch.manual_seed(0)
    layer = make()
    initialise(layer, "glorot")
    bound = sqrt(6 / (fan_in + fan_out))
    assert float(layer.weight.abs().max().detach()) == pytest.approx(bound, rel=1e-3)
    assert float(layer.weight.std().detach()) == pytest.approx(bound / sqrt(3), rel=0.02)
    initialise(layer, "scaled_normal")
    assert float(layer.weight.std().detach()) == pytest.approx(1 / sqrt(fan_in), rel=0.02)
    assert not layer.bias.any()


@pytest.mark.parametrize("architecture", ["dense", "conv_upsample", "conv_transpose"])
def test_a_model_is_drawn_as_its_config_says(architecture):
    def biases(init):
        config = vary(parse({"architecture": architecture}), "architecture.init", init)
        return [p for p in models.build(config.architecture, INFO, 0).parameters() if p.dim() == 1]

    assert not any(bias.any() for bias in biases("glorot"))
    assert all(bias.any() for bias in biases("default"))


def test_epsilon_reaches_adam():
    config = parse({"optimizer": {"eps": 1e-7}})
    assert TrainState.fresh(config, INFO, torch.device("cpu")).optimizer.eps == 1e-7
    assert TrainState.fresh(parse({}), INFO, torch.device("cpu")).optimizer.eps == 1e-8


ONE, PADDED = {"channels": 1}, {"channels": 16, "kernel": 7, "stride": 1, "output_padding": 1}
MISFITS = {
    "output padding must be below the stride, 1; got 1": {"name": "conv_transpose", "decoder": [PADDED, ONE]},
    "the image shrinks to nothing": {"name": "conv_upsample", "encoder": [{"pool": 4}] * 3},
    "it must make the image's": {"name": "conv_upsample", "decoder": [{"channels": 512, "scale": 4.0}] * 8},
    "it must make the image's 1 x 28 x 28": {"name": "conv_upsample", "decoder": [ONE]},
}


@pytest.mark.parametrize("cause", MISFITS)
def test_layers_that_do_not_fit_tell_their_own_cause(cause):
    with pytest.raises(Refused, match=f"(?i){cause}") as refused:
        models.build(parse({"architecture": MISFITS[cause]}).architecture, INFO, 0)
    assert refused.value.field.startswith("architecture")


@pytest.mark.parametrize("size", [1.0, 1e30])
def test_a_log_variance_is_bounded_and_its_kl_finite(size):
    code = posterior(torch.tensor([[0.5, size], [0.5, -size]]), variational=True)
    expected = [min(size, 20), max(-size, -30)]
    assert code.log_var.flatten().tolist() == expected
    assert divergence(code).isfinite().all()
    assert code.sample(torch.Generator().manual_seed(0)).isfinite().all()
