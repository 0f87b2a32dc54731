"""Trouble with the disk and the index: each is one sentence, and leaves nothing half made."""

import errno
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

from aedash import atomic
from aedash.events import EpochEnd, Figures, Probes, RunState, Started, StateChanged, StepBlock
from aedash.history import History
from aedash.registry import Refused
from aedash.store import Store, database
from aedash.store import folder as folders
from tests import fakes

FIGURES = Figures(1.0, 0.5, {"reconstruction": 1.0})


@pytest.fixture
def recorded(store):
    """(run, history) of a run that has finished an epoch of 30 steps."""
    run, history = store.create(fakes.config(epochs=1), "R0-simple"), History()
    steps = [StepBlock(step, {"loss": 1 / step}, 8, 0.1) for step in range(1, 31)]
    end = EpochEnd(1, 30, "test", {"loss": 0.1}, FIGURES, True)
    for event in [StateChanged(RunState.RUNNING), Started(0, 30, "cpu", 1, 1), *steps, end]:
        run = store.record(run, history, event)
    return store.record(run, history, StateChanged(RunState.FINISHED, "", {"test": FIGURES})), history


def seen(root, run):
    """(notice, the run, its blocks) as another process finds them."""
    with closing(Store(root)) as other:
        return other.notice, other.run(run.id), other.history(run).blocks


# -- a full disk


@pytest.fixture
def full(monkeypatch):
    """full(): from now on nothing can be written to the disk; full(False): there is room again."""
    real = atomic.os.fsync

    def set_full(on=True):
        def fsync(file):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(atomic.os, "fsync", fsync if on else real)

    return set_full


def test_a_run_that_finds_no_room_is_not_created(store, root, full, recorded):
    full()
    with pytest.raises(atomic.Full, match=r"^The disk with the runs is full; make room and try again\.$"):
        store.create(fakes.config())
    assert [run.id for run in store.runs()] == [recorded[0].id]
    assert [path.name for path in root.iterdir() if path.is_dir()] == [recorded[0].id]
    full(False)
    assert store.create(fakes.config()).order > recorded[0].order


def test_an_index_that_cannot_grow_leaves_no_folder(store, root, recorded):
    [[size]] = store._db._writer.execute("PRAGMA page_count").fetchall()
    store._db._writer.execute(f"PRAGMA max_page_count = {size}")

    def fill():
        for seed in range(100):
            store.create(fakes.config(seed=seed))

    with pytest.raises(atomic.Full):
        fill()
    folders_of_runs = {path.name for path in root.iterdir() if path.is_dir()}
    assert folders_of_runs == {run.id for run in store.runs()}


def test_an_update_that_finds_no_room_changes_neither_index_nor_manifest(store, full, recorded):
    run, _ = recorded
    full()
    with pytest.raises(atomic.Full):
        store.update(replace(run, state=RunState.QUEUED))
    assert store.run(run.id) == run
    assert folders.from_manifest(folders.read_manifest(run.folder), run.folder) == run
    assert not list(run.folder.glob("*.tmp"))
    full(False)
    store.update(replace(run, state=RunState.STOPPED))
    assert store.run(run.id).state is RunState.STOPPED


def test_deleting_makes_room_on_a_full_disk(store, root, recorded, monkeypatch):
    """What was deleted before goes first for good, and then the run itself."""
    run, _ = recorded
    store.delete(store.create(fakes.config()).id)
    write = store._db.write

    def only_with_room(work):
        if run.folder.exists() or any(one.whole for one in store.trash.thrown()):
            raise atomic.Full("The disk with the runs is full; make room and try again.")
        return write(work)

    monkeypatch.setattr(store._db, "write", only_with_room)
    store.delete(run.id)
    assert store.runs() == []
    assert not list(root.rglob("run.json"))


def test_a_deletion_that_fails_leaves_the_run_as_it_was(store, root, recorded, monkeypatch):
    run, _ = recorded

    def busy(work):
        raise atomic.Busy("Another process keeps the index of the runs busy.")

    monkeypatch.setattr(store._db, "write", busy)
    with pytest.raises(atomic.Busy):
        store.delete(run.id)
    monkeypatch.undo()
    assert store.run(run.id) == run
    assert (run.folder / "run.json").exists()
    store.delete(run.id)
    assert store.runs() == []


def test_a_folder_that_is_gone_does_not_come_back(store, recorded):
    run, history = recorded
    shutil.rmtree(run.folder)
    with pytest.raises(Refused, match="runs folder cannot be written"):
        store.record(run, history, Probes(*[np.zeros((1, 1, 1), np.uint8)] * 5))
    with pytest.raises(Refused, match="runs folder cannot be written"):
        store.record(run, history, fakes.blank_snapshot(40))
    store.record(run, history, StateChanged(RunState.FAILED, "Its folder is gone."))
    assert store.run(run.id).state is RunState.FAILED
    assert not run.folder.exists()
    store.delete(run.id)


# -- an index that another process keeps


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.01)


def keep(root):
    other = sqlite3.connect(root / "aedash.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_busy_index_is_a_sentence_for_people_and_can_be_read(impatient, store, root, recorded):
    run, _ = recorded
    with closing(keep(root)):
        for ask in (lambda: store.create(fakes.config()), lambda: store.update(run), lambda: store.delete(run.id)):
            with pytest.raises(atomic.Busy, match="Another process keeps the index of the runs busy"):
                ask()
        assert store.runs() == [run]
        with pytest.raises(Refused, match="Another process keeps the index"):
            Store(root)
    store.delete(run.id)


def test_what_a_busy_index_refused_can_be_recorded_later(impatient, store, root, recorded):
    run, history = recorded
    block, end = StepBlock(31, {"loss": 1.0}, 8, 0.1), EpochEnd(2, 31, "test", {"loss": 1.0}, FIGURES, False)
    for event in (block, end, StateChanged(RunState.STOPPED)):
        with closing(keep(root)), pytest.raises(atomic.Busy):
            store.record(run, history, event)
        run = store.record(run, history, event)
    again = store.history(run)
    assert (len(again.blocks), again.ends[-1], again.state.state) == (31, end, RunState.STOPPED)


# -- a damaged index


def garbage(path):
    path.write_bytes(b"garbage" * 10_000)


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def zeroed(path):
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : (page + 1) * 4096] = bytes(4096)
    path.write_bytes(content)


def another(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE runs (holiday TEXT)")
        db.commit()


def missing(path):
    path.unlink()


@pytest.mark.parametrize("damage", [garbage, cut, zeroed, another])
def test_a_damaged_index_is_set_aside_and_rebuilt_and_it_is_said(damage, store, root, recorded, caplog):
    run, history = recorded
    store.close()
    damage(root / "aedash.sqlite")
    notice, again, blocks = seen(root, run)
    [aside] = [path.name for path in root.glob("aedash.sqlite.damaged-*") if path.name[-1].isdigit()]
    assert (
        notice == "The index of the runs was damaged or removed; it was rebuilt from the run folders; "
        f"the damaged one is kept as {aside}."
    )
    assert notice in caplog.text
    assert (again, blocks) == (run, history.blocks)
    assert seen(root, run) == ("", run, history.blocks), "once is enough"


@pytest.mark.parametrize("damage", [garbage, cut, zeroed, another, missing])
def test_an_index_that_is_damaged_while_it_is_open_is_replaced(damage, store, root, recorded):
    run, history = recorded
    store._db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(root / "aedash.sqlite")
    store._db._reader.execute("PRAGMA shrink_memory")
    made = store.create(fakes.config(seed=9))
    assert {r.id for r in store.runs()} == {run.id, made.id}
    assert store.history(run).blocks == history.blocks
    assert {r.id for r in seen(root, run)[1:2]} == {run.id}


def test_a_run_under_way_is_whole_again_at_its_end_when_the_index_was_removed(store, root):
    run, history = store.create(fakes.config()), History()
    run = store.record(run, history, Started(0, 3, "cpu", 1, 1))
    for step in (1, 2, 3, 4):
        if step == 3:
            (root / "aedash.sqlite").unlink()
        run = store.record(run, history, StepBlock(step, {"loss": 1 / step}, 8, 0.1))
    run = store.record(run, history, StateChanged(RunState.STOPPED))
    assert "rebuilt" in store.notice
    notice, again, blocks = seen(root, run)
    assert (notice, again, blocks) == ("", run, history.blocks)


def test_text_that_is_no_text_in_the_index_hides_no_other_run(store, root, recorded):
    other = store.create(fakes.config())
    with closing(sqlite3.connect(root / "aedash.sqlite")) as db:
        db.execute("UPDATE runs SET manifest = CAST(x'fffe' AS TEXT) WHERE id = ?", (other.id,))
        db.execute("INSERT INTO runs VALUES ('../../etc', 7, 'finished', ?)", ("[" * 100_000,))
        db.execute("INSERT INTO runs VALUES (NULL, NULL, NULL, NULL)")
        db.commit()
    assert store.runs() == [recorded[0]]
    assert len(store.unreadable) == 3


def test_a_damaged_event_or_block_in_the_index_is_passed_over(store, root, recorded):
    run, history = recorded
    with closing(sqlite3.connect(root / "aedash.sqlite")) as db:
        for step, text in enumerate(["[" * 100_000, "null", '{"epoch": 1}', "{"], start=100):
            db.execute("INSERT INTO events VALUES (?, ?, 'EpochEnd', ?)", (run.id, step, text))
        db.execute("INSERT INTO events VALUES (?, 1, 'Exploded', '{}')", (run.id,))
        for name, value in (("loss", "low"), ("#images", None), ("#seconds", 9e999)):
            db.execute("INSERT INTO metrics VALUES (?, ?, 31, ?)", (run.id, name, value))
        db.commit()
    again = store.history(run)
    assert (again.ends, again.blocks) == (history.ends, history.blocks)


# -- long runs


def test_curves_are_bounded_in_memory_in_the_index_and_in_the_folder(store, root, monkeypatch):
    for name, value in {"KEPT_BLOCKS": 120, "OLDER_BLOCKS": 20, "RECENT_BLOCKS": 10, "CONDENSED_EVERY": 5}.items():
        monkeypatch.setattr(f"aedash.history.{name}", value)
    run, history = store.create(fakes.config()), History()
    run = store.record(run, history, Started(0, 500, "cpu", 1, 1))
    losses = [1 / step for step in range(1, 401)]
    for step, loss in enumerate(losses, start=1):
        run = store.record(run, history, StepBlock(step, {"loss": loss}, 8, 0.25))
        assert len(history.blocks) <= 125
    run = store.record(run, history, StateChanged(RunState.FINISHED))
    assert store.history(run).blocks == history.blocks == folders.read_blocks(run.folder)[1]
    assert [block.step for block in history.blocks[-10:]] == list(range(391, 401))
    for again in (history, store.history(run)):
        assert (again.images, again.seconds, again.rate()) == (3200, 100.0, 32.0)
        assert sum(b.losses["loss"] * b.images for b in again.blocks) / 3200 == pytest.approx(np.mean(losses))


def test_what_a_thinned_record_counts_stands_in_its_manifest(store, root, recorded):
    """Earlier versions dropped blocks when they packed a run; its sums are those of the whole run still."""
    run, history = recorded
    whole = (history.images, history.seconds)
    history.blocks = history.blocks[::10]
    folders.write_history(run.folder, history)
    store.close()
    (root / "aedash.sqlite").unlink()
    with closing(Store(root)) as again:
        read = again.history(run)
        assert len(read.blocks) == 3
        assert (read.images, read.seconds, read.rate()) == (*whole, pytest.approx(80))


def test_a_resume_voids_the_counts_behind_its_save_too(store, recorded):
    run, history = recorded
    history = store.history(run)
    run = store.record(run, history, Started(10, 30, "cpu", 1, 1))
    for again in (history, store.history(store.run(run.id))):
        assert (again.images, again.step) == (80, 10)
        assert again.seconds == pytest.approx(1.0)


def test_the_map_has_the_same_anchor_when_it_is_read_back(store):
    run, history = store.create(fakes.config()), History()
    run = store.record(run, history, Started(0, 30, "cpu", 1, 1))
    for step in range(0, 140, 2):
        run = store.record(run, history, fakes.blank_snapshot(step))
    assert store.history(run).anchor.step == history.anchor.step == 30


# -- rebuilding and listing


def test_a_rebuild_writes_no_run_folder(store, root, recorded):
    run, _ = recorded
    store.close()
    (root / "aedash.sqlite").unlink()
    before = {path: path.stat().st_mtime_ns for path in (run.folder, *run.folder.rglob("*"))}
    seen(root, run)
    assert {path: path.stat().st_mtime_ns for path in (run.folder, *run.folder.rglob("*"))} == before


def test_a_line_that_has_not_changed_is_parsed_once(store, root, recorded, monkeypatch):
    parsed = []
    real = folders.from_manifest
    monkeypatch.setattr(folders, "from_manifest", lambda *args: (parsed.append(1), real(*args))[1])
    assert store.runs() == [recorded[0]]
    parsed.clear()
    with closing(Store(root)) as other:
        assert other.runs() == other.runs() == [recorded[0]]
        assert other.run(recorded[0].id) == recorded[0]
        assert len(parsed) == 1
        store.update(replace(recorded[0], sentence="new"))
        assert other.runs()[0].sentence == "new"
        assert len(parsed) == 2


def test_many_threads_meet_one_damage(store, root, recorded):
    store._db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root / "aedash.sqlite").unlink()
    found = []
    threads = [
        Thread(target=lambda seed=seed: found.append(store.create(fakes.config(seed=seed)))) for seed in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert {run.id for run in store.runs()} == {recorded[0].id, *(run.id for run in found)}
