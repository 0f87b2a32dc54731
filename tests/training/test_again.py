"""Weights that a run did not keep, had by training again: those of the run, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from aedash.analysis.projection import codes
from aedash.analysis.snapshots import Probe
from aedash.changes import Schedule
from aedash.events import Changed, Snapshot, Started, StepBlock
from aedash.history import History
from aedash.registry import Refused
from aedash.training.again import MOST_SECONDS, obstacle, trained_to, weights_at
from aedash.training.plan import Plan
from tests import fakes

RATE = "optimizer.learning_rate"
CONFIGS = {
    "dense": fakes.config(),
    "conv": fakes.config(architecture="conv_transpose"),
    "all generators": fakes.config(**fakes.VARIATIONAL, corruption={"name": "gaussian", "sigma": 0.3}),
    "codebook": fakes.config(architecture="vq"),
    "solved": fakes.config(architecture={"name": "pca", "latent": 4}),
}


def silent(share):
    """Nobody watches."""


@pytest.fixture(scope="module")
def some(digits):
    return fakes.subset(digits, 760, 60)


@pytest.fixture
def one_thread():
    """As the threads for analyses have."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", CONFIGS)
def test_recorded_codes_come_again_bit_for_bit(name, some, one_thread):
    config = CONFIGS[name]
    state, events = fakes.fitted(config, some)
    probe = Probe(some, config, some.scaling(config.data.scaling))
    recorded = {each.step: each for each in fakes.only(Snapshot, events)}
    for step in (0, 3, 11, state.step):
        again = trained_to(step, config, Schedule(config), some, silent)
        assert again.step == step
        if step in recorded:
            assert np.array_equal(codes(probe.look(again.model, step)), codes(recorded[step]))
    for weight, other in zip(again.model.state_dict().values(), state.model.state_dict().values(), strict=True):
        assert torch.equal(weight, other)


def test_changes_on_the_way_are_made_again(some, one_thread):
    config = fakes.config()
    schedule = Schedule(config, [Changed(5, RATE, 0.05), Changed(12, "objective.reconstruction.weight", 0.3)])
    state, _ = fakes.fitted(config, some, live=schedule.at)
    last = state.step
    changed, plain = (trained_to(last, config, each, some, silent) for each in (schedule, Schedule(config)))
    weights = [next(iter(each.model.state_dict().values())) for each in (state, changed, plain)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.fixture
def ran(manager):
    """(run, history) of two epochs, without held-out images, so that the weights kept are the last."""
    config = fakes.config(data={"name": "digits", "validation": 0})
    run = fakes.over(manager, manager.submit_all([Plan(config)])[0])
    return run, manager.history(run)


def test_at_its_end_a_run_has_the_weights_that_it_kept(ran, settings, one_thread):
    run, history = ran
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    told = []
    found = weights_at(run, history, history.snapshots[-1], settings.data_dir, told.append)
    for name, weight in load_file(run.folder / "best.safetensors").items():
        assert torch.equal(found.trained.model.state_dict()[name.removeprefix("model/")], weight), name
    assert found.difference == 0
    assert found.step == history.step == history.snapshots[-1].step
    assert told == sorted(told)
    assert told[-1] == 1
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before


def test_other_codes_are_told_to_differ(ran, settings, one_thread):
    run, history = ran
    middle, last = history.snapshots[-3], history.snapshots[-1]
    assert weights_at(run, history, middle, settings.data_dir, silent).difference == 0
    doubled = replace(last, scores=last.scores * 2, centre=last.centre * 0)
    assert 0.4 < weights_at(run, history, doubled, settings.data_dir, silent).difference < 5


def test_whoever_watches_may_end_it(ran, settings):
    run, history = ran

    def leave(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights_at(run, history, history.snapshots[-1], settings.data_dir, leave)


@pytest.mark.parametrize(("device", "images", "told"), [("cuda", 64_000, "on CUDA"), ("cpu", 64, "minutes")])
def test_what_cannot_be_had_again_is_refused_in_a_sentence(ran, settings, device, images, told):
    run, snapshot = ran[0], replace(ran[1].snapshots[-1], step=int(MOST_SECONDS) + 1)
    history = History()
    for event in (Started(0, 19, device, 1, 100), StepBlock(1, {"loss": 1.0}, images, 1.0)):
        history.append(event)
    assert told in obstacle(run, history, snapshot.step)
    with pytest.raises(Refused, match=told):
        weights_at(run, history, snapshot, settings.data_dir, silent)
