"""What every term of the objective promises."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

from aedash import registry
from aedash.data.image_data import Batch
from aedash.models import build
from aedash.models.base import Output, Posterior
from aedash.objectives import objective
from aedash.registry import Refused
from tests import fakes

NAMES = registry.terms.names()


@pytest.fixture
def settings(few):
    """A config whose architecture every term can judge."""
    return fakes.config(architecture={"name": "dense", "widths": [16], "latent": 4, "variational": True})


@pytest.fixture
def model(settings, few):
    return build(settings.architecture, few.info, seed=1)


@pytest.fixture
def batch(few):
    x = few.train.images[:8].float() / 255
    return Batch(x, x, few.train.labels[:8], torch.arange(8))


@pytest.fixture
def output(model, batch):
    return model(batch, torch.Generator().manual_seed(0))


def judged(term, model, batch, output):
    return registry.terms.get(term.name).value(term, model, batch, output, torch.Generator().manual_seed(1))


def named(name, **fields):
    return registry.terms.get(name).config(**fields)


@pytest.mark.parametrize("name", NAMES)
def test_one_finite_unweighted_value_an_image(name, model, batch, output):
    once, heavy = (judged(named(name, weight=weight), model, batch, output) for weight in (1.0, 7.0))
    assert once.shape == (8,)
    assert once.isfinite().all()
    assert torch.equal(once, heavy)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_can_be_minimised(name, model, batch, output):
    judged(named(name), model, batch, output).mean().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_terms_say_what_they_are(name):
    entry = registry.terms.get(name)
    assert entry.formula(entry.config()).strip()
    assert entry.unit(entry.config()).strip()
    assert all(text.strip() for field, text in vars(entry.card).items() if field != "exhibit")
    assert [f for f, about in entry.config.model_fields.items() if f != "name" and not about.description] in (
        [], ["weight"])  # fmt: skip


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_sum_is_the_mean_times_the_pixels(loss, model, batch, output):
    total, mean = (
        judged(named("reconstruction", loss=loss, reduction=r), model, batch, output) for r in ("sum", "mean")
    )
    torch.testing.assert_close(total, mean * 784)


@pytest.mark.parametrize(("loss", "measure"), [("mse", functional.mse_loss), ("bce", functional.binary_cross_entropy)])
def test_reconstruction_is_held_against_the_clean_image(loss, measure, model, batch, output):
    noisy = batch._replace(input=torch.rand_like(batch.input))
    found = judged(named("reconstruction", loss=loss, reduction="sum"), model, noisy, output)
    for value, made, clean in zip(found, output.reconstruction, batch.target, strict=True):
        assert value.item() == pytest.approx(measure(made, clean, reduction="sum").item(), rel=1e-5)


def test_kl_is_that_of_torch_distributions(model, batch):
    draw = torch.Generator().manual_seed(2)
    mean, log_var = (torch.randn(8, 3, 2, 2, generator=draw) for _ in range(2))
    output = Output(batch.target, Posterior(mean, log_var), mean)
    wanted = kl_divergence(Normal(mean, (log_var / 2).exp()), Normal(0, 1)).flatten(1).sum(1)
    torch.testing.assert_close(judged(named("kl"), model, batch, output), wanted)


def test_kl_of_a_plain_code_is_an_error(model, batch, output):
    with pytest.raises(ValueError, match="variational"):
        judged(named("kl"), model, batch, output._replace(posterior=Posterior(output.z)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "reconstruction"])
def test_the_weight_changes_the_sum_linearly(name, model, batch, output):
    def summed(weight):
        terms = (named("reconstruction"), named(name, weight=weight))
        generators = {name: torch.Generator().manual_seed(1)}
        found = objective.values(terms, model, batch, output, generators)
        assert list(found) == ["reconstruction", name]
        return objective.weighted(terms, {term: value.mean() for term, value in found.items()}).item()

    slope = judged(named(name), model, batch, output).mean().item()
    assert summed(3) - summed(1) == pytest.approx(2 * slope, rel=1e-3)
    assert summed(0) == pytest.approx(judged(named("reconstruction"), model, batch, output).mean().item(), rel=1e-6)


def test_a_models_own_terms_weigh_one(model, batch, output):
    found = objective.values(
        (named("reconstruction"),), model, batch, output._replace(terms={"own": torch.ones(8)}), {}
    )
    means = {name: value.mean() for name, value in found.items()}
    assert objective.weighted((named("reconstruction"),), means) == means["reconstruction"] + 1


def test_the_sum_in_use_is_told_with_its_weights():
    config = fakes.config(**fakes.VARIATIONAL)
    assert objective.formula(config) == "squared error(x̂, x), summed over pixels + 0.5 · KL(q(z|x) ‖ N(0, I))"
    assert objective.unit(config.objective) == "squared error per image"


def test_what_a_model_adds_to_the_sum_is_told_too():
    config = fakes.config(architecture={"name": "vq", "commitment": 0.5})
    assert objective.formula(config).endswith("summed over pixels + ‖sg(z) − e‖² + 0.5 · ‖z − sg(e)‖²")


@pytest.mark.parametrize("name", ["vq", "graph"])
def test_a_mean_over_pixels_does_not_go_with_sums_that_a_model_adds(name):
    own = ", ".join(fakes.config(architecture=name).architecture.brings())
    with pytest.raises(Refused, match=rf"^The model's own losses \({own}\) are sums over an image"):
        fakes.config(architecture=name, objective=[{"name": "reconstruction", "reduction": "mean"}])


def test_the_reduction_adapts_to_a_model_that_adds_sums_and_the_loss_stays():
    first = fakes.config(objective=[{"name": "reconstruction", "loss": "bce", "reduction": "mean"}]).objective[0]
    assert first.wants(fakes.config(architecture="vq")) == [("objective.reconstruction.reduction", "sum")]
