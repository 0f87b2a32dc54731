"""What leaves for the browser: bounded, finite, and nothing that a browser would draw otherwise."""

import json

import pytest
import torch
from safetensors.torch import load
from torch import nn

from aedash import registry
from aedash.config import parse
from aedash.data.image_data import PLAIN
from aedash.models import build
from aedash.models.travelling import described, travelling
from aedash.registry import Refused

UNIT = PLAIN["unit"]


def made(**fields):
    config = parse({"data": {"name": "digits"}, "architecture": fields})
    return build(config.architecture, registry.datasets.get("digits").info, 0)


def test_weights_travel_at_half_size_unless_they_are_too_large_for_it():
    model = made(name="dense", widths=[16], latent=2)
    model.decoder[0].weight.data[0, 0] = 1e5
    parcel = travelling(model, UNIT)
    tensors = load(parcel)
    assert tensors["0.weight"].dtype == torch.float32
    assert tensors["0.weight"][0, 0] == 1e5
    assert tensors["2.weight"].dtype == torch.float16
    assert len(parcel) < 2 * (16 * 2 + 16 + 16 * 784 + 784) + 2 * (16 * 2) + 2000


def test_a_decoder_that_is_large_slow_or_diverged_is_refused_in_a_sentence():
    with pytest.raises(Refused, match=r"4,220,944 weights; up to 4,194,304"):
        travelling(made(name="dense", widths=[1790, 1570], latent=2), UNIT)
    slow = [{"channels": 128, "scale": 4, "kernel": 5, "padding": 2}, {"channels": 1, "scale": 1}]
    model = made(name="conv_upsample", encoder=[{"channels": 128, "pool": 4}], decoder=slow)
    with pytest.raises(Refused, match="too long"):
        travelling(model, UNIT)
    diverged = made(name="dense", widths=[16], latent=2)
    diverged.decoder[0].bias.data[3] = torch.nan
    with pytest.raises(Refused, match="diverged"):
        travelling(diverged, UNIT)


def test_what_a_browser_does_not_know_stays():
    assert travelling(made(name="vq"), UNIT) is None
    for layer in (
        nn.Conv2d(4, 4, 3, groups=2),
        nn.Conv2d(4, 4, 3, dilation=2),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(4, 4, (3, 1)),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Upsample(size=(9, 9)),
        nn.ELU(0.5),
        nn.GELU("tanh"),
        nn.BatchNorm2d(4),
        nn.Hardtanh(),
    ):
        assert described(layer) is None, layer


def test_a_class_that_is_given_is_part_of_the_weights():
    model = made(name="conditional", latent=2)
    two, seven = (load(travelling(model, UNIT, label)) for label in (2, 7))
    assert torch.equal(two["0.weight"], seven["0.weight"])
    assert not torch.equal(two["0.bias"], seven["0.bias"])
    assert two["0.weight"].shape == (400, 2)


def test_a_leaky_model_travels_without_what_leaks():
    model = made(name="conv_vae", latent=3, channels=4)
    layers = json.loads(_metadata(travelling(model, UNIT))["layers"])
    assert [layer["kind"] for layer in layers].count("nearest") == 2


def _metadata(parcel):
    length = int.from_bytes(parcel[:8], "little")
    return json.loads(parcel[8 : 8 + length])["__metadata__"]
