"""Runs outlast what ends a server: another one takes its queue, no copy is half made, and little waits for the disk."""

import os
import shutil
from contextlib import closing
from dataclasses import replace
from math import inf
from threading import Event as Signal

import pytest

from aedash import atomic
from aedash.atomic import held
from aedash.events import Changed, EpochEnd, RunState, StepBlock
from aedash.registry import Refused
from aedash.store import Store, database
from aedash.store import folder as folders
from aedash.store.weights import read_tensors
from aedash.training import manager as manager_room
from aedash.training.checkpoint import branch_state
from tests import fakes

SHORT = fakes.config(epochs=1)


# -- two servers on one folder


def test_a_second_server_takes_the_queue_over_once_the_first_has_gone(settings, opened):
    with closing(Store(settings.runs_dir)) as left:
        waiting = left.create(SHORT)
    with held(settings.runs_dir / "scheduler.lock"):  # the first server, for as long as it lives
        second = opened()
        with pytest.raises(Refused, match="runs this folder's queue"):
            second.submit(SHORT)
        assert second.run(waiting.id).state is RunState.QUEUED
    run = second.submit(SHORT)
    assert fakes.over(second, run).state is RunState.FINISHED
    assert second.run(waiting.id).sentence == "The server ended before it began."
    second.resume(waiting.id)
    assert fakes.over(second, waiting.id).state is RunState.FINISHED
    assert not opened().schedules, "there is one at a time"


def test_whoever_takes_the_queue_over_looks_after_the_folder_too(settings, opened, monkeypatch):
    looked_after = Signal()
    monkeypatch.setattr(manager_room, "keep_house", lambda *_: looked_after.set())
    with held(settings.runs_dir / "scheduler.lock"):
        second = opened()
    assert not looked_after.is_set(), "that is the first server's"
    fakes.over(second, second.submit(SHORT))
    assert looked_after.wait(60)


def test_a_server_that_was_closed_takes_nothing_over(opened):
    first, second = opened(), opened()
    second.interrupt()
    first.close()
    with pytest.raises(Refused, match="runs this folder's queue"):
        second.submit(SHORT)


# -- copies and the power


def test_a_fork_whose_copy_breaks_off_leaves_no_half_of_a_save(manager, tmp_path, monkeypatch):
    parent = fakes.over(manager, manager.submit(SHORT))

    def breaks_off(source, target):
        target.write_bytes(source.read_bytes()[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", breaks_off)
    with pytest.raises(OSError, match="No space"):
        branch_state(parent.folder / "last.safetensors", parent.folder / "best.safetensors", tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_damaged_last_save_gives_way_to_an_older_one_and_the_bits_are_the_same(manager):
    config = fakes.config(epochs=12)
    right, run = (fakes.over(manager, manager.submit(each)) for each in (config, config))
    manager.store.update(replace(run, state=RunState.INTERRUPTED))
    torn = (run.folder / "last.safetensors").read_bytes()[:-100]
    for name in ("last.safetensors", "best-state.safetensors"):
        (run.folder / name).unlink()
        (run.folder / name).write_bytes(torn)
    manager.resume(run.id)
    again = fakes.over(manager, run.id)
    assert (again.state, manager.history(again).started.step) == (RunState.FINISHED, 190), "it went on from epoch 10"
    assert fakes.unlike(*(read_tensors(each.folder / "last.safetensors")[0] for each in (right, again))) == []


def test_what_was_recorded_is_on_the_disk_within_two_seconds(tmp_path, monkeypatch):
    clock = [100.0, 100.0, 101.0, 101.9, 102.1, 102.1, 103.0, 110.0, 110.0]  # looked at before, and after what settles
    with closing(Store(tmp_path / "runs")) as store:
        monkeypatch.setattr(database, "monotonic", lambda: clock.pop(0))
        settled, store._db._settled = [], -inf
        while clock:
            store._db.write(lambda db: settled.append(db.execute("PRAGMA synchronous").fetchone()[0] == 2))
    assert settled == [True, False, False, True, False, True]
    assert database.SETTLED_SECONDS < 5.0 / 2, "a save brings along 5 seconds, and a record may be late"


def test_a_new_folder_is_there_whole_and_on_the_disk_before_its_line(tmp_path, monkeypatch):
    with closing(Store(tmp_path / "runs")) as store:
        settled, real = [], folders.settle
        for module in (folders, atomic):
            monkeypatch.setattr(module, "settle", lambda at: (settled.append((at.name, store.runs())), real(at)))
        run = store.create(SHORT)
        assert settled == [(f".new-{run.id}", []), ("runs", [])]
        killed = run.folder.with_name(".new-0123456789ab")  # of a process that was killed in the midst of it
        killed.mkdir()
        store.rebuild()
        assert (store.unreadable, killed.exists()) == ({}, True), "it may still be made"
        os.utime(killed, (0, 0))
        store.rebuild()
        assert (store.unreadable, killed.exists()) == ({}, False)


def test_nobody_sees_what_is_not_written(manager, monkeypatch):
    run = fakes.over(manager, manager.submit(SHORT))
    history = manager.store.history(run)
    before = (len(history.blocks), len(history.ends), history.changes)

    def full(work):
        raise atomic.Full("The disk with the runs is full; make room and try again.")

    block = StepBlock(history.step + 1, {"loss": 1.0}, 64, 0.1)
    end = EpochEnd(2, block.step, "test", {"loss": 1.0}, run.figures["test"], False)
    change = Changed(block.step, "optimizer.learning_rate", 0.1)
    for event in (block, end, change):
        with monkeypatch.context() as patch:
            patch.setattr(manager.store._db, "write", full)
            with pytest.raises(atomic.Full):
                manager.store.record(run, history, event)
        assert (len(history.blocks), len(history.ends), history.changes) == before
    for event in (block, end, change):
        manager.store.record(run, history, event)
    assert (len(history.blocks), len(history.ends), history.changes) == (before[0] + 1, before[1] + 1, (change,))
