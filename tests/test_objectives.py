"""The contractive and sparsity terms against definitions written out with autograd, in float64."""

import pytest
import torch

from aedash import models, registry
from aedash.config import parse
from aedash.data.image_data import Batch
from aedash.models.conditional import ConditionalConfig
from aedash.models.conv import TransposeConfig
from aedash.models.dense import DenseConfig
from aedash.objectives.contractive import ContractiveConfig, hutchinson, jacobian_norm, sum_gradient_norm
from aedash.registry import Refused

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
}


def setting(name):
    model = models.build(ENCODERS[name], INFO, 0).double()
    x = torch.rand(IMAGES, *INFO.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.zeros(IMAGES, dtype=torch.long)
    jacobians = [
        torch.autograd.functional.jacobian(lambda v: model.encode(v, labels[:1]).mean.flatten(), image[None]).flatten(1)
        for image in x
    ]
    return model, Batch(x, x, labels, labels), torch.stack(jacobians)


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


def test_hutchinson_is_unbiased():
    model, batch, jacobian = setting("two layers, relu")
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
    parse({"architecture": {"name": "dense", "code_activation": "sigmoid"}, "objective": ["reconstruction", "kl_code"]})
