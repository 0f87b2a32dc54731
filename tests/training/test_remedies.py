"""What one press does fits the run, and what its finding says."""

from dataclasses import replace

import pytest

from aedash.config import parse, vary, vary_all
from aedash.events import Changed, EpochEnd, Figures, References, RunState
from aedash.history import Run
from aedash.presets.base import preset
from aedash.store.gallery import pretrained, read_history
from aedash.training.findings import findings
from aedash.training.outcome import result
from aedash.training.remedies import Remedy, beyond_scale, remedy
from tests import fakes

BASELINES = {"mean image": 0.0675, "PCA, 20 numbers": 0.0235}
LINES = References((), {"test": BASELINES})
MNIST = {"name": "mnist", "validation": 0}
COLLAPSED = {"output_variation": 0.0, "mse": 0.0675, "loss": 52.0}


def run_of(config, name="", **figures):
    shown = Figures(**{"loss": 1.0, "mse": 0.03, "terms": {}, "code_units": 20, **figures})
    return Run("0" * 12, 1, config, RunState.FINISHED, fakes.GALLERY, "", name, epochs_done=10, figures={"test": shown})


def ended(run, **train):
    figures = run.figures["test"]
    return [EpochEnd(10, 4000, "test", {"loss": figures.loss, **train}, figures, best=True)]


def pressed(run, **train):
    """What the first thing that is said of the run offers."""
    ends = ended(run, **train)
    serious = [one for one in findings(ends, LINES, run.config) if one.severity in ("warn", "bad")]
    said = serious[0] if serious else result(run.figures["test"], LINES, run.config)
    return remedy(said, run, ends, LINES)


def mnist(**fields):
    return fakes.config(**{"data": MNIST, **fields})


@pytest.mark.parametrize(
    ("config", "mse", "word", "changes"),
    [
        (mnist(), 0.01, "Code 10", {"architecture.latent": 10}),
        (mnist(**fakes.VARIATIONAL), 0.03, "Beta 0.05", {"objective.kl.weight": 0.05}),
        (mnist(data=MNIST | {"scaling": "standardised"}), 0.03, "Pixels 0 to 1", {"data.scaling": "unit"}),
    ],
)
def test_a_result_leads_to_a_changed_recipe(config, mse, word, changes):
    found = pressed(run_of(config, mse=mse))
    assert (found.word, dict(found.changes)) == (word, changes)
    assert vary_all(config, found.changes) != config


def test_what_is_worse_than_pca_goes_on_for_as_long_again():
    assert pressed(run_of(mnist(), mse=0.03)) == Remedy("+ 10 epochs", epochs=10)
    one = replace(run_of(mnist(), mse=0.03), epochs_done=1)
    assert remedy(result(one.figures["test"], LINES, one.config), one, ended(one), LINES).word == "+ 1 epoch"
    denoiser = run_of(mnist(corruption="gaussian"), mse_corrupted=0.07)
    assert pressed(denoiser).epochs == 10


@pytest.mark.parametrize(
    "config",
    [
        mnist(architecture={"name": "pca", "latent": 20}),
        mnist(**fakes.VARIATIONAL),
        mnist(corruption="gaussian"),
        mnist(architecture={"name": "conv_transpose"}),
    ],
    ids=["PCA", "variational", "denoiser", "convolutional"],
)
def test_only_a_plain_code_is_halved(config):
    noisy = 0.01 if config.corruption.name != "none" else None
    assert pressed(run_of(config, mse=0.01, mse_corrupted=noisy)) is None


def test_a_code_of_four_is_not_halved():
    assert pressed(run_of(mnist(), mse=0.01, code_units=4)) is None


@pytest.mark.parametrize(
    ("fields", "train", "word"),
    [
        ({}, {}, "Learning rate 0.0001"),
        ({"optimizer": {"learning_rate": 0.02}}, {}, "Learning rate 0.001"),
        (fakes.VARIATIONAL, {}, "Beta 0.05"),
        ({**fakes.VARIATIONAL, "objective": ["reconstruction", {"name": "kl", "weight": 20}]}, {}, "Beta 1"),
        ({"objective": ["reconstruction", {"name": "l1_code", "weight": 3}]}, {"l1_code": 9.0}, "Weight 0.3"),
    ],
)
def test_a_collapsed_run_leads_to_what_crushed_it(fields, train, word):
    run = run_of(mnist(**fields), **COLLAPSED)
    assert pressed(run, reconstruction=1.0, **train).word == word


@pytest.mark.parametrize(("steps", "word"), [(400, "+ 10 epochs"), (120, "+ 32 epochs"), (500, "Learning rate 0.0001")])
def test_a_short_run_that_shows_one_picture_goes_on_first(steps, word):
    run = run_of(mnist(), **COLLAPSED)
    ends = [replace(end, step=steps) for end in ended(run)]
    said = findings(ends, LINES, run.config)[0]
    assert said.kind == "collapse"
    assert remedy(said, run, ends, LINES).word == word
    stopped = replace(run, state=RunState.STOPPED)
    assert remedy(said, stopped, ends, LINES).word == "Learning rate 0.0001"


def test_what_is_worse_than_nothing_is_told_to_slow_down_only_where_it_is_fast():
    assert pressed(run_of(mnist(), mse=0.2)) is None
    assert pressed(run_of(mnist(optimizer={"learning_rate": 0.02}), mse=0.2)).word == "Learning rate 0.001"


@pytest.mark.parametrize(
    ("scaling", "rate", "changed", "word"),
    [
        ("raw", 0.001, (), "Pixels 0 to 1"),
        ("raw", 0.1, (), None),
        ("unit", 0.001, (), None),
        ("raw", 0.001, (Changed(9, "optimizer.learning_rate", 10.0),), None),
    ],
)
def test_a_run_that_diverged_by_its_pixels_is_told_to_scale_them(scaling, rate, changed, word):
    config = mnist(data=MNIST | {"scaling": scaling}, optimizer={"learning_rate": rate})
    found = beyond_scale(replace(run_of(config), changes=changed))
    assert (found and found.word) == word


def test_a_black_picture_is_not_blamed_on_beta():
    black = COLLAPSED | {"mse": 0.11, "output_mean": 0.0}
    assert pressed(run_of(mnist(**fakes.VARIATIONAL), **black)).word == "Learning rate 0.0001"


def test_a_beta_beside_a_mean_over_pixels_is_not_raised_to_one():
    fields = {**fakes.VARIATIONAL, "objective": [{"name": "reconstruction", "reduction": "mean"}, "kl"]}
    config = vary(mnist(**fields), "objective.kl.weight", 2.0)
    assert pressed(run_of(config, **COLLAPSED)).word == "Beta 0.2"


def test_a_published_system_leads_to_itself_mended_where_that_is_the_cure():
    said = {name: pressed_in_gallery(name) for name in ("R0-vae", "R4-conv-vae", "R4-sparse", "R2-contractive-5")}
    assert said["R0-vae"] == Remedy("See it with beta 1", preset="R0-vae-meant")
    assert said["R4-conv-vae"] == Remedy("See it mended", preset="R4-conv-vae-meant")
    assert said["R4-sparse"] == Remedy("See it mended", preset="R4-sparse-meant")
    assert said["R2-contractive-5"].word == "Pixels 0 to 1"  # mended, it has the same sigmoid
    other = run_of(vary(preset("R0-vae").config, "seed", 7), "R0-vae", **COLLAPSED)
    assert pressed(other).word == "Beta 1"


def pressed_in_gallery(name):
    run = pretrained(fakes.GALLERY)[name]
    history = read_history(run.folder)
    serious = [one for one in history.ends[-1].findings if one.severity in ("warn", "bad")]
    said = serious[0] if serious else result(run.figures["test"], history.references, run.config)
    return remedy(said, run, history.ends, history.references)


def test_every_shipped_model_offers_what_can_be_done():
    for name, run in pretrained(fakes.GALLERY).items():
        found = pressed_in_gallery(name)
        if found and found.changes:
            assert vary_all(run.config, found.changes) != run.config
        assert found is None or found.word
        if found and found.word.startswith("Code"):
            assert parse(run.config.model_dump(mode="json")).architecture.kind() in ("plain", "deep")
