"""The contractive and sparsity terms against definitions written out with autograd, in float64."""

from typing import final

import numpy as np
import pytest
import torch

from aedash import models, registry
from aedash.config import parse, vary, vary_all
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Output, Posterior
from aedash.models.conditional import ConditionalConfig
from aedash.models.conv import TransposeConfig
from aedash.models.dense import DenseConfig
from aedash.models.graph import GraphConfig
from aedash.objectives import contractive
from aedash.objectives.contractive import ContractiveConfig, hutchinson, jacobian_norm, sum_gradient_norm
from aedash.registry import Refused
from tests import fakes

INFO = registry.datasets.get("digits").info
IMAGES = 4
ENCODERS = {
    "one layer, sigmoid": DenseConfig(widths=(), latent=6, code_activation="sigmoid"),
    "one layer, linear": DenseConfig(widths=(), latent=6),
    "two layers, relu": DenseConfig(widths=(30,), latent=6, code_activation="relu"),
    "three layers, tanh": DenseConfig(widths=(30, 20), latent=6, activation="tanh"),
    "four layers, leaky": DenseConfig(widths=(30, 20, 10), latent=6, activation="leaky_relu"),
    "two layers, gelu": DenseConfig(widths=(30,), latent=6, activation="gelu"),
    "convolutions": TransposeConfig(),
    "told the label": ConditionalConfig(widths=(30,), latent=6, variational=False),
    "variational": DenseConfig(widths=(30,), latent=6, variational=True),
    "graph": GraphConfig(hidden=10, latent=6, neighbours=2),
}


def setting(name):
    """Model, batch, and (N, latent, pixels) how the codes of the batch, added up, react to each image."""
    model = models.build(ENCODERS[name], INFO, 0).double()
    x = torch.rand(IMAGES, *INFO.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.zeros(IMAGES, dtype=torch.long)
    batch = Batch(x, x, labels, labels)
    context = model.context(batch)
    jacobian = torch.autograd.functional.jacobian(lambda v: model.encode(v, context).mean.flatten(1).sum(0), x)
    return model, batch, jacobian.flatten(2).movedim(1, 0)


@pytest.mark.parametrize("name", ENCODERS)
def test_exact_and_published_forms_equal_the_jacobian(name):
    model, batch, jacobian = setting(name)
    torch.testing.assert_close(jacobian_norm(model, batch).detach(), jacobian.square().sum((1, 2)))
    code = model.encode(batch.input, model.context(batch)).mean.flatten(1)
    torch.testing.assert_close(jacobian_norm(model, batch, code=code).detach(), jacobian.square().sum((1, 2)))
    torch.testing.assert_close(sum_gradient_norm(model, batch).detach(), jacobian.sum(1).square().sum(1))


@pytest.mark.parametrize("name", ["two layers, relu", "two layers, gelu"])
def test_gradient_of_the_exact_form_equals_the_slow_one(name):
    model, batch, _ = setting(name)
    slow = torch.zeros((), dtype=torch.float64)
    x = batch.input.clone().requires_grad_()
    z = model.encode(x).mean
    for unit in range(z.shape[1]):
        slow = slow + torch.autograd.grad(z[:, unit].sum(), x, create_graph=True)[0].square().sum()
    weights = [p for p in model.encoder.parameters() if p.dim() == 2]
    expected = torch.autograd.grad(slow, weights, retain_graph=True)
    found = torch.autograd.grad(jacobian_norm(model, batch).sum(), weights)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", list(ENCODERS)[:5])
@pytest.mark.parametrize("form", ["published", "hutchinson"])
def test_closed_forms_have_the_values_and_gradients_of_a_backward_pass(form, name, monkeypatch):
    model, batch, _ = setting(name)
    weights = [p for p in model.encoder.parameters() if p.dim() == 2]

    def found():
        chance = torch.Generator().manual_seed(1)
        value = sum_gradient_norm(model, batch) if form == "published" else hutchinson(model, batch, 3, chance)
        return value, *torch.autograd.grad(value.sum(), weights)

    closed = found()
    monkeypatch.setattr(contractive, "_stack", lambda model: None)
    for one, other in zip(closed, found(), strict=True):
        torch.testing.assert_close(one, other)


@final
class Squashed(Autoencoder):
    """Its code is squashed behind the layers that are called encoder."""

    latent_shape = (6,)

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Sequential(torch.nn.Linear(784, 6))

    def encode(self, x, context=None):
        return Posterior(self.encoder(x.flatten(1)).sigmoid())

    def decode(self, z, context=None):
        return z


def test_a_model_has_a_closed_form_only_if_it_says_so():
    torch.manual_seed(0)
    model, (_, batch, _) = Squashed().double(), setting("two layers, relu")
    code = model.encode(batch.input).mean
    slopes = (code * (1 - code)).square()
    expected = slopes @ model.encoder[0].weight.square().sum(1)
    torch.testing.assert_close(jacobian_norm(model, batch).detach(), expected.detach())


def test_without_gradients_the_closed_form_is_taken_in_parts(monkeypatch):
    model, batch, _ = setting("three layers, tanh")
    whole = jacobian_norm(model, batch)
    monkeypatch.setattr(contractive, "CHAIN", 1)
    torch.testing.assert_close(jacobian_norm(model, batch, with_graph=False), whole.detach())


WIDE = {"name": "dense", "widths": [16], "latent": 65}


@pytest.mark.parametrize(
    ("architecture", "units"),
    [("conv_transpose", 196), ("vq", 784), ({**WIDE, "variational": True}, 65), ({**WIDE, "activation": "gelu"}, 65)],
)
def test_a_pass_a_unit_is_refused_for_many_units_and_an_estimate_is_proposed(architecture, units):
    plain = fakes.config(architecture=architecture)
    with pytest.raises(Refused) as refused:
        vary(plain, "objective.contractive.weight", 0.1)
    assert str(refused.value) == (
        "The exact contractive penalty takes a backward pass for each number of the code, up to 64, "
        f"and this one has {units}: set objective.contractive.form to hutchinson."
    )
    wanted = ContractiveConfig().wants(plain)
    estimated = vary_all(plain, [*wanted, ("objective.contractive.weight", 0.1)]).objective[-1]
    assert (estimated.form, estimated.weight) == ("hutchinson", 0.1)


@pytest.mark.parametrize("architecture", [{**WIDE, "latent": 1024}, "graph", "conditional"])
def test_the_exact_form_is_for_closed_forms_of_any_size_and_for_few_units(architecture):
    plain = fakes.config(architecture=architecture)
    assert ContractiveConfig().wants(plain) == []
    assert vary(plain, "objective.contractive.weight", 0.1).objective[-1].form == "exact"


@pytest.mark.parametrize("name", ["two layers, relu", "graph"])
def test_hutchinson_is_unbiased(name):
    model, batch, jacobian = setting(name)
    generator = torch.Generator().manual_seed(1)
    mean = hutchinson(model, batch, 4000, generator, with_graph=False)
    torch.testing.assert_close(mean, jacobian.square().sum((1, 2)), rtol=0.05, atol=0)


def test_published_form_sums_over_the_sources_batch_and_not_over_ours():
    model, batch, jacobian = setting("two layers, relu")
    output = model(batch)
    config = ContractiveConfig(form="published", batch=64)
    value = registry.terms.get("contractive").value(config, model, batch, output, None)
    torch.testing.assert_close(value.detach(), 64 * jacobian.sum(1).square().sum(1))


def test_value_is_the_same_without_gradients():
    model, batch, _ = setting("convolutions")
    term, config = registry.terms.get("contractive"), ContractiveConfig()
    with torch.no_grad():
        still = term.value(config, model, batch, model(batch), None)
    moving = term.value(config, model, batch, model(batch), None)
    assert not still.requires_grad
    assert moving.requires_grad
    torch.testing.assert_close(still, moving.detach())


def test_sparsity_terms_are_what_they_say():
    model, batch, _ = setting("one layer, sigmoid")
    output = model(batch)
    code = output.posterior.mean.detach()

    def value(name, **fields):
        entry = registry.terms.get(name)
        return entry.value(entry.config(**fields), model, batch, output, None).detach()

    torch.testing.assert_close(value("l1_code"), code.abs().sum(1))
    weights = sum(p.detach().abs().sum() for p in model.parameters())
    torch.testing.assert_close(value("l1_weights"), weights.expand(IMAGES))
    wanted, found = torch.distributions.Bernoulli(0.1), torch.distributions.Bernoulli(code.mean(0))
    nats = torch.distributions.kl_divergence(wanted, found).sum()
    torch.testing.assert_close(value("kl_code", rate=0.1), nats.expand(IMAGES), check_dtype=False)


def test_a_target_rate_needs_a_code_between_0_and_1():
    with pytest.raises(Refused, match="sigmoid"):
        parse({"objective": ["reconstruction", "kl_code"]})
    sigmoid = {"name": "dense", "code_activation": "sigmoid"}
    parse({"architecture": sigmoid, "objective": ["reconstruction", "kl_code"]})
    with pytest.raises(Refused, match=r"needs a code in 0\.\.1, which a variational one is not"):
        parse({"architecture": {**sigmoid, "variational": True}, "objective": ["reconstruction", "kl_code"]})


def test_mmd_is_the_unbiased_estimate_of_its_definition():
    """Tolstikhin et al. 2018, algorithm 2, pair by pair."""
    z = torch.randn(9, 3, generator=torch.Generator().manual_seed(4)) * 2 + 1
    entry = registry.terms.get("mmd")
    output = Output(z, Posterior(z), z)
    found = entry.value(entry.config(), None, None, output, torch.Generator().manual_seed(5))
    assert found.shape == (9,)
    prior = torch.randn(z.shape, generator=torch.Generator().manual_seed(5)).double().numpy()
    codes, n, expected = z.double().numpy(), len(z), 0.0
    for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0):
        width = 2 * 3 * scale

        def kernel(a, b, width=width):
            return width / (width + np.square(a - b).sum())

        for i in range(n):
            for j in range(n):
                if i != j:
                    within = kernel(codes[i], codes[j]) + kernel(prior[i], prior[j])
                    expected += within / (n * (n - 1))
                expected -= 2 * kernel(codes[i], prior[j]) / n**2
    assert found.tolist() == pytest.approx([expected] * 9, rel=1e-4)


def test_the_card_of_mmd_says_that_it_may_be_below_zero():
    entry = registry.terms.get("mmd")
    z = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    draws = [torch.Generator().manual_seed(seed) for seed in range(20)]
    values = [entry.value(entry.config(), None, None, Output(z, Posterior(z), z), draw)[0] for draw in draws]
    assert min(values) < 0 < max(values)
    assert "may be below 0" in entry.card.look_for


def test_mmd_needs_two_images_a_step_and_a_last_one_alone_counts_nothing():
    objective = ["reconstruction", "mmd"]
    with pytest.raises(Refused, match=r"^MMD compares the codes of a step with one another: set optimizer\.batch_size"):
        parse({"objective": objective, "optimizer": {"batch_size": 1}})
    plain = parse({"optimizer": {"batch_size": 1}})
    entry = registry.terms.get("mmd")
    added = vary_all(plain, [*entry.config().wants(plain), ("objective.mmd.weight", 1.0)])
    assert added.optimizer.batch_size == 2
    z = torch.ones(1, 3, requires_grad=True)
    assert entry.value(entry.config(), None, None, Output(z, Posterior(z), z), None).tolist() == [0]


def test_bce_without_a_gradient_is_the_same_value(few):
    """It is computed another way there; certain and wrong pixels count 100 nats either way."""
    x = few.train.images[:4].float() / 255
    y = torch.rand(x.shape, generator=torch.Generator().manual_seed(0))
    y[0, 0, 0, :4] = torch.tensor([0.0, 1.0, 1e-30, 1 - 1e-7])
    config = parse({"objective": [{"name": "reconstruction", "loss": "bce"}]}).objective[0]
    batch = Batch(x, x, few.train.labels[:4], torch.arange(4))
    value = registry.terms.get("reconstruction").value
    wanted = value(config, None, batch, Output(y.requires_grad_(), Posterior(y), y), None)
    found = value(config, None, batch, Output(y.detach(), Posterior(y), y), None)
    torch.testing.assert_close(found, wanted.detach())
    y = y.detach().clone()
    y[1, 0, 3, 3] = torch.nan
    assert value(config, None, batch, Output(y, Posterior(y), y), None).isnan().tolist() == [False, True, False, False]
