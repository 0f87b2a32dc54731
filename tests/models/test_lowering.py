"""A lowered stack is the plain one: the same values, the same gradients, the same names."""

import pytest
import torch
from torch import nn

from aedash.data.image_data import Batch
from aedash.models import build, lowering
from aedash.models.lowering import Stack
from aedash.presets.base import preset
from tests.contracts.test_models import KINDS

CASES = {
    "pooled before its activation": ((2, 3, 12, 12), [nn.Conv2d(3, 5, 3), nn.LeakyReLU(), nn.MaxPool2d(3)]),
    "GELU falls below 0": ((2, 3, 12, 12), [nn.Conv2d(3, 5, 3), nn.GELU(), nn.MaxPool2d(2)]),
    "a kernel of the whole map": ((2, 3, 6, 5), [nn.Conv2d(3, 7, (6, 5)), nn.Tanh()]),
    "tiles": ((2, 3, 4, 5), [nn.ConvTranspose2d(3, 6, 3, 3), nn.ReLU(), nn.ConvTranspose2d(6, 1, 2, 2)]),
    "tiles with a border": ((2, 3, 4, 5), [nn.ConvTranspose2d(3, 6, 3, 3, output_padding=2)]),
    "repeated": ((2, 3, 5, 4), [nn.Upsample(scale_factor=2), nn.Conv2d(3, 2, 3, padding=1), nn.Sigmoid()]),
    "repeated and grown": ((2, 3, 5, 4), [nn.Upsample(scale_factor=2), nn.Conv2d(3, 1, 3, padding=2)]),
    "repeated thrice": ((2, 3, 5, 4), [nn.Upsample(scale_factor=3), nn.Conv2d(3, 1, 5, padding=2)]),
    "repeated to uneven phases": ((2, 3, 5, 4), [nn.Upsample(scale_factor=2), nn.Conv2d(3, 1, 2, padding=1)]),
    "repeated two and a half times": ((2, 3, 4, 4), [nn.Upsample(scale_factor=2.5), nn.Conv2d(3, 1, 3, padding=1)]),
}


@pytest.mark.parametrize("name", CASES)
def test_every_rewriting_gives_the_plain_values_and_gradients(name, monkeypatch):
    monkeypatch.setattr(lowering, "WORTH", 0)
    shape, layers = CASES[name]
    torch.manual_seed(1)
    x = torch.randn(shape, dtype=torch.float64)
    results = [passed(kind(*layers).double(), x) for kind in (nn.Sequential, Stack)]
    for plain, lowered in zip(*results, strict=True):
        torch.testing.assert_close(lowered, plain, rtol=1e-10, atol=1e-12)


def passed(stack, x):
    """The output, and the gradients of a sum that tells all its numbers apart."""
    x = x.clone().requires_grad_()
    y = stack(x)
    total = (y * torch.linspace(0, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()
    return [y, *torch.autograd.grad(total, [x, *stack.parameters()])]


PRESETS = ("R1-conv", "R1-keras-conv", "R2-denoising", "R3-transpose", "R3-upsample", "R4-conv", "R4-conv-vae-meant")
CONFIGS = [*KINDS, *(pytest.param(preset(name).config.architecture, id=name) for name in PRESETS)]


@pytest.mark.parametrize("settings", CONFIGS)
def test_every_model_computes_what_its_plain_layers_do(settings, few, monkeypatch):
    x = few.train.images.float() / 255
    batch = Batch(x, x, few.train.labels, torch.arange(len(x)))
    results = []
    for plain in (False, True):
        if plain:
            monkeypatch.setattr(Stack, "forward", nn.Sequential.forward)
        model = build(settings, few.info, seed=3).eval()
        output = model(batch, torch.Generator().manual_seed(1))
        loss = (output.reconstruction - x).square().sum() + sum(term.sum() for term in output.terms.values())
        weights = dict(model.named_parameters())
        gradients = torch.autograd.grad(loss, list(weights.values()), allow_unused=True) if loss.requires_grad else []
        results.append((output, dict(zip(weights, gradients, strict=bool(gradients)))))
    (lowered, slopes), (plain, wanted) = results
    torch.testing.assert_close(lowered.reconstruction, plain.reconstruction)
    torch.testing.assert_close(lowered.z, plain.z)
    assert slopes.keys() == wanted.keys()
    for name, slope in wanted.items():
        if slope is not None:
            assert float((slopes[name] - slope).norm()) <= 1e-4 * float(slope.norm()) + 1e-6, name


def test_many_images_at_once_are_computed_in_pieces_of_the_same_values():
    torch.manual_seed(1)
    stack = Stack(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    x = torch.rand(150, 1, 28, 28)
    whole = stack(x)
    with torch.no_grad():
        torch.testing.assert_close(stack(x), whole.detach())
