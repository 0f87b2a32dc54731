"""A packed run: weights in half precision where no published digit changes, and measures of those weights."""

from copy import copy
from dataclasses import replace

import pytest
import torch

from aedash.analysis.metrics import evaluate
from aedash.events import Finding, References, RunState
from aedash.models import build
from aedash.settings import Settings
from aedash.store import folder as folders
from aedash.store.gallery import pretrained, read_history
from aedash.store.weights import load_weights, read_tensors
from aedash.training import packing
from aedash.training.manager import RunManager
from tests import fakes


@pytest.fixture
def ran(environment):
    """(run, its history, folder of runs) of two epochs with a measure of its own."""
    settings = Settings(runs_dir=environment)
    manager = RunManager(settings)
    config = fakes.config(architecture={"name": "vq", "channels": 4, "words": 8, "width": 4})
    identifier = manager.submit(config)
    run = fakes.over(manager, identifier)
    assert run.state is RunState.FINISHED
    history = manager.history(run)
    manager.close(60)
    return run, history, settings.data_dir


def packed(ran, gallery, thinning=packing.MODEL, **figures):
    """(run as packed, its tensors); figures: of the test images, in place of the run's own."""
    run, history, data = ran
    run = replace(run, figures={**run.figures, "test": replace(run.figures["test"], **figures)})
    packing.pack(run, history, gallery / "R0-simple", data, thinning)
    return pretrained(gallery)["R0-simple"], read_tensors(gallery / "R0-simple" / "best.safetensors")[0]


def measured(run, digits):
    """The figures of the weights in its folder."""
    model = build(run.config.architecture, digits.info, seed=9)
    load_weights(model, run.folder / "best.safetensors")
    return evaluate(model, digits.test, run.config, digits.scaling("unit"))


def test_weights_are_halved_where_no_published_digit_changes(ran, tmp_path, digits):
    run, tensors = packed(ran, tmp_path / "halved")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert f"{measured(run, digits).loss:.3g}" == f"{run.figures['test'].loss:.3g}"


def test_weights_stay_whole_where_one_does(ran, tmp_path):
    run, tensors = packed(ran, tmp_path / "whole", loss=123.0)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    assert run.figures["test"].loss == 123.0


def test_what_is_measured_now_is_packed_though_the_run_is_older(ran, tmp_path, digits):
    run, _ = packed(ran, tmp_path / "older", measures={})
    assert run.figures["test"].measures == measured(run, digits).measures != {}
    assert run.figures["test"] == replace(ran[0].figures["test"], measures=run.figures["test"].measures)


def test_packing_changes_no_mean_and_no_sum_of_the_curves(ran, tmp_path):
    run, _ = packed(ran, tmp_path / "joined", packing.Thinning(blocks=5))
    few, every = read_history(run.folder), ran[1]
    assert len(few.blocks) == 5 < len(every.blocks)
    assert (few.blocks[0], few.blocks[-1]) == (every.blocks[0], every.blocks[-1])
    assert few.images == sum(block.images for block in few.blocks) == run.images
    assert few.seconds == pytest.approx(sum(block.seconds for block in few.blocks)) == pytest.approx(run.seconds)
    assert few.rate() == pytest.approx(run.images / run.seconds)
    for name in every.names():
        mean, other = (sum(b.losses[name] * b.images for b in h.blocks) / h.images for h in (few, every))
        assert mean == pytest.approx(other)


def test_a_packed_run_is_judged_anew_and_keeps_its_weights(ran, tmp_path):
    run, history, data = ran
    wrong = copy(history)
    wrong.references = References((), {})
    wrong.ends = [replace(end, findings=(Finding("old", "bad", "Untrue.", ""),)) for end in history.ends]
    packing.pack(run, wrong, tmp_path / "R0-simple", data)
    packed = pretrained(tmp_path)["R0-simple"]
    judged = read_history(packed.folder)
    assert judged.references == history.references
    assert [end.findings for end in judged.ends] == [end.findings for end in history.ends]
    folders.write_history(packed.folder, wrong)
    before = (packed.folder / "best.safetensors").read_bytes()
    packing.refresh(packed, wrong, data)
    events, _ = folders.read_blocks(packed.folder)
    assert history.references in events
    assert (packed.folder / "best.safetensors").read_bytes() == before
