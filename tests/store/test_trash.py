"""The trash: what was deleted comes back to the byte, and is gone once its time is over or its room is needed."""

import errno
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aedash import atomic
from aedash.events import EpochEnd, Figures, RunState, Started, StateChanged, StepBlock
from aedash.history import History
from aedash.registry import Refused
from aedash.store import Store, trash
from tests import fakes

FIGURES = Figures(1.0, 0.5, {"reconstruction": 1.0})


@pytest.fixture
def runs(store):
    """Three runs of two epochs: one over, one broken off in its second epoch, one of the command line, newest first."""
    return [trained(store, seed, state) for seed, state in enumerate([RunState.FINISHED, None, RunState.STOPPED])][::-1]


def trained(store, seed, state):
    run, history = store.create(fakes.config(seed=seed), owner="ab" * 6), History()
    end = EpochEnd(1, 2, "test", {"loss": 0.1}, FIGURES, True)
    told = [StateChanged(RunState.RUNNING), Started(0, 2, "cpu", 1, 1)]
    told += [StepBlock(1, {"loss": 1.0}, 8, 0.1), StepBlock(2, {"loss": 0.7}, 8, 0.1), end, fakes.blank_snapshot(2)]
    told += [StepBlock(3, {"loss": 0.5}, 8, 0.1), *([StateChanged(state, "Over.", {"test": FIGURES})] if state else [])]
    (run.folder / "last.safetensors").write_bytes(bytes(range(256)) * 4)
    for event in told:
        run = store.record(run, history, event)
    return store.run(run.id)


def content(root):
    """{name: bytes} of all run folders, and all rows of the index."""
    there = [path for path in root.glob("*/**/*") if path.is_file() and path.name != "lock"]
    files = {str(path.relative_to(root)): path.read_bytes() for path in there}
    with closing(sqlite3.connect(root / "aedash.sqlite")) as db:
        tables = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in ("runs", "metrics", "events")}
    return files, {name: sorted(rows, key=str) for name, rows in tables.items()}


def later(monkeypatch, seconds):
    now = trash.time()
    monkeypatch.setattr(trash, "time", lambda: now + seconds)


def test_what_is_deleted_together_comes_back_together_to_the_byte(store, root, runs):
    (root / "sweeps").mkdir()
    (root / "sweeps" / "0123456789ab.json").write_text("a sweep of all three")
    before, listed = content(root), store.runs()
    for run in runs:
        store.delete(run.id, "word")
    assert store.runs() == []
    assert {path.name for path in root.iterdir() if path.is_dir()} == {".trash", "sweeps"}
    assert {one.together for one in store.trash.thrown()} == {"word"}
    for run in runs:
        store.trash.restore(run.id)
    assert store.runs() == listed
    assert content(root) == before
    assert [len(store.history(run).blocks) for run in listed] == [3, 3, 3], "also of the one that wrote no history"


def test_a_run_made_meanwhile_comes_after_the_one_that_is_brought_back(store, runs):
    store.delete(runs[0].id)
    made = store.create(fakes.config(seed=9))
    store.trash.restore(runs[0].id)
    assert [run.id for run in store.runs()] == [made.id, *(run.id for run in runs)]
    assert len({run.order for run in store.runs()}) == 4


def test_the_trash_outlives_the_process(store, root, runs):
    before, listed = content(root), store.runs()
    store.delete(runs[1].id)
    store.close()
    with closing(Store(root)) as again:
        assert len(again.runs()) == 2
        assert again.unreadable == {}
        again.trash.restore(runs[1].id)
        assert again.runs() == listed
    assert content(root) == before


def test_what_lies_there_for_ten_minutes_is_gone_at_the_next_start(store, root, runs, monkeypatch):
    store.delete(runs[0].id)
    later(monkeypatch, 590)
    store.delete(runs[1].id)
    (root / ".trash-0123456789ab").mkdir()  # what an earlier version left
    store.close()
    later(monkeypatch, 20)
    with closing(Store(root)) as again:
        assert [one.id for one in again.trash.thrown()] == [runs[1].id]
        with pytest.raises(Refused, match=r"^It cannot be brought back: what was deleted is kept for ten minutes"):
            again.trash.restore(runs[0].id)
        again.trash.restore(runs[1].id)
    assert {row[0] for rows in content(root)[1].values() for row in rows} == {run.id for run in runs[1:]}
    assert not (root / ".trash-0123456789ab").exists()


def test_a_clock_that_was_set_back_loses_nothing(store, root, runs, monkeypatch):
    store.delete(runs[0].id)
    store.close()
    later(monkeypatch, -1e6)
    with closing(Store(root)) as again:
        assert again.trash.restore(runs[0].id) == runs[0]


@pytest.mark.parametrize("deleting", [True, False], ids=["deleting", "bringing back"])
def test_a_kill_between_folder_and_index_is_settled_at_the_next_start(deleting, store, root, runs, monkeypatch):
    before, listed = content(root), store.runs()

    def killed(*_, **__):
        raise KeyboardInterrupt

    if deleting:
        monkeypatch.setattr(store, "forget", killed)
        rename = Path.rename
        monkeypatch.setattr(Path, "rename", lambda path, to: rename(path, to) if path.parent == root else None)
        with pytest.raises(KeyboardInterrupt):
            store.delete(runs[0].id)
    else:
        store.delete(runs[0].id)
        monkeypatch.setattr(store, "take_up", killed)
        with pytest.raises(KeyboardInterrupt):
            store.trash.restore(runs[0].id)
    monkeypatch.undo()
    store.close()
    with closing(Store(root)) as again:
        if deleting:
            assert again.runs() == listed[1:]
            again.trash.restore(runs[0].id)
        assert again.runs() == listed
        assert content(root) == before


def test_a_damaged_index_does_not_lose_what_was_deleted(store, root, runs):
    store.delete(runs[2].id)
    store.close()
    (root / "aedash.sqlite").write_bytes(b"garbage" * 1000)
    with closing(Store(root)) as again:
        assert runs[2].id not in {run.id for run in again.runs()}
        assert again.trash.restore(runs[2].id) == runs[2]
        assert len(again.history(runs[2]).blocks) == 3


def test_emptied_it_leaves_nothing_behind(store, root, runs):
    for run in runs[:2]:
        store.delete(run.id)
    assert store.trash.bytes > 2000
    store.trash.empty(store.trash.thrown())
    files, tables = content(root)
    assert {name.split("/")[0] for name in files} == {runs[2].id}
    assert {row[0] for rows in tables.values() for row in rows} == {runs[2].id}
    assert store.trash.bytes == 0
    with pytest.raises(Refused, match="It cannot be brought back"):
        store.trash.restore(runs[0].id)


def test_an_index_that_cannot_forget_does_so_another_time(store, root, runs, monkeypatch):
    def full(*_, **__):
        raise atomic.Full("The disk with the runs is full; make room and try again.")

    store.delete(runs[0].id)
    with monkeypatch.context() as patch:
        patch.setattr(store, "forget", full)
        store.trash.empty(store.trash.thrown())
    assert not list(root.rglob(f"{runs[0].id}*/*"))
    store.trash.empty(store.trash.thrown())
    assert runs[0].id not in {row[0] for rows in content(root)[1].values() for row in rows}


def test_a_disk_without_room_for_a_trash_removes_the_run_at_once(store, root, runs, monkeypatch):
    def full(path, **how):
        if path.name == trash.FOLDER:
            raise OSError(errno.ENOSPC, "No space left on device")
        return mkdir(path, **how)

    mkdir = Path.mkdir
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        store.delete(runs[0].id)
    assert [run.id for run in store.runs()] == [run.id for run in runs[1:]]
    assert not list(root.rglob(f"*{runs[0].id}*"))
    assert runs[0].id not in {row[0] for rows in content(root)[1].values() for row in rows}


def test_a_damaged_copy_of_the_record_keeps_no_run_from_coming_back(store, runs):
    (runs[0].folder / "history.json").write_text("{}")
    store.delete(runs[0].id)
    assert store.trash.restore(runs[0].id) == runs[0]
    assert len(store.history(runs[0]).blocks) == 3


def test_what_was_brought_back_meanwhile_is_not_forgotten(store, runs):
    store.delete(runs[0].id)
    seen = store.trash.thrown()
    store.trash.restore(runs[0].id)
    store.trash.empty(seen)
    assert store.run(runs[0].id) == runs[0]
    assert len(store.history(runs[0]).blocks) == 3


def test_no_id_leads_out_of_the_trash(store, root, runs):
    for name in ("../" + runs[0].id, "", ".", "*", runs[0].id):
        with pytest.raises(Refused, match="It cannot be brought back"):
            store.trash.restore(name)
    assert len(store.runs()) == 3


def test_what_a_run_takes_is_noted_as_it_rests_and_stands_in_its_manifest(store, root, runs):
    over = next(run for run in runs if run.state is RunState.FINISHED)
    (over.folder / "epoch-10.safetensors").hardlink_to(over.folder / "last.safetensors")  # no bytes of its own
    there = sum(path.stat().st_size for path in over.folder.rglob("*") if path.is_file() and "epoch" not in path.name)
    assert over.bytes == pytest.approx(there, abs=500), "but run.json, which tells it"
    store.update(replace(over, sentence="As it was."))
    store.close()
    (root / "aedash.sqlite").unlink()
    with closing(Store(root)) as again:
        assert again.run(over.id).bytes == over.bytes
