"""What a run would need in memory is asked before anything is queued, and by shapes alone."""

from dataclasses import replace

import pytest
import torch

from aedash import registry
from aedash.config import parse
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training import limits
from aedash.training.limits import fits, needs
from aedash.training.plan import gate
from tests import fakes

MNIST = {"data": {"name": "mnist", "validation": 0}}


def unpooled(channels):
    encoder, decoder = [{"channels": channels, "pool": 1}], [{"channels": 1, "scale": 1}]
    return {"architecture": {"name": "conv_upsample", "encoder": encoder, "decoder": decoder}}


TOO_MUCH = {
    "a code of 50,176 numbers": unpooled(64),
    "a code of 401,408 numbers": unpooled(512),
    "A step of 60,000 images": {"objective": ["reconstruction", "mmd"], "optimizer": {"batch_size": 60_000}},
    "A step of 50,000 images": {"architecture": "conv_transpose", "optimizer": {"batch_size": 50_000}},
    "A step of 2,000 images": {
        "architecture": {"name": "dense", "widths": [4096, 512], "latent": 1024},
        "objective": ["reconstruction", "contractive"],
        "optimizer": {"batch_size": 2000},
    },
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_run_that_would_take_the_server_with_it_is_refused_in_a_sentence(what, monkeypatch):
    monkeypatch.setattr(torch.nn.Module, "to_empty", lambda *args, **how: pytest.fail("memory was taken"))
    with pytest.raises(Refused, match=what) as refused:
        gate(parse({**MNIST, **TOO_MUCH[what]}), Settings())
    assert str(refused.value).endswith(" GB of memory; allowed: up to 4 GB (AEDASH_MAX_GIGABYTES).")
    assert refused.value.allowed == "up to 4 GB"
    assert refused.value.field == ("optimizer.batch_size" if "step" in what else "architecture")


@pytest.mark.parametrize("name", registry.presets.names())
def test_every_preset_needs_less_than_a_gigabyte(name):
    config = preset(name).config
    assert fits(config, registry.datasets.get(config.data.name).info, 1.0) is config


@pytest.mark.parametrize("architecture", registry.architectures.names())
def test_what_is_needed_grows_with_the_batch(architecture, digits):
    config = fakes.config(architecture=architecture)
    one, ten = (next(iter(needs(config.architecture, config.objective, n, digits.info).values())) for n in (128, 1280))
    assert 2 * one < ten < 10.1 * one or config.architecture.name == "pca"


def test_a_model_that_cannot_be_asked_by_shapes_moves_no_global_numbers(digits):
    config = fakes.config(architecture="graph")
    limits.needs.cache_clear()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    needs(config.architecture, config.objective, 100, digits.info)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("asked", "allowed", "sentence"),
    [
        ({"epochs": 51}, {"max_epochs": 50}, "Epochs may be at most 50 here (AEDASH_MAX_EPOCHS); got 51."),
        ({"threads": 3}, {"max_threads": 2}, "Threads may be at most 2 here (AEDASH_MAX_THREADS); got 3."),
        (
            {"architecture": {"name": "dense", "widths": [16], "latent": 4}},
            {"max_parameters": 1000},
            "The model would have 26,036 parameters; allowed: up to 1,000 (AEDASH_MAX_PARAMETERS).",
        ),
    ],
)
def test_each_limit_is_named_with_its_setting(asked, allowed, sentence):
    config = fakes.config(**asked)
    assert gate(config, Settings()) is config
    with pytest.raises(Refused) as refused:
        gate(config, Settings(**allowed))
    assert str(refused.value) == sentence
    assert refused.value.field == next(iter(asked))


def test_a_shared_server_is_kept_for_everybody_unless_it_is_told_otherwise():
    ours, theirs = Settings(), Settings(shared=True)
    assert (ours.max_epochs, ours.max_seconds) == (10_000, 0)
    assert (theirs.max_epochs, theirs.max_seconds) == (1_000, 900)
    assert theirs.max_threads <= ours.max_threads
    assert Settings(shared=True, max_epochs=20).max_epochs == 20


@pytest.mark.parametrize("name", registry.architectures.names())
def test_what_is_needed_is_known_of_every_architecture_also_in_colour(name, digits):
    colour = replace(digits.info, shape=(3, 32, 32))
    config = parse({**fakes.config().model_dump(mode="json"), "architecture": name})
    grey = needs(config.architecture, config.objective, 100, digits.info)
    coloured = needs(config.architecture, config.objective, 100, colour)
    step, evaluation, _ = zip(grey.values(), coloured.values(), strict=True)
    assert step[1] > step[0]
    assert evaluation[1] > evaluation[0]
    with pytest.raises(Refused, match="AEDASH_MAX_GIGABYTES"):
        fits(config, colour, 1e-6)
