"""Twins: forks that start from the same bits, replays that are exact, and what is refused."""

from pathlib import Path

import pytest

from aedash.config import vary
from aedash.events import Changed, RunState
from aedash.registry import Refused
from aedash.store.weights import read_tensors
from aedash.training import checkpoint, sweeps, twins
from aedash.training.checkpoint import BEST, kept_states
from aedash.training.plan import Plan
from tests import fakes

RATE = "optimizer.learning_rate"


@pytest.fixture
def manager(opened, tmp_path):
    return opened(data_dir=tmp_path, gallery_dir=tmp_path / "none")


def finished(manager, *runs):
    for identifier in runs:
        assert manager.wait(identifier, lambda history: not history.state.state.alive, fakes.LIMIT)
    fakes.until(lambda: all(not manager.run(identifier).state.alive for identifier in runs))
    return [manager.run(identifier) for identifier in runs]


def weights(run):
    return read_tensors(run.folder / "last.safetensors")[0]


def test_a_diverged_run_goes_on_from_its_last_epoch_at_a_tenth_of_its_rate(manager):
    deep = {"name": "dense", "widths": [32] * 6, "latent": 4, "output": "none"}
    config = fakes.config(epochs=4, architecture=deep, data={"name": "digits", "scaling": "raw"})
    late = 2 * twins.steps_per_epoch(config) + 3
    [diverged] = finished(manager, *manager.submit_all([Plan(config, changes=(Changed(late, RATE, 10.0),))]))
    assert (diverged.diverged, diverged.epochs_done) == (True, 2)
    [fork] = finished(manager, twins.slower(manager, diverged))
    assert fork.state is RunState.FINISHED
    assert fork.changes == (Changed(2 * twins.steps_per_epoch(config), RATE, config.optimizer.learning_rate / 10),)
    assert [end.figures for end in manager.history(fork).ends[:2]] == [
        end.figures for end in manager.history(diverged).ends
    ]
    with pytest.raises(Refused, match="Only a run that diverged"):
        twins.slower(manager, fork)


@pytest.fixture
def parent(manager):
    [run] = finished(manager, manager.submit(fakes.config(epochs=12)))
    return run


def best(manager, run):
    return manager.history(run).best().epoch


def test_every_tenth_epoch_is_kept_and_at_most_five_and_the_best_and_the_last(manager, parent):
    assert set(kept_states(parent.folder)) == {10, 12, best(manager, parent)}
    [long] = finished(manager, manager.submit(vary(parent.config, "epochs", 72)))
    assert set(kept_states(long.folder)) == {20, 40, 60, 70, 72, best(manager, long)}


def test_a_state_within_an_epoch_is_no_place_to_fork(manager):
    within = False
    while not within:  # a stop may by chance come as an epoch ends
        run = manager.submit(fakes.config(epochs=10_000, optimizer={"batch_size": 1}))
        assert manager.wait(run, lambda history: len(history.blocks) > 2, fakes.LIMIT)
        manager.stop(run)
        [stopped] = finished(manager, run)
        history = manager.history(stopped)
        within = history.step % history.started.steps_per_epoch > 0
    assert stopped.folder / "last.safetensors" not in kept_states(stopped.folder).values()


@pytest.mark.parametrize("epoch", [0, 7, 10, 12])
def test_the_unchanged_twin_is_the_run_itself(manager, parent, epoch):
    pair = twins.fork(manager, parent, epoch, RATE, 0.02, 12 - epoch or 1)
    same, other = finished(manager, *pair.runs)
    if epoch < 12:
        assert fakes.unlike(weights(parent), weights(same)) == []
        assert same.figures == parent.figures
        assert [end.figures for end in manager.history(same).ends] == [
            end.figures for end in manager.history(parent).ends
        ]
    assert fakes.unlike(weights(same), weights(other)) != []
    step = epoch * twins.steps_per_epoch(parent.config)
    assert (same.changes, other.changes) == ((), (Changed(step, RATE, 0.02),))


def test_twins_are_one_until_the_fork(manager, parent):
    pair = twins.fork(manager, parent, 3, RATE, 0.5, 3)
    finished(manager, *pair.runs)
    one, two = (manager.history(run) for run in sweeps.runs_of(manager, pair))
    assert [end.figures for end in one.ends[:3]] == [end.figures for end in two.ends[:3]]
    assert one.ends[3].figures != two.ends[3].figures


def test_a_replay_begins_at_the_nearest_kept_state_and_its_cost_is_known(parent):
    (parent.folder / BEST).unlink()
    assert twins.start(parent, 9) == twins.Start(None, 9)
    assert twins.start(parent, 11).replayed == 1
    assert twins.start(parent, 10).fork.state.name == "epoch-10.safetensors"
    assert twins.start(parent, 12).replayed == 0
    assert twins.replay_seconds(parent, 11) == pytest.approx(parent.seconds / 12)


def test_the_record_of_a_fork_begins_with_that_of_its_parent(manager, parent):
    pair = twins.fork(manager, parent, 12, RATE, 0.02, 1)
    for run in finished(manager, *pair.runs):
        past, now = manager.history(parent), manager.history(run)
        assert now.blocks[: len(past.blocks)] == past.blocks
        assert [end.epoch for end in now.ends] == list(range(1, 14))
        assert {snapshot.step for snapshot in now.snapshots} & {snapshot.step for snapshot in past.snapshots}
        assert run.seconds > parent.seconds


def test_a_fork_keeps_its_parents_best_weights_until_it_finds_better_ones(manager, parent):
    pair = twins.fork(manager, parent, 12, RATE, 10.0, 1)
    _, wild = finished(manager, *pair.runs)
    assert best(manager, wild) == best(manager, parent)
    assert wild.figures["test"].mse == parent.figures["test"].mse


def test_a_fork_of_a_changed_run_goes_on_from_what_was_in_force(manager, parent):
    step = 2 * twins.steps_per_epoch(parent.config)
    [changed] = finished(manager, *manager.submit_all([Plan(parent.config, changes=(Changed(step, RATE, 0.5),))]))
    assert [twins.numbers(changed, epoch)[RATE] for epoch in (2, 3)] == [0.001, 0.5]
    with pytest.raises(Refused, match="twins must differ"):
        twins.fork(manager, changed, 3, RATE, 0.5, 1)
    pair = twins.fork(manager, changed, 3, RATE, 0.001, 1)
    assert pair.axes[0].values == (0.5, 0.001)
    finished(manager, *pair.runs)


def test_twins_go_on_together(manager):
    pair = twins.from_the_start(manager, fakes.config(epochs=10_000), "corruption", "gaussian")
    for run in pair.runs:
        assert manager.wait(run, lambda history: bool(history.blocks), fakes.LIMIT)
    sweeps.stop(manager, pair)
    finished(manager, *pair.runs)
    sweeps.resume(manager, pair)
    for run in pair.runs:
        assert manager.wait(run, lambda history: history.state.state is RunState.RUNNING, fakes.LIMIT)
    assert {run.state for run in sweeps.runs_of(manager, pair)} == {RunState.RUNNING}
    sweeps.stop(manager, pair)
    finished(manager, *pair.runs)


def test_twins_start_at_once_although_there_is_one_slot(manager):
    pair = twins.from_the_start(manager, fakes.config(epochs=10_000), "corruption", "gaussian")
    for run in pair.runs:
        assert manager.wait(
            run, lambda history: history.state.state is RunState.RUNNING and history.blocks, fakes.LIMIT
        )
    assert {run.state for run in sweeps.runs_of(manager, pair)} == {RunState.RUNNING}
    sweeps.stop(manager, pair)
    finished(manager, *pair.runs)


@pytest.mark.parametrize(
    ("epoch", "path", "value", "sentence"),
    [
        (13, RATE, 0.1, "The run has 12 epochs; fork after 0 to 12."),
        (3, "optimizer.batch_size", 8, "'optimizer.batch_size' cannot be changed while the run is under way"),
        (3, RATE, -1, "Learning rate must be above 0 and up to 10; got -1."),
    ],
)
def test_a_wrong_fork_creates_nothing(manager, parent, epoch, path, value, sentence):
    with pytest.raises(Refused) as refused:
        twins.fork(manager, parent, epoch, path, value, 1)
    assert str(refused.value).startswith(sentence)
    assert len(manager.runs()) == 1


def test_twins_that_do_not_differ_are_refused(manager):
    with pytest.raises(Refused, match="twins must differ"):
        twins.from_the_start(manager, fakes.config(), "optimizer.batch_size", 64)
    assert manager.runs() == []


def test_states_are_kept_where_there_are_no_hard_links(manager, monkeypatch):
    def none(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", none)
    [run] = finished(manager, manager.submit(fakes.config(epochs=10)))
    assert 10 in kept_states(run.folder)
    assert read_tensors(run.folder / "epoch-10.safetensors")[1]["epoch"] == 10


def test_a_fork_is_where_its_own_copy_says(manager, parent, tmp_path, monkeypatch):
    """The parent goes on while it is forked, and its last save is another one by the time it is asked."""
    source = parent.folder / "last.safetensors"
    copied = checkpoint.copy_atomically

    def copyfile(one, other):
        copied(one, other)
        if one == source:
            copied(parent.folder / "epoch-10.safetensors", source)

    monkeypatch.setattr(checkpoint, "copy_atomically", copyfile)
    assert checkpoint.branch_state(source, parent.folder / "best.safetensors", tmp_path)[0] == 12


def test_a_kept_state_that_is_damaged_is_no_place_to_fork(tmp_path):
    source = tmp_path / "epoch-10.safetensors"
    source.write_bytes(b"no tensors")
    (tmp_path / "new").mkdir()
    with pytest.raises(Refused, match="The state that was kept there is damaged; fork after another epoch"):
        checkpoint.branch_state(source, tmp_path / "best.safetensors", tmp_path / "new")
