"""What every architecture promises, whatever it is made of."""

from concurrent.futures import ThreadPoolExecutor
from typing import final

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from aedash import registry
from aedash.config import ArchitectureConfig, RunConfig, parse
from aedash.data.image_data import Batch
from aedash.events import EpochEnd, StepBlock
from aedash.models import build
from aedash.models.base import ArchitectureEntry, Autoencoder, Card, Posterior, parameters
from aedash.objectives.contractive import jacobian_norm
from aedash.presets.base import preset
from aedash.store.weights import load_weights, save_weights
from tests import fakes

NAMES = registry.architectures.names()


def made(name, **fields):
    """The config of an architecture, or None where it does not allow these fields: PCA is never variational, say."""
    try:
        return registry.architectures.get(name).config(**fields)
    except ValidationError:
        return None


KINDS = [
    pytest.param(config, id=f"{name}{'-variational' * variational}")
    for name in NAMES
    for variational in (False, True)
    if (config := made(name, variational=variational))
]
EXACT = {
    "R0-simple": 644_804,
    "R0-elaborate": 239_028,
    "R0-vae": 652_824,
    "R1-keras-dense": 490_564,
    "R1-keras-conv": 3_217,
    "R1-dense": 484_346,
    "R1-conv": 183_745,
    "R2-deep-linear": 1_151_763,
    "R2-simple-linear": 223_736,
    "R2-denoising": 6_929,
    "R2-contractive-5": 218_192,
    "R2-contractive-1e-4": 218_192,
    "R3-ffnn": 50_992,
    "R3-transpose": 1_077,
    "R3-upsample": 1_477,
    "R4-vanilla": 101_200,
    "R4-multilayer": 159_696,
    "R4-conv": 4_385,
    "R4-sparse": 101_200,
    "R4-denoising": 28_353,
    "R4-vae": 833_848,
    "R4-conv-vae": 77_121,
    "R4-graph": 155_536,
}


@pytest.fixture(params=KINDS)
def settings(request):
    return request.param


@pytest.fixture
def model(settings, few):
    return build(settings, few.info, seed=5)


@pytest.fixture
def batch(few):
    x = few.train.images.float() / 255
    return Batch(x, x, few.train.labels, torch.arange(len(x)))


def noise():
    return torch.Generator().manual_seed(7)


def test_shapes_and_range(model, settings, batch):
    output = model(batch, noise())
    assert output.reconstruction.shape == batch.target.shape
    assert output.z.shape == (len(batch.input), *model.latent_shape)
    assert output.posterior.mean.shape == output.z.shape
    assert (output.posterior.log_var is not None) == settings.variational
    assert output.reconstruction.isfinite().all()
    if settings.output == "sigmoid":
        assert output.reconstruction.min() >= 0
        assert output.reconstruction.max() <= 1


def test_a_config_tells_the_losses_that_its_model_brings(model, settings, batch):
    assert list(model(batch, noise()).terms) == list(settings.brings())


def test_the_closed_form_of_a_linear_stack_is_the_norm_of_the_jacobian(model, settings, batch):
    """For every model that says it has one."""
    if model.linear_stack() is None:
        assert (settings.name, settings.variational) != ("dense", False)
        return
    model, batch = model.double(), Batch(*(x[:3].double() if x.is_floating_point() else x[:3] for x in batch))
    whole = torch.autograd.functional.jacobian(lambda x: model.encode(x, model.context(batch)).mean, batch.input)
    norms = torch.stack([whole[i, ..., i, :, :, :].square().sum() for i in range(3)])
    torch.testing.assert_close(jacobian_norm(model, batch).detach(), norms)
    torch.testing.assert_close(jacobian_norm(model, batch, with_graph=False), norms)


def test_output_none_leaves_the_sigmoid_out(model, settings, few, batch):
    if settings.output == "none":
        assert made(settings.name, output="sigmoid") is None, "a sigmoid is the default where there is one"
        return
    free = build(settings.model_copy(update={"output": "none"}), few.info, seed=5)
    torch.testing.assert_close(free(batch, noise()).reconstruction.sigmoid(), model(batch, noise()).reconstruction)


def test_gradients_reach_every_parameter(model, batch):
    output = model(batch, noise())
    loss = (output.reconstruction - batch.target).square().sum() + sum(term.sum() for term in output.terms.values())
    if not loss.requires_grad:  # then nothing but its closed form may set its weights
        before = {name: value.clone() for name, value in model.state_dict().items()}
        model.solve([batch.target])
        assert set(fakes.unlike(before, model)) == {name for name, _ in model.named_parameters()}
        return
    loss.backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not silent


def test_weights_depend_on_the_seed_alone(model, settings, few):
    torch.manual_seed(99)
    assert fakes.unlike(model, build(settings, few.info, seed=5)) == []
    assert fakes.unlike(model, build(settings, few.info, seed=6)) != []


def test_building_leaves_the_global_stream_alone(settings, few):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    build(settings, few.info, seed=5)
    assert torch.equal(torch.rand(3), expected)


def test_two_threads_that_build_at_once_give_the_same_weights(settings, few):
    alone = {seed: build(settings, few.info, seed) for seed in (1, 2)}
    with ThreadPoolExecutor(4) as pool:
        for seed, model in zip([1, 2] * 6, pool.map(lambda s: build(settings, few.info, s), [1, 2] * 6), strict=True):
            assert fakes.unlike(model, alone[seed]) == []


def test_eval_is_deterministic(model, batch):
    model.eval()
    first, second = (model.decode(model.encode(batch.input).mean) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(model(batch, noise()).z, model(batch, noise()).z)


def test_a_draw_differs_from_the_mean_only_where_the_code_is_variational(model, settings, batch):
    output = model(batch, noise())
    assert torch.equal(output.z, output.posterior.mean) != settings.variational


def test_decoding_needs_no_context(model, few):
    assert model.decode(torch.zeros(2, *model.latent_shape)).shape == (2, *few.info.shape)


def test_weights_survive_a_file(model, settings, few, tmp_path):
    save_weights(model, tmp_path / "w.safetensors", {"epoch": 4})
    other = build(settings, few.info, seed=6)
    assert load_weights(other, tmp_path / "w.safetensors") == {"epoch": 4}
    assert fakes.unlike(model, other) == []


def test_another_models_weights_are_refused_in_one_sentence(model, few, tmp_path):
    stranger = build(fakes.config(architecture={"name": "dense", "widths": [7, 7, 7]}).architecture, few.info, seed=0)
    save_weights(stranger, tmp_path / "w.safetensors", {})
    with pytest.raises(ValueError, match=r"^The file holds the weights of another model\.$"):
        load_weights(model, tmp_path / "w.safetensors")


def test_config_survives_json(settings):
    whole = fakes.config(architecture=settings.model_dump())
    again = RunConfig.model_validate_json(whole.model_dump_json())
    assert again == whole
    assert again.architecture == settings
    assert type(again.architecture) is type(settings)
    assert again.key() == whole.key()


def test_widths_survive_json():
    widths = {"name": "dense", "widths": [33, 22, 11], "decoder_widths": [44], "latent": 5}
    again = RunConfig.model_validate_json(parse({"architecture": widths}).model_dump_json())
    found = again.architecture.model_dump(mode="json")
    assert {field: found[field] for field in widths} == widths


@pytest.mark.parametrize("name", NAMES)
def test_card_is_complete(name, few):
    entry = registry.architectures.get(name)
    assert all(text.strip() for field, text in vars(entry.card).items() if field != "exhibit")
    model = build(entry.config(), few.info, seed=5)
    x = few.test.images.float() / 255
    pictures = model.exhibit(Batch(x, x, few.test.labels, torch.arange(len(x))))
    assert all(entry.card.exhibit) == (pictures is not None)
    if pictures is not None:
        assert pictures.ndim == 5
        assert pictures.shape[2:] == few.info.shape


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_explained(name):
    fields = registry.architectures.get(name).config.model_fields
    assert [field for field, about in fields.items() if field != "name" and not about.description] == []


def test_an_epoch_lowers_the_loss(settings, few):
    run = fakes.config(
        architecture=settings.model_dump(), optimizer={"batch_size": 4}, epochs=2, data={"validation": 0}
    )
    _, events = fakes.fitted(run, few)
    first = fakes.only(StepBlock, events)[0]
    assert fakes.only(EpochEnd, events)[-1].train["loss"] < first.losses["loss"]


def test_every_preset_is_a_reference_system_its_honest_twin_or_our_own():
    named = {name.removesuffix("-meant") for name in registry.presets.names() if not name.startswith("aedash-")}
    assert named == set(EXACT)


@pytest.mark.parametrize("name", [name for name in registry.presets.names() if name in EXACT])
def test_parameters_are_those_of_the_source(name):
    run = preset(name).config
    made = build(run.architecture, registry.datasets.get(run.data.name).info, run.seed)
    assert parameters(made) == EXACT[name]


class LabelledConfig(ArchitectureConfig):
    """Of the model below."""

    name: str = "labelled"


@final
class Labelled(Autoencoder):
    """Its decoder is told the label, and it brings a loss of its own, on a weight that nothing else moves."""

    latent_shape = (4,)

    def __init__(self, config, info):
        super().__init__()
        self.shape = info.shape
        self.encoder = nn.Linear(784, 4)
        self.decoder = nn.Linear(4 + 10, 784)
        self.own = nn.Parameter(torch.ones(()))

    def context(self, batch):
        return nn.functional.one_hot(batch.label, 10).float()

    def encode(self, x, context=None):
        return Posterior(self.encoder(x.flatten(1)), None, context)

    def decode(self, z, context=None):
        told = z.new_zeros(len(z), 10) if context is None else context
        return self.decoder(torch.cat([z, told], 1)).sigmoid().unflatten(1, self.shape)

    def forward(self, batch, generator=None):
        output = super().forward(batch, generator)
        return output._replace(terms={"own": self.own.square() * torch.ones(len(batch.index))})


@pytest.fixture
def labelled(registered, few):
    entry = ArchitectureEntry(LabelledConfig, Card("t", "i", "f", "r", "l"), Labelled)
    registered(registry.architectures, "labelled", entry)
    run = fakes.config(
        architecture={"name": "labelled"}, data={"validation": 0}, optimizer={"batch_size": 16, "learning_rate": 0.01}
    )
    return run, *fakes.fitted(run, few)


def test_a_models_own_term_is_minimised_and_told(labelled):
    _, state, events = labelled
    for block in fakes.only(StepBlock, events):
        assert list(block.losses) == ["loss", "reconstruction", "own"]
        assert block.losses["loss"] == pytest.approx(block.losses["reconstruction"] + block.losses["own"], rel=1e-5)
    assert fakes.only(StepBlock, events)[0].losses["own"] == 1.0
    figures = fakes.only(EpochEnd, events)[-1].figures
    assert figures.terms["own"] == pytest.approx(state.model.own.item() ** 2)
    assert figures.terms["own"] < 0.95
    assert figures.loss == pytest.approx(sum(figures.terms.values()))


def test_a_models_context_reaches_encoder_and_decoder(labelled, few):
    run, state, events = labelled
    untrained = fakes.fresh(run, few).model.decoder.weight[:, 4:]
    assert not torch.equal(state.model.decoder.weight[:, 4:], untrained)
    x = few.test.images.float() / 255
    told = state.model.decode(state.model.encode(x).mean, nn.functional.one_hot(few.test.labels, 10).float())
    with torch.no_grad():
        expected = (told - x).square().mean().item()
    assert fakes.only(EpochEnd, events)[-1].figures.mse == pytest.approx(expected, rel=1e-5)
