"""The manager's lock is held for a decision alone: what takes long is done before, and nobody waits for it."""

import os
from contextlib import closing
from dataclasses import replace
from threading import Event, Thread

import pytest

from aedash import atomic
from aedash.events import RunState, StepBlock
from aedash.registry import Refused
from aedash.store import Store, entries
from aedash.store import folder as folders
from aedash.store.folder import MAKING
from aedash.store.trash import Trash
from aedash.sweep import Axis, sweep
from aedash.training import checkpoint, preparing, sweeps
from aedash.training.manager import RunManager
from aedash.training.plan import Fork, Plan
from tests import fakes

SHORT = fakes.config(epochs=1)
AXIS = Axis(path="optimizer.learning_rate", values=(0.001, 0.002, 0.003, 0.004))
RATES = sweep(name="rates", base=SHORT, axes=[AXIS])


@pytest.fixture
def manager(settings):
    """One runs, and one of each person waits."""
    changes = {"shared": True, "max_concurrent_runs": 1, "max_waiting_per_person": 1}
    made = RunManager(settings.model_copy(update=changes), fakes.Idle())
    yield made
    made.close(fakes.LIMIT)


@pytest.fixture
def parent(manager):
    """A run that can be forked after its only epoch."""
    state = checkpoint.TrainState.fresh(SHORT, fakes.registry.datasets.get("digits").info, fakes.CPU)
    state.epoch, state.step = 1, 19
    run = manager.store.create(SHORT)
    checkpoint.save_state(state, run.folder / "last.safetensors")
    manager.store.write(lambda db: entries.put_blocks(db, run.id, [StepBlock(19, {"loss": 1.0}, 64, 0.1)]))
    manager.store.update(replace(run, state=RunState.FINISHED, epochs_done=1))
    return manager.run(run.id)


def plan(seed, owner):
    return Plan(fakes.config(epochs=1, seed=seed), owner=owner)


def fork(parent):
    return Plan(fakes.config(), fork=Fork(parent, parent.folder / "last.safetensors"), owner="anna")


def unlisted(manager):
    """Folders of runs to be."""
    return list(manager.store.root.glob(f"{MAKING}*"))


def blocks(manager):
    """{id: blocks of it that the index has}."""
    return dict(manager.store._rows("SELECT run, COUNT(DISTINCT step) FROM metrics GROUP BY run"))


class Held:
    """What one does is held up until others have done what they do. asked: it has begun; whose: of one person alone."""

    def __init__(self, real, whose=None):
        self.real, self.whose, self.asked, self.going = real, whose, Event(), Event()

    def __call__(self, *how):
        done = self.real(*how)
        if self.whose is None or self.whose in how:
            self.asked.set()
            assert self.going.wait(fakes.LIMIT)
        return done


def meanwhile(held, act, other):
    """(what `act` gave or was refused with, what `other` gave that was done while `act` was held up)."""
    found = []

    def acting():
        try:
            found.append(act())
        except Refused as refused:
            found.append(refused)

    thread = Thread(target=acting)
    thread.start()
    try:
        assert held.asked.wait(fakes.LIMIT)
        given = other()
    finally:
        held.going.set()
        thread.join(fakes.LIMIT)
    return found[0], given


# -- sweeps and forks


def test_while_a_sweep_is_made_others_start_and_nobody_sees_a_part_of_it(manager, monkeypatch):
    held = Held(manager.store.making.begin, "anna")
    monkeypatch.setattr(manager.store.making, "begin", held)

    def other():
        manager.submit_or_join(plan(77, "ben"))
        return [run.owner for run in manager.runs()], len(unlisted(manager))

    started, seen = meanwhile(held, lambda: sweeps.start(manager, RATES, "anna"), other)
    assert seen == (["ben"], 1)
    assert len(started.runs) == 4
    assert {run.id for run in manager.runs() if run.owner == "anna"} == set(started.runs)
    assert unlisted(manager) == []


def test_while_a_fork_is_copied_others_start(manager, parent, monkeypatch):
    held = Held(preparing.branch_state)
    monkeypatch.setattr(preparing, "branch_state", held)
    [forked], other = meanwhile(
        held, lambda: manager.submit_all([fork(parent)]), lambda: manager.submit_or_join(plan(77, "ben"))
    )
    assert other.new
    run = manager.run(forked)
    assert (run.epochs_done, run.state, run.owner) == (1, RunState.QUEUED, "anna")
    assert checkpoint.kept_states(run.folder) == {1: run.folder / "last.safetensors"}
    assert [block.step for block in manager.history(run).blocks] == [19]
    assert unlisted(manager) == []


def test_whether_there_is_a_place_is_decided_once_it_is_made_and_for_all_of_it(manager, parent, monkeypatch):
    held = Held(preparing.branch_state)
    monkeypatch.setattr(preparing, "branch_state", held)
    refused, taken = meanwhile(
        held,
        lambda: manager.submit_all([fork(parent), plan(5, "anna"), plan(6, "anna")]),
        lambda: [manager.submit(plan(seed, "anna").config, owner="anna") for seed in (1, 2)],
    )
    assert str(refused).startswith("You have 1 run training and 1 waiting; at most 1 may wait here")
    assert {run.id for run in manager.runs()} == {parent.id, *taken}
    assert (unlisted(manager), blocks(manager)) == ([], {parent.id: 1})
    assert {path.name for path in manager.store.root.iterdir() if path.is_dir()} == {parent.id, *taken}


def test_what_has_no_place_is_refused_before_anything_is_made(manager, monkeypatch):
    for seed in (1, 2):
        manager.submit(plan(seed, "anna").config, owner="anna")
    monkeypatch.setattr(manager.store.making, "begin", lambda *_: pytest.fail("it is made"))
    with pytest.raises(Refused, match="at most 1 may wait here"):
        sweeps.start(manager, RATES, "anna")


def test_of_two_who_press_at_once_the_slower_one_joins(manager, monkeypatch):
    held = Held(manager.store.making.begin, "anna")
    monkeypatch.setattr(manager.store.making, "begin", held)
    slower, quicker = meanwhile(
        held, lambda: manager.submit_or_join(plan(1, "anna")), lambda: manager.submit_or_join(plan(1, "ben"))
    )
    assert (quicker.new, slower.new, slower.run.id) == (True, False, quicker.run.id)
    assert manager.run(slower.run.id).joined == ("anna",)
    assert (len(manager.runs()), unlisted(manager)) == (1, [])


def test_a_fork_of_what_is_deleted_meanwhile_is_refused(manager, parent, monkeypatch):
    held = Held(preparing.branch_state)
    monkeypatch.setattr(preparing, "branch_state", held)
    refused, _ = meanwhile(
        held, lambda: manager.submit_all([fork(parent)]), lambda: manager.store.trash.remove(manager.run(parent.id))
    )
    assert str(refused) == "The run that it goes on from was deleted meanwhile."
    assert (manager.runs(), unlisted(manager), blocks(manager)) == ([], [], {})


def test_room_that_a_run_to_be_has_is_not_given_twice(manager, parent, monkeypatch):
    held = Held(preparing.branch_state)
    monkeypatch.setattr(preparing, "branch_state", held)
    before = manager.disk._promised()
    _, during = meanwhile(held, lambda: manager.submit_all([fork(parent)]), manager.disk._promised)
    assert during - before == fork(parent).ask(manager.settings).bytes
    assert before < manager.disk._promised() < during, "what was copied is there, and not to come"


def test_what_a_killed_process_left_of_a_run_to_be_goes_later(manager, parent):
    run = manager.store.making.begin(SHORT)
    manager.store.making.branch(parent, run, 1, 19)
    manager.store.rebuild()
    assert (unlisted(manager), blocks(manager)) == ([run.folder], {parent.id: 1, run.id: 1})  # it may still be made
    assert [each.id for each in manager.runs()] == [parent.id]
    os.utime(run.folder, (0, 0))
    manager.store.rebuild()
    assert (unlisted(manager), blocks(manager)) == ([], {parent.id: 1})


def test_runs_are_listed_all_or_none(manager, monkeypatch):
    runs, put = [manager.store.making.begin(each.config) for each in (plan(1, ""), plan(2, ""))], entries.put

    def full(db, run):
        if run.id == runs[1].id:
            raise OSError(28, "No space left on device")
        put(db, run)

    with monkeypatch.context() as patch:
        patch.setattr(entries, "put", full)
        with pytest.raises(atomic.Full):
            manager.store.making.publish(runs)
    manager.store.making.discard(runs)
    assert manager.runs() == []
    assert [path.name for path in manager.store.root.iterdir() if path.is_dir()] == []


def test_no_two_runs_have_one_place_whichever_process_was_quicker(manager):
    made = manager.store.making.begin(SHORT)
    with closing(Store(manager.store.root)) as other:
        quicker = other.create(fakes.config(seed=9))
    [run] = manager.store.making.publish([made])
    assert (quicker.order, run.order) == (made.order, made.order + 1)
    assert folders.from_manifest(folders.read_manifest(run.folder), run.folder) == run
    assert manager.store.run(run.id) == run


# -- going on, and coming back


def test_of_several_that_go_on_all_do_or_where_it_cannot_be_written_none(manager, monkeypatch):
    runs = [manager.store.create(fakes.config(seed=seed), owner="anna") for seed in range(3)]
    for run in runs:
        manager.store.update(replace(run, state=RunState.INTERRUPTED, sentence="The server ended."))
    before, prepared, count = manager.runs(), atomic.prepared, []

    def full(*how):
        count.append(how)
        if len(count) == 2:
            raise OSError(28, "No space left on device")
        return prepared(*how)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "prepared", full)
        with pytest.raises(atomic.Full):
            manager.resume(*(run.id for run in runs))
    assert (manager.runs(), manager.load) == (before, (0, 0))
    manager.resume(*(run.id for run in runs))
    assert (manager.members, manager.load) == ({run.id for run in runs}, (1, 2))


def test_the_trash_is_looked_through_once_however_many_come_back(manager, monkeypatch):
    runs = [manager.store.create(fakes.config(seed=seed)) for seed in range(3)]
    for run in runs:
        manager.store.update(replace(run, state=RunState.STOPPED))
        manager.delete(run.id)
    looks, real = [], Trash.thrown
    monkeypatch.setattr(Trash, "thrown", lambda self: (looks.append(1), real(self))[1])
    manager.restore(*(run.id for run in runs))
    assert (len(looks), {run.id for run in manager.runs()}) == (1, {run.id for run in runs})
