"""The store: what was recorded is read back, damage hides nothing, nobody is locked out or let in by mistake."""

import errno
import json
import multiprocessing
import os
import resource
import shutil
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from aedash import atomic
from aedash.events import Changed, EpochEnd, Figures, RunState, Snapshot, Started, StateChanged, StepBlock
from aedash.history import History
from aedash.registry import Refused
from aedash.store import Store
from aedash.store import folder as folders
from tests import fakes


@pytest.fixture
def reopened(root):
    """reopened(): the folder as another process would see it."""
    stores = []

    def again():
        stores.append(Store(root))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def told(few):
    """The events of a real run, as a worker tells them."""
    _, events = fakes.fitted(fakes.config(**fakes.VARIATIONAL, epochs=3, optimizer={"batch_size": 4}), few)
    figures = {"test": fakes.only(EpochEnd, events)[-1].figures}
    return [StateChanged(RunState.RUNNING), *events, *CHANGES, StateChanged(RunState.FINISHED, "", figures)]


# two of one step, and of one number
CHANGES = (
    Changed(16, "optimizer.learning_rate", 0.01),
    Changed(16, "objective.kl.weight", 0.0),
    Changed(30, "objective.kl.weight", 0.7),
)


@pytest.fixture
def recorded(store, told):
    """(run, history) of that run in the store."""
    config = fakes.config(**fakes.VARIATIONAL, epochs=3)
    run, history = store.create(config, "a preset", owner="a visitor"), History()
    for event in told:
        run = store.record(run, history, event)
    return run, history


def arrays(record):
    return {name: np.asarray(value).tolist() for name, value in vars(record).items()}


def same(one, other):
    """Whether two histories tell the same."""
    for name in ("started", "references", "blocks", "ends", "changes", "state"):
        assert getattr(one, name) == getattr(other, name), name
    assert [arrays(s) for s in one.snapshots] == [arrays(s) for s in other.snapshots]
    assert one.anchor.step == other.anchor.step
    assert arrays(one.probes) == arrays(other.probes)
    assert (one.step, one.epoch, one.images) == (other.step, other.epoch, other.images)
    assert one.seconds == pytest.approx(other.seconds)
    assert set(one.names()) == set(other.names())
    return True


def test_runs_are_listed_newest_first(store):
    ids = [store.create(fakes.config(seed=seed), f"preset {seed}").id for seed in range(3)]
    assert [run.id for run in store.runs()] == ids[::-1]
    assert [run.config.seed for run in store.runs()] == [2, 1, 0]
    assert all(run.folder.is_dir() for run in store.runs())


def test_a_run_is_read_back_as_it_was(recorded, store, reopened):
    run, _ = recorded
    assert store.run(run.id) == reopened().run(run.id) == run
    assert run.epochs_done == 3
    assert run.images == 3 * 53
    assert run.figures["test"].loss > 0
    assert run.changes == CHANGES
    assert run.owner == "a visitor"


def test_a_history_is_read_back_as_it_was(recorded, store, reopened):
    run, history = recorded
    assert same(store.history(run), history)
    assert same(reopened().history(run), history)


def test_the_index_is_rebuilt_from_the_folders(recorded, root, reopened):
    run, history = recorded
    for path in root.glob("aedash.sqlite*"):
        path.unlink()
    again = reopened()
    assert again.unreadable == {}
    assert again.runs() == [run]
    assert same(again.history(run), history)
    assert again.create(fakes.config()).order > run.order


def as_before(root, columns):
    """The index with a column for each field of a run, as earlier versions had it."""
    with sqlite3.connect(root / "aedash.sqlite") as db:
        old = [json.loads(text) for (text,) in db.execute("SELECT manifest FROM runs")]
        db.execute("DROP TABLE runs")
        db.execute(f"CREATE TABLE runs ({', '.join(TYPED.get(name, name) for name in columns)})")
        for raw in old:
            row = [json.dumps(raw[c]) if c in ("config", "figures", "changes") else raw[c] for c in columns]
            db.execute(f"INSERT INTO runs VALUES ({','.join('?' * len(columns))})", row)
    db.close()


TYPED = {"order": '"order" INTEGER', "seconds": "seconds REAL", "images": "images INTEGER"}
FIRST = ["id", "order", "preset", "state", "sentence", "config", "created", "epochs_done", "threads", "figures"]
FIRST += ["seconds", "images"]


@pytest.mark.parametrize("columns", [FIRST, [*FIRST, "changes"]], ids=["before changes", "with changes"])
def test_an_index_of_an_earlier_version_is_read_on(columns, recorded, store, root, reopened):
    """It had a column for each field, at first none for changes; the folder of the run is not needed for it."""
    run, history = recorded
    store.close()
    as_before(root, columns)
    again = reopened()
    assert again.notice == ""
    assert again.unreadable == {}
    changes = run.changes if "changes" in columns else ()
    assert again.runs() == [replace(run, changes=changes, owner="", device="", precision="", bytes=0)]
    again.update(run)
    again.mark(run.id, owner=run.owner)
    assert reopened().run(run.id) == run
    assert same(reopened().history(run), history)


def test_a_manifest_of_an_earlier_version_is_read(recorded):
    raw = folders.manifest(recorded[0])
    del raw["changes"], raw["owner"]
    assert folders.from_manifest(raw, recorded[0].folder) == replace(recorded[0], changes=(), owner="")


def test_a_run_whose_folder_someone_removed_can_be_deleted(recorded, store):
    shutil.rmtree(recorded[0].folder)
    store.delete(recorded[0].id)
    assert store.runs() == []


def test_a_run_under_training_is_not_deleted(recorded, store):
    run, _ = recorded
    with atomic.held(run.folder / "lock"), pytest.raises(atomic.Busy):
        store.delete(run.id)
    assert store.run(run.id) == run
    assert (run.folder / "run.json").exists()


DAMAGE = {
    "no manifest": None,
    "empty": "",
    "torn": '{"schema": 1, "id',
    "a list": "[]",
    "not text": b"\xff\xfe\x00",
    "of tomorrow": {"schema": 99},
    "unknown state": {"state": "dreaming"},
    "unknown model": {"config": {"architecture": {"name": "perceptron"}}},
    "out of bounds": {"config": {"epochs": 0}},
    "endless number": {"order": 10**30},
    "figures of another kind": {"figures": {"test": {"loss": "low"}}},
    "changes of another kind": {"changes": [{"step": "soon"}]},
    "a change of nothing that is there": {"changes": [{"step": 3, "path": "objective.mmd.weight", "value": 1.0}]},
    "no date": {"created": ""},
    "a date without a zone": {"created": "2026-11-26T04:00:00"},
    "a date of no calendar": {"created": "soon"},
    "the year 1": {"created": "0001-01-01T00:00:00+14:00"},
    "figures that are no numbers": '{"figures": {"test": {"loss": NaN, "mse": 1, "terms": {}}}}',
    "figures that are words": {"figures": {"test": {"loss": "nan", "mse": 1, "terms": {}}}},
    "figures without end": '{"figures": {"test": {"loss": 1, "mse": 1, "terms": {"a": 1e999}}}}',
    "an owner of 1,000 letters": {"owner": "a" * 1000},
    "nothing where a number was": {"seconds": None},
    "less than nothing": {"epochs_done": -1},
    "half a character": {"sentence": "\ud800"},
    "nested": b"[" * 100_000,
    "55 MB": b" " * 55_000_000,
}
HISTORIES = {
    "nested": b'{"events": ' + b"[" * 100_000,
    "null": b"null",
    "no epoch has steps": {"events": [["Started", {**asdict(Started(0, 1, "cpu", 1, 1)), "steps_per_epoch": 0}]]},
    "an event of nothing": {"events": [["Exploded", {}]]},
    "an event that is none": {"events": [3]},
    "a block of no images": {"blocks": [asdict(StepBlock(1, {"loss": 1.0}, 0, 0.1))]},
    "a block before the first": {"blocks": [asdict(StepBlock(-1, {"loss": 1.0}, 8, 0.1))]},
    "a block far away": {"blocks": [asdict(StepBlock(10**30, {"loss": 1.0}, 8, 0.1))]},
    "a loss that is no number": {"blocks": [asdict(StepBlock(1, {"loss": float("nan")}, 8, 0.1))]},
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_a_damaged_history_is_noted_with_a_sentence(kind, recorded, root, reopened):
    run, _ = recorded
    folder = root / "feedfeedfeed"
    folder.mkdir()
    shutil.copyfile(run.folder / "run.json", folder / "run.json")
    content = HISTORIES[kind]
    whole = content if isinstance(content, bytes) else json.dumps({"events": [], "blocks": [], **content}).encode()
    (folder / "history.json").write_bytes(whole)
    again = reopened()
    assert list(again.unreadable) == ["feedfeedfeed"]
    assert "\n" not in again.unreadable["feedfeedfeed"]
    assert "history" in again.unreadable["feedfeedfeed"] or "records" in again.unreadable["feedfeedfeed"]
    assert [r.id for r in again.runs()] == [run.id]


def test_a_folder_whose_name_is_no_text_is_noted_in_text(root, store, reopened):
    Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe")).mkdir()
    [name] = reopened().unreadable
    assert name.encode().decode() == name


def test_a_pipe_in_place_of_a_file_holds_nobody_up(root, store, reopened):
    (root / "feedfeedfeed").mkdir()
    os.mkfifo(root / "feedfeedfeed" / "run.json")
    assert list(reopened().unreadable) == ["feedfeedfeed"]


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_folder_is_noted_and_hides_nothing(kind, recorded, root, store, reopened):
    run, history = recorded
    folder = root / "feedfeedfeed"
    folder.mkdir()
    content = DAMAGE[kind]
    if isinstance(content, str) and content.startswith('{"figures"'):
        content = {"figures": json.loads(content)["figures"]}
    if isinstance(content, dict):
        content = json.dumps({**json.loads((run.folder / "run.json").read_text()), **content})
    if content is not None:
        (folder / "run.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    again = reopened()
    assert list(again.unreadable) == ["feedfeedfeed"]
    assert "\n" not in again.unreadable["feedfeedfeed"]
    assert again.runs() == [run]
    assert same(again.history(run), history)


def test_foreign_folders_and_files_are_left_alone(recorded, root, reopened):
    (root / "holiday pictures").mkdir()
    (root / "notes.txt").write_text("mine")
    again = reopened()
    assert list(again.unreadable) == ["holiday pictures"]
    assert [run.id for run in again.runs()] == [recorded[0].id]
    assert (root / "holiday pictures").exists()


def test_a_damaged_line_of_the_index_hides_no_other(recorded, root, store):
    other = store.create(fakes.config())
    with sqlite3.connect(root / "aedash.sqlite") as db:
        db.execute("UPDATE runs SET manifest = '{' WHERE id = ?", (other.id,))
    db.close()
    assert [run.id for run in store.runs()] == [recorded[0].id]
    assert list(store.unreadable) == [other.id]


def test_damaged_pictures_are_passed_over(recorded, store):
    run, history = recorded
    torn, changed = folders.snapshot_files(run.folder)[1:3]
    torn.write_bytes(torn.read_bytes()[:100])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 255
    changed.write_bytes(content)
    (run.folder / "probes.npz").write_bytes(b"")
    again = store.history(run)
    assert len(again.snapshots) == len(history.snapshots) - 2
    assert again.probes is None
    assert again.blocks == history.blocks


WRONG = {
    "scores": np.zeros((2, 3, 4), np.float16),
    "components": np.zeros((1, 1), np.float16),
    "centre": np.zeros(3, np.float16),
    "reconstructions": np.zeros((10, 8, 8), np.float32),
    "samples": np.zeros(4, np.uint8),
    "mse": np.full(10, np.nan),
    "exhibit": np.array(["no picture"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_pictures_of_another_kind_are_passed_over(name, recorded, store):
    run, history = recorded
    path = folders.snapshot_files(run.folder)[1]
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, name: WRONG[name]})
    kept = [snapshot.step for snapshot in history.snapshots if snapshot.step != int(path.stem)]
    assert [snapshot.step for snapshot in store.history(run).snapshots] == kept


def test_pictures_that_unpack_to_more_than_memory_are_passed_over(recorded, store, monkeypatch):
    run, history = recorded
    np.savez_compressed(run.folder / "snapshots" / "9.npz", scores=np.zeros((1000, 1000), np.uint8))
    size = (run.folder / "snapshots" / "9.npz").stat().st_size
    monkeypatch.setattr(folders, "ARRAY_BYTES", max(900_000, size))
    assert len(store.history(run).snapshots) == len(history.snapshots)


def test_probes_that_do_not_fit_together_are_passed_over(recorded, store):
    run, history = recorded
    folders.save_arrays(run.folder / "probes.npz", replace(history.probes, shown=history.probes.shown + 10_000))
    assert store.history(run).probes is None


TRICKS = ["..", "../x", "/etc", "0123456789AB", "0123456789a", "0123456789abc", "0123456789ab/..", "%2e%2e", "", "a\0b"]


@pytest.mark.parametrize("trick", [*TRICKS, "0123456789ab\n", "０123456789ab", "x" * 4000])
def test_only_ids_name_a_run(trick, store, root):
    store.create(fakes.config())
    for ask in (store.run, store.delete):
        with pytest.raises(Refused) as refused:
            ask(trick)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 100
    assert len(store.runs()) == 1


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(Refused, match="runs folder cannot be written"):
        Store(tmp_path / "runs")


# -- a resumed run


def test_starting_again_voids_what_came_after_the_save(recorded, store, told):
    run, _ = recorded
    again = store.history(run)
    started = next(event for event in told if isinstance(event, Started))
    run = store.record(run, again, replace(started, step=16))
    assert max(block.step for block in again.blocks) <= 16
    assert [end.epoch for end in again.ends] == [1]
    assert all(int(path.stem) <= 16 for path in folders.snapshot_files(run.folder))
    later = store.history(run)
    assert (later.blocks, later.ends) == (again.blocks, again.ends)
    assert later.changes == CHANGES, "changes are not void: each is made again at its step"
    assert [s.step for s in later.snapshots] == [s.step for s in again.snapshots]


def test_the_folder_keeps_the_snapshots_that_the_history_keeps(store, told):
    run, history = store.create(fakes.config()), History()
    first = next(event for event in told if isinstance(event, Snapshot))
    for step in range(130):
        run = store.record(run, history, replace(first, step=step))
    kept = [snapshot.step for snapshot in history.snapshots]
    assert [int(path.stem) for path in folders.snapshot_files(run.folder)] == kept
    assert len(kept) <= 60


# -- atomic writes


class FullDisk:
    """An open file on which one of the calls fails."""

    def __init__(self, file, call):
        self.file, self.call = file, call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        if name == self.call:
            raise OSError(errno.ENOSPC, "No space left on device")
        return getattr(self.file, name)


def fail(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["open", "writelines", "flush", "fsync", "replace"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(call, before, tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    if before:
        target.write_bytes(before)
    real = Path.open
    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif call in ("open", "replace"):
        monkeypatch.setattr(Path, call, fail)
    else:
        monkeypatch.setattr(Path, "open", lambda path, *mode: FullDisk(real(path, *mode), call))
    with pytest.raises(OSError, match="No space left"):
        atomic.write_atomically(target, b"new" * 1000)
    monkeypatch.undo()
    assert (target.read_bytes() if target.exists() else None) == before
    assert [path.name for path in tmp_path.iterdir()] == (["run.json"] if before else [])


def test_a_device_that_is_really_full_is_no_different(tmp_path):
    (tmp_path / "last").write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            atomic.write_atomically(tmp_path / "last", b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "last").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


def test_a_write_goes_through_no_link_that_somebody_put_there(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.secrets, "token_hex", lambda _: "guessed")
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "last.guessed.tmp").symlink_to(tmp_path / "mine")
    with pytest.raises(FileExistsError):
        atomic.write_atomically(tmp_path / "last", b"new")
    assert (tmp_path / "mine").read_bytes() == b"mine"
    monkeypatch.undo()
    atomic.write_atomically(tmp_path / "last", b"new")
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert (tmp_path / "last").read_bytes() == b"new"


def test_what_killed_writers_left_is_swept_and_a_living_one_is_not_disturbed(tmp_path):
    left, living = (tmp_path / f"last.{name}.tmp" for name in ("left", "living"))
    left.write_bytes(b"torn")
    os.utime(left, (0, 0))
    with atomic.staged(tmp_path / "last", b"one"):
        living.write_bytes(b"half")
        atomic.write_atomically(tmp_path / "last", b"two")
    assert (tmp_path / "last").read_bytes() == b"one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last", "last.living.tmp"]


def test_a_write_replaces_the_file(tmp_path):
    (tmp_path / "last").write_bytes(b"old")
    atomic.write_atomically(tmp_path / "last", b"new")
    assert (tmp_path / "last").read_bytes() == b"new"


# -- many at once

BLOCKS = 40


def append(root, seed):
    """A run of its own, recorded as a worker would."""
    store = Store(root)
    run, history = store.create(fakes.config(seed=seed)), History()
    run = store.record(run, history, Started(0, BLOCKS, "cpu", 1, 1))
    for step in range(1, BLOCKS + 1):
        run = store.record(run, history, StepBlock(step, {"loss": step / 8, "reconstruction": float(seed)}, 8, 0.5))
    run = store.record(run, history, EpochEnd(1, BLOCKS, "test", {"loss": 1.0}, Figures(1.0, 1.0, {}), True))
    store.record(run, history, StateChanged(RunState.FINISHED))
    store.close()


def complete(store):
    assert store.unreadable == {}
    runs = store.runs()
    assert sorted(run.config.seed for run in runs) == list(range(8))
    assert sorted(run.order for run in runs) == list(range(1, 9))
    for run in runs:
        blocks = store.history(run).blocks
        assert [(block.step, block.losses["loss"]) for block in blocks] == [(s, s / 8) for s in range(1, BLOCKS + 1)]
        assert {block.losses["reconstruction"] for block in blocks} == {float(run.config.seed)}
        assert (run.state, run.epochs_done, run.images) == (RunState.FINISHED, 1, 8 * BLOCKS)
    return True


def test_eight_processes_append_to_a_new_folder(root, reopened):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=append, args=(root, seed)) for seed in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 8
    assert complete(reopened())


def test_eight_threads_append_through_one_store(store, root, monkeypatch):
    monkeypatch.setattr(store, "close", lambda: None)
    monkeypatch.setitem(append.__globals__, "Store", lambda root: store)
    threads = [Thread(target=append, args=(root, seed)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    monkeypatch.undo()
    assert complete(store)


# -- locks


def hold(path, told):
    with atomic.held(path):
        told.send("held")
        told.recv()


@pytest.fixture
def elsewhere():
    """elsewhere(path): another process holds the lock; gives the process."""
    context = multiprocessing.get_context("fork")
    started = []

    def take(path):
        here, there = context.Pipe()
        process = context.Process(target=hold, args=(path, there))
        process.start()
        started.append(process)
        assert here.poll(60)
        return process

    yield take
    for process in started:
        process.kill()
        process.join(60)


@pytest.fixture(params=["shared probes", "exclusive probes"])
def probes(request, monkeypatch):
    """How a lock is probed where the kernel has shared locks, and on Windows."""
    if request.param == "exclusive probes":
        monkeypatch.setattr(atomic, "fcntl", None)


def test_a_second_holder_is_busy(tmp_path, elsewhere, probes):
    holder = elsewhere(tmp_path / "lock")
    assert atomic.is_held(tmp_path / "lock")
    with pytest.raises(atomic.Busy, match="another process"), atomic.held(tmp_path / "lock", tries=2):
        pass
    holder.kill()
    holder.join(60)
    assert not atomic.is_held(tmp_path / "lock")
    with atomic.held(tmp_path / "lock"):
        assert atomic.is_held(tmp_path / "lock")
    assert not atomic.is_held(tmp_path / "lock")


def test_two_that_only_look_are_no_holders_to_each_other(tmp_path):
    (tmp_path / "lock").touch()
    found = []

    def look():
        found.extend(atomic.is_held(tmp_path / "lock") for _ in range(500))

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 2000
    assert not any(found)


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED])
def test_interrupted_is_what_claims_to_live_and_has_no_holder(state, store, elsewhere, reopened):
    run = store.create(fakes.config())
    store.record(run, History(), StateChanged(state))
    holder = elsewhere(run.folder / "lock")
    assert store.run(run.id).state is reopened().run(run.id).state is state
    holder.kill()
    holder.join(60)
    for seen in (store.run(run.id), reopened().run(run.id), *store.runs()):
        assert seen.state is RunState.INTERRUPTED
        assert seen.sentence == "The process that trained it ended."


def test_a_queued_run_waits_as_long_as_someone_schedules(store, root, elsewhere):
    run = store.create(fakes.config())
    holder = elsewhere(root / "scheduler.lock")
    assert store.run(run.id).state is RunState.QUEUED
    holder.kill()
    holder.join(60)
    assert store.run(run.id).state is RunState.INTERRUPTED


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED])
def test_what_is_over_needs_no_holder(state, store):
    run = store.create(fakes.config())
    store.record(run, History(), StateChanged(state, "why"))
    assert (store.run(run.id).state, store.run(run.id).sentence) == (state, "why")


def test_what_is_marked_stays_whoever_writes_the_line(recorded, store, reopened):
    old, history = recorded
    marked = store.mark(old.id, joined=("ben",), tags=("good",), pinned=True)
    assert (marked.joined, marked.tags, marked.pinned, marked.owner) == (("ben",), ("good",), True, "a visitor")
    ended = store.record(old, history, StateChanged(RunState.STOPPED, "Stopped."))  # by who knows nothing of it
    assert ended.state is RunState.STOPPED
    written = folders.from_manifest(folders.read_manifest(old.folder), old.folder)
    for run in (store.run(old.id), reopened().run(old.id), written):
        assert (run.joined, run.tags, run.pinned) == (("ben",), ("good",), True)
        assert (run.state, run.sentence) == (RunState.STOPPED, "Stopped.")
    reopened().mark(old.id, joined=(), owner="ben")  # by another process
    store.judge(old, history.ends[-1])
    assert (store.run(old.id).joined, store.run(old.id).owner) == ((), "ben")


def test_only_marks_are_marked_and_of_runs_that_are_there(recorded, store):
    with pytest.raises(TypeError, match="no marks: state"):
        store.mark(recorded[0].id, state=RunState.FAILED)
    with pytest.raises(Refused, match="There is no run"):
        store.mark("0" * 12, pinned=True)


class Leaving(dict):
    """Parsed lines of which each is dropped as soon as it was looked for: another thread has listed the runs."""

    def __contains__(self, key):
        return self.pop(key, None) is not None


def test_a_line_that_another_thread_drops_as_it_is_looked_for_is_parsed_again(store):
    run = store.create(fakes.config())
    listed = store.runs()
    store._parsed = Leaving(store._parsed)
    assert [store.run(run.id)] == listed
