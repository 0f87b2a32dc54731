"""Weights from a file: our own export comes back as it was, and whatever else strangers send is one sentence."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from aedash.config import vary, vary_all
from aedash.events import RunState
from aedash.history import Run
from aedash.models import build
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.header import LARGEST, read_head
from aedash.store.weights import load_weights, save_weights
from aedash.training import extending
from aedash.training.imported import SENTENCE, claimed, config_of, exported, measured, take_in
from tests.training import malformed

CONFIG = vary_all(
    preset("R0-simple").config,
    [("data.name", "digits"), ("architecture.widths", [16]), ("architecture.latent", 4), ("epochs", 2)],
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Settings of a server of its own."""
    folder = tmp_path_factory.mktemp("house")
    return Settings(runs_dir=folder / "runs", data_dir=folder / "data", device="cpu")


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    """A run with weights."""
    folder = tmp_path_factory.mktemp("run")
    save_weights(build(CONFIG.architecture, digits.info, 3), folder / "best.safetensors", {"epoch": 2, "step": 9})
    return Run("0" * 12, 1, CONFIG, RunState.FINISHED, folder, "2026-01-31T12:00:00+00:00", "R0-simple")


@pytest.fixture(scope="module")
def good(run):
    """What a person takes along."""
    return exported(run)


@pytest.fixture(scope="module")
def found(good, house):
    return measured(claimed(good, house), good, house)


def bare(good):
    """The same numbers, of which the file tells nothing."""
    return save(load(good))


def test_what_is_taken_along_is_a_plain_file_of_weights(good, run, digits):
    model = build(CONFIG.architecture, digits.info, 0)
    model.load_state_dict(load(good))  # by the names of the model, as anybody's PyTorch reads it
    told = json.loads(read_head(good).metadata["aedash"])
    assert told["config"] == CONFIG.model_dump(mode="json")
    assert (told["epoch"], len(told["digest"])) == (2, 64)


def test_it_comes_back_as_a_run_that_was_not_trained_here(found, house, run):
    store = Store(house.runs_dir)
    made = take_in(store, found, "somebody")
    kept = store.run(made.id)
    assert (kept.state, kept.sentence, kept.owner, kept.preset) == (
        RunState.FINISHED,
        SENTENCE,
        "somebody",
        "R0-simple",
    )
    assert (kept.uploaded, kept.whole, kept.epochs_done, kept.config) == (True, False, 0, CONFIG)
    history = store.history(kept)
    assert (history.blocks, history.ends, history.started) == ([], [], None)
    assert len(history.snapshots) == 1
    assert history.references.mean_image("test") > 0
    models = [build(CONFIG.architecture, _info(), 0) for _ in range(2)]
    for model, folder in zip(models, (run.folder, kept.folder), strict=True):
        load_weights(model, folder / "best.safetensors")
    ours, theirs = (list(model.state_dict().values()) for model in models)
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
    with pytest.raises(Refused, match="uploaded"):
        extending.lengthened(kept, history, 9, house)
    with pytest.raises(Refused):
        kept.check_resumable()
    store.close()


def _info():
    from aedash import registry

    return registry.datasets.get("digits").info


def test_its_figures_are_measured_whatever_the_file_claims(good, found, house):
    head, body = malformed.parts(good)
    told = json.loads(head["__metadata__"]["aedash"]) | {"figures": {"test": {"mse": 0.0}}, "preset": "../../x"}
    claim = claimed(malformed.file_of(head | {"__metadata__": {"aedash": json.dumps(told)}}, body), house)
    assert claim.preset == ""
    assert 0.01 < found.figures["test"].mse < 1
    assert np.isfinite(found.figures["test"].loss)


def test_halved_weights_are_taken(good, house):
    halved = save({name: value.half() for name, value in load(good).items()})
    found = measured(claimed(halved, house, CONFIG), halved, house)
    assert {value.dtype for value in found.weights.values()} == {torch.float32}


def test_a_bare_file_needs_its_recipe(good, house):
    with pytest.raises(Refused, match="choose the recipe"):
        claimed(bare(good), house)
    assert claimed(bare(good), house, CONFIG).config == CONFIG
    text = json.dumps({"schema": 1, "config": CONFIG.model_dump(mode="json")}).encode()
    assert config_of(text) == CONFIG
    assert config_of(json.dumps(CONFIG.model_dump(mode="json")).encode()) == CONFIG


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"[" * 9999, b"\xff", b'{"config": 3}', b"{" + b" " * 300_000])
def test_a_recipe_that_cannot_be_read_is_a_sentence(text):
    with pytest.raises(Refused):
        config_of(text)


def test_both_models_are_named_where_they_differ(good, house):
    other = vary(CONFIG, "architecture.latent", 7)
    with pytest.raises(Refused, match=r"of a dense autoencoder with a code of 4 numbers; you chose a .* of 7 numbers"):
        claimed(good, house, other)
    with pytest.raises(Refused, match=r"not the weights of a dense autoencoder with a code of 7 numbers: '\S+' is"):
        claimed(bare(good), house, other)


def test_what_may_not_be_trained_here_may_not_be_brought(good, house):
    with pytest.raises(Refused, match="memory"):
        claimed(good, replace_settings(house, max_gigabytes=1e-6))


def replace_settings(settings, **fields):
    return settings.model_copy(update=fields)


def test_what_would_take_too_long_to_measure_is_refused(good, house, monkeypatch):
    monkeypatch.setattr("aedash.training.imported.PATIENCE", 0.0)
    with pytest.raises(Refused, match="allowed: 1"):
        measured(claimed(good, house), good, house)


def test_a_disk_that_takes_no_more_leaves_nothing(found, house, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aedash.training.imported.write_tensors", full)
    store = Store(house.runs_dir)
    before = sorted(house.runs_dir.glob("*/run.json"))
    with pytest.raises(Refused):
        take_in(store, found, "")
    assert sorted(house.runs_dir.glob("*/run.json")) == before
    store.close()


def test_whatever_else_is_sent_is_one_sentence_and_no_code_runs(good, house, tmp_path):
    marker = tmp_path / "marker"
    hostile = malformed.files(good, marker)
    assert len(hostile) >= 100
    taken = []
    for name, content in hostile.items():
        try:
            measured(claimed(content, house), content, house)
            taken.append(name)
        except Refused as refused:
            sentence = str(refused)
            assert sentence.endswith("."), name
            assert len(sentence) < 400, (name, sentence)
            assert sentence.isprintable(), name
            assert not {"Traceback", str(tmp_path), "site-packages"} & set(sentence.split()), name
    # a bit of the name of the preset, of figures, or of a number's last digits changes nothing that is believed
    assert all(name.startswith("byte ") for name in taken), taken
    assert len(taken) < 8, taken
    assert not marker.exists()


def test_a_file_that_claims_20_gb_costs_nothing(tmp_path):
    head = {"a": {"dtype": "F32", "shape": [5 * 10**9], "data_offsets": [0, 2 * 10**10]}}
    with pytest.raises(Refused, match="impossible shape"):
        read_head(malformed.file_of(head))
    with pytest.raises(Refused, match="bytes"):
        read_head(bytes(LARGEST + 1))
