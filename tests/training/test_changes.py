"""A run that is changed while it runs: from the next block on, on record, and the same again bit for bit."""

import json
from contextlib import contextmanager
from math import inf
from queue import SimpleQueue
from threading import Event

import pytest
from safetensors.torch import load_file

from aedash.__main__ import main
from aedash.changes import Schedule
from aedash.config import vary_all
from aedash.events import Changed, EpochEnd, RunState, Started, StateChanged, StepBlock
from aedash.registry import Refused
from aedash.training import trainer, worker
from aedash.training.worker import Change, Job, Pause, Resume, Stop, stopped_after, work
from tests import fakes

RATE, BETA, SIGMA = "optimizer.learning_rate", "objective.kl.weight", "corruption.sigma"
CONFIG = fakes.config(**fakes.VARIATIONAL, corruption={"name": "gaussian", "sigma": 0.3}, epochs=3)  # 19 steps an epoch
SENT = {16: [Change(RATE, 0.01), Change(BETA, 0.0)], 32: [Change(SIGMA, 0.5), Change(BETA, 2.0)]}
TOLD = (Changed(16, RATE, 0.01), Changed(16, BETA, 0.0), Changed(32, SIGMA, 0.5), Changed(32, BETA, 2.0))


def worked(folder, sent=None, until=None, config=CONFIG, **fields):
    """Events of a job; commands are sent after the block that ends at their step; killed after the one at `until`."""
    folder.mkdir(exist_ok=True)
    inbox, events = SimpleQueue(), []
    training = work(Job("0" * 12, config, folder, folder, "cpu", 1, **fields), inbox)
    for event in training:
        events.append(event)
        if isinstance(event, StepBlock):
            for command in (sent or {}).get(event.step, []):
                inbox.put(command)
            if event.step == until:
                training.close()
    return events


def weights(folder):
    """All tensors that a run left."""
    return {f"{name}/{k}": v for name in ("best", "last") for k, v in load_file(folder / f"{name}.safetensors").items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """(tensors, events) of a run that is changed four times."""
    folder = tmp_path_factory.mktemp("undisturbed")
    events = worked(folder, SENT)
    return weights(folder), events


def judged(events):
    return [(end.epoch, end.figures, end.best) for end in fakes.only(EpochEnd, events)]


def test_changes_are_told_with_their_step(undisturbed):
    assert tuple(fakes.only(Changed, undisturbed[1])) == TOLD


def test_a_change_holds_from_the_next_block_on(tmp_path, monkeypatch):
    seen = {}
    step = trainer.train_step

    def noted(state, batch, config):
        seen[state.step] = (config, state.optimizer.learning_rate)
        return step(state, batch, config)

    monkeypatch.setattr(trainer, "train_step", noted)
    worked(tmp_path, SENT)
    schedule = Schedule(CONFIG, TOLD)
    assert seen == {s: (c, c.optimizer.learning_rate) for s in range(57) for c in [schedule.at(s)]}


def test_a_term_that_is_switched_off_keeps_its_curve(undisturbed):
    blocks = fakes.only(StepBlock, undisturbed[1])
    assert {tuple(block.losses) for block in blocks} == {("loss", "reconstruction", "kl")}
    off = [block for block in blocks if 16 < block.step <= 32]
    assert off
    assert all(block.losses["loss"] == pytest.approx(block.losses["reconstruction"]) for block in off)
    assert all(block.losses["kl"] > 0 for block in off)


def test_an_epoch_is_judged_by_what_its_last_step_was_trained_with(undisturbed):
    first, second, _ = (end.figures for end in fakes.only(EpochEnd, undisturbed[1]))
    assert first.loss == pytest.approx(first.terms["reconstruction"])
    assert second.loss == pytest.approx(second.terms["reconstruction"] + 2 * second.terms["kl"])


def test_the_end_is_judged_by_what_is_in_force_then(undisturbed):
    for figures in undisturbed[1][-1].figures.values():
        assert figures.loss == pytest.approx(figures.terms["reconstruction"] + 2 * figures.terms["kl"])


def test_the_recorded_changes_give_the_same_run_again(undisturbed, tmp_path):
    tensors, told = undisturbed
    again = worked(tmp_path, changes=TOLD)
    assert fakes.only(Changed, again) == []
    assert judged(again) == judged(told)
    assert again[-1] == told[-1]
    assert fakes.unlike(tensors, weights(tmp_path)) == []


def test_they_do_make_a_difference(undisturbed, tmp_path):
    worked(tmp_path)
    assert fakes.unlike(undisturbed[0], weights(tmp_path)) != []


@pytest.mark.parametrize("until", [16, 32, 57], ids=["before a save", "behind a save", "before its last save"])
def test_a_killed_run_goes_on_to_the_same_end(undisturbed, until, tmp_path):
    """It falls back to an earlier save, and is changed at the same steps again."""
    before = worked(tmp_path, {step: sent for step, sent in SENT.items() if step < until}, until)
    assert not fakes.only(StateChanged, before)[1:]
    changes, past = TOLD, tuple(fakes.only(EpochEnd, before))
    after = worked(tmp_path, resume=True, past=past, recorded=until, changes=changes)
    assert next(iter(fakes.only(Started, after))).step == {16: 0, 32: 19, 57: 38}[until]
    assert judged(after)[-1] == judged(undisturbed[1])[-1]
    assert after[-1].figures == undisturbed[1][-1].figures
    assert fakes.unlike(undisturbed[0], weights(tmp_path)) == []


def test_who_changes_a_number_again_voids_its_recorded_future(tmp_path):
    planned = (Changed(8, RATE, 0.02), Changed(38, RATE, 0.5), Changed(38, BETA, 1.0))
    told = worked(tmp_path / "one", {16: [Change(RATE, 0.01)]}, changes=planned)
    assert fakes.only(Changed, told) == [Changed(16, RATE, 0.01)]
    worked(tmp_path / "other", changes=(planned[0], Changed(16, RATE, 0.01), planned[2]))
    assert fakes.unlike(weights(tmp_path / "one"), weights(tmp_path / "other")) == []


def test_nonsense_changes_nothing_and_is_not_told(tmp_path):
    nonsense = [Change(RATE, -1.0), Change("no.such.path", 1.0), Change("objective.mmd.weight", 1.0)]
    events = worked(tmp_path / "one", {16: [*nonsense, Change("corruption", 1.0)]})
    assert fakes.only(Changed, events) == []
    assert events[-1].state is RunState.FINISHED
    worked(tmp_path / "other")
    assert fakes.unlike(weights(tmp_path / "one"), weights(tmp_path / "other")) == []


def test_a_resting_run_is_changed_at_the_step_where_it_rests(tmp_path):
    told = worked(tmp_path, {16: [Pause(), Change(RATE, 0.01), Resume()]})
    kept = [e for e in told if isinstance(e, Changed | StateChanged)]
    assert [type(event) for event in kept] == [StateChanged, StateChanged, Changed, StateChanged, StateChanged]
    assert kept[2].step == 16


def test_a_change_before_the_stop_holds_when_the_run_goes_on(tmp_path):
    told = worked(tmp_path / "one", {32: [Change(BETA, 2.0), Stop()]})
    changes, past = tuple(fakes.only(Changed, told)), tuple(fakes.only(EpochEnd, told))
    worked(tmp_path / "one", resume=True, past=past, recorded=32, changes=changes)
    worked(tmp_path / "other", changes=changes)
    assert fakes.unlike(weights(tmp_path / "one"), weights(tmp_path / "other")) == []


@pytest.mark.parametrize(("path", "anew"), [(BETA, True), (SIGMA, True), (RATE, False)])
def test_weights_before_another_objective_are_not_the_best_of_it(path, anew, tmp_path):
    """A larger beta or more noise only raises the loss: by the old measure nothing behind it could be the best."""
    values = {BETA: 50.0, SIGMA: 10.0, RATE: 0.3}
    config = vary_all(CONFIG, [(RATE, 0.01), ("epochs", 5)])
    told = worked(tmp_path, {64: [Change(path, values[path])]}, config=config)
    third, fourth, _ = fakes.only(EpochEnd, told)[2:]
    assert fourth.figures.loss > third.figures.loss
    assert (third.best, fourth.best) == (True, anew)


# -- in the queue of a process

LONG = fakes.config(**fakes.VARIATIONAL, epochs=10, optimizer={"batch_size": 8})


def change(manager, run, path, value):
    """Change it and wait until it is on record."""
    manager.change(run, path, value)
    assert manager.wait(run, lambda history: (path, value) in [(c.path, c.value) for c in history.changes], fakes.LIMIT)


@pytest.fixture
def before(monkeypatch):
    """before(step, manager, run): a block in which the run stands before step 20, 600, or 1200."""
    real, gates = trainer.train_step, {step: (Event(), Event()) for step in (20, 600, 1200)}

    def train_step(state, batch, config):
        if gate := gates.get(state.step):
            gate[0].set()
            gate[1].wait(fakes.LIMIT)
        return real(state, batch, config)

    @contextmanager
    def stands(step, manager, run):
        reached, go = gates[step]
        assert reached.wait(fakes.LIMIT)
        assert manager.wait(run, lambda history: history.state.state is RunState.RUNNING, fakes.LIMIT)
        yield
        go.set()

    monkeypatch.setattr(trainer, "train_step", train_step)
    yield stands
    for _, go in gates.values():
        go.set()


def test_a_changed_run_is_interrupted_goes_on_and_is_replayed(opened, before, capsys):
    manager = opened()
    run = manager.submit(LONG, "a preset")
    with before(20, manager, run):
        manager.pause(run)
    change(manager, run, RATE, 0.005)
    change(manager, run, BETA, 0.0)
    manager.resume(run)
    with before(600, manager, run):
        manager.pause(run)
    assert manager.wait(run, lambda history: history.step >= 600, fakes.LIMIT)
    manager.close(60)
    manager = opened()
    assert [c.path for c in manager.run(run).changes] == [RATE, BETA]
    manager.resume(run)
    with before(1200, manager, run):
        manager.change(run, BETA, 1.5)
    found = fakes.over(manager, run)
    assert found.state is RunState.FINISHED
    assert [(c.path, c.value) for c in found.changes] == [(RATE, 0.005), (BETA, 0.0), (BETA, 1.5)]
    assert found.changes == manager.history(found).changes == manager.store.history(found).changes
    assert found.figures["test"].loss == pytest.approx(
        found.figures["test"].terms["reconstruction"] + 1.5 * found.figures["test"].terms["kl"]
    )
    again = fakes.over(manager, manager.replay(run))
    assert again.id != run
    assert (again.config, again.preset, again.changes) == (found.config, "a preset", found.changes)
    assert again.figures == found.figures
    assert fakes.unlike(weights(found.folder), weights(again.folder)) == []
    assert main(["replay", run, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["test"]["loss"]) == ("finished", found.figures["test"].loss)
    assert fakes.unlike(weights(found.folder), weights(manager.run(told["id"]).folder)) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (RATE, -1.0, "Learning rate must be above 0 and up to 10"),
        ("objective.mmd.weight", 1.0, "cannot be changed while the run is under way"),
        ("corruption.sigma", 1.0, "cannot be changed while the run is under way"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_before_it_is_sent(opened, path, value, said):
    manager = opened()
    run = manager.submit(fakes.config(epochs=10_000))
    fakes.training(manager, run)
    with pytest.raises(Refused, match=said):
        manager.change(run, path, value)
    fakes.training(manager, run, manager.history(manager.run(run)).step + 1)
    assert manager.run(run).state is RunState.RUNNING
    assert manager.run(run).changes == ()


def test_only_what_is_under_way_here_can_be_changed(opened):
    manager = opened()
    first, second = (manager.submit(fakes.config(epochs=10_000)) for _ in range(2))
    fakes.training(manager, first)
    with pytest.raises(Refused, match=r"^A queued run cannot be changed\.$"):
        manager.change(second, RATE, 0.1)
    with pytest.raises(Refused, match="belongs to another process"):
        opened().change(first, RATE, 0.1)
    manager.stop(second)
    manager.stop(first)
    fakes.over(manager, first)
    with pytest.raises(Refused, match=r"^A stopped run cannot be changed\.$"):
        manager.change(first, RATE, 0.1)


def test_a_run_that_has_had_its_time_is_stopped_and_kept_and_goes_on_to_the_same_bits(undisturbed, tmp_path):
    """Also one that is changed; each stretch has the whole time."""
    past, changes, ends = [], (), []
    for most in (1e-9, 1e-9, inf):
        events = worked(
            tmp_path, SENT, most_seconds=most, resume=bool(ends), changes=changes, recorded=past[-1].step if past else 0
        )
        ends.append(events[-1])
        past += fakes.only(StepBlock, events)
        changes += tuple(fakes.only(Changed, events))
    assert [end.state for end in ends] == [RunState.STOPPED, RunState.STOPPED, RunState.FINISHED]
    assert [end.sentence for end in ends] == [stopped_after(1e-9)] * 2 + [""]
    assert set(ends[0].figures) == {"validation", "test"}  # its weights are judged
    assert [block.step for block in past[:2]] == [1, 2]  # a stretch comes further, however short
    assert fakes.unlike(weights(tmp_path), undisturbed[0]) == []


def test_a_pause_takes_nothing_of_the_time_that_a_run_has(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(worker, "perf_counter", lambda: clock[0])
    inbox = SimpleQueue()
    training = work(Job("0" * 12, CONFIG, tmp_path, tmp_path, "cpu", 1, most_seconds=10.0), inbox)
    events = []
    for event in training:
        events.append(event)
        if isinstance(event, StepBlock):
            clock[0] += 4.0
            if len(fakes.only(StepBlock, events)) == 1:
                inbox.put(Pause())
        if event == StateChanged(RunState.PAUSED):
            clock[0] += 1000.0
            inbox.put(Resume())
    assert events[-1].state is RunState.STOPPED
    assert len(fakes.only(StepBlock, events)) == 3


def test_a_run_whose_time_is_up_with_its_last_epoch_has_finished(tmp_path):
    config = fakes.config(epochs=1, optimizer={"batch_size": 1197})  # one step
    assert worked(tmp_path, config=config, most_seconds=1e-9)[-1].state is RunState.STOPPED
    ended = worked(tmp_path, config=config, most_seconds=1e-9, resume=True, recorded=1)[-1]
    assert ended.state is RunState.FINISHED
