"""The store: a SQLite index of runs, metrics and events, and a folder for each run. The index can be rebuilt from them.

<runs>/aedash.sqlite           tables `runs`, `metrics`, `events`; WAL, many processes may append
<runs>/<id>/run.json           manifest: schema, config, what was changed in it on the way, state, threads, figures
<runs>/<id>/history.json       curves and epochs, written at the end of the run and when it pauses
<runs>/<id>/last.safetensors   all that resuming needs; best.safetensors: the best weights
<runs>/<id>/probes.npz         the fixed test images; snapshots/<step>.npz: what they looked like
<runs>/<id>/lock               held (flock) by the process that trains
"""

import json
import re
import secrets
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from pydantic import TypeAdapter

from aedash.config import RunConfig
from aedash.events import (
    Changed,
    EpochEnd,
    Event,
    Figures,
    Probes,
    References,
    RunState,
    Snapshot,
    Started,
    StateChanged,
    StepBlock,
)
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.store import files, sweeps

RUN_ID = re.compile(r"[0-9a-f]{12}")
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, "order" INTEGER, preset TEXT, state TEXT, sentence TEXT, config TEXT, created TEXT,
    epochs_done INTEGER, threads INTEGER, figures TEXT, seconds REAL, images INTEGER, changes TEXT DEFAULT '[]');
CREATE TABLE IF NOT EXISTS metrics (
    run TEXT, name TEXT, step INTEGER, value REAL, PRIMARY KEY (run, name, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    run TEXT, step INTEGER, kind TEXT, json TEXT, PRIMARY KEY (run, kind, step)) WITHOUT ROWID;
"""
_figures = TypeAdapter(dict[str, Figures])
_changes = TypeAdapter(tuple[Changed, ...])


class Store:
    """One runs folder. Safe to use from several threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = RLock()
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(root / "aedash.sqlite", timeout=5, check_same_thread=False, isolation_level=None)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_TABLES}")
            self._add_what_is_new()
        except (OSError, sqlite3.Error) as error:
            raise Refused(
                f"The runs folder cannot be written ({error}).", "AEDASH_RUNS_DIR", "a writable folder"
            ) from None
        self.unreadable: dict[str, str] = {}
        self.rebuild()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # -- runs

    def create(self, config: RunConfig, preset: str = "", changes: tuple[Changed, ...] = (), threads: int = 0) -> Run:
        """A new queued run with its folder and manifest. changes, threads: those of a run that it shall repeat."""
        with self._transaction():
            order = self._db.execute('SELECT COALESCE(MAX("order"), 0) + 1 FROM runs').fetchone()[0]
            identifier = secrets.token_hex(6)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            run = Run(identifier, order, config, RunState.QUEUED, self.root / identifier, now, preset)
            run = replace(run, changes=changes, threads=threads)
            (run.folder / "snapshots").mkdir(parents=True)
            self._put(run)
        return run

    def branch(self, run: Run, new: Run, step: int) -> None:
        """Give a new run all that was recorded of another one up to a step, as if it had been its own."""
        with self._transaction():
            for table, columns in (("metrics", "name, step, value"), ("events", "step, kind, json")):
                chosen = f"SELECT ?, {columns} FROM {table} WHERE run = ? AND step <= ?"
                self._db.execute(f"INSERT INTO {table} (run, {columns}) {chosen}", (new.id, run.id, step))
        snapshots = [path for path in files.snapshot_files(run.folder) if int(path.stem) <= step]
        for path in [*snapshots, *run.folder.glob("probes.npz")]:
            shutil.copyfile(path, new.folder / path.relative_to(run.folder))

    def runs(self, trusted: Collection[str] = ()) -> list[Run]:
        """All runs, newest first; one that claims to be alive without a living process is interrupted.

        trusted: ids whose recorded state holds, because the caller itself has not yet recorded their end.
        """
        with self._lock:
            rows = self._db.execute('SELECT * FROM runs ORDER BY "order" DESC').fetchall()
        return [self._alive(run, trusted) for row in rows if (run := self._run(row))]

    def run(self, identifier: str, trusted: Collection[str] = ()) -> Run:
        """Raises Refused for anything but the id of a run."""
        row = None
        if RUN_ID.fullmatch(identifier):
            with self._lock:
                row = self._db.execute("SELECT * FROM runs WHERE id = ?", (identifier,)).fetchone()
        run = self._run(row) if row else None
        if run is None:
            raise Refused(f"There is no run '{identifier[:40]}'.", "run", "12 hexadecimal digits, as `runs` lists them")
        return self._alive(run, trusted)

    def delete(self, identifier: str) -> None:
        """Remove a run that is not being trained, folder and all."""
        run = self.run(identifier)
        trash = self.root / f".trash-{run.id}"
        if run.folder.exists():
            with files.held(run.folder / "lock"):
                run.folder.rename(trash)
        with self._transaction():
            self._db.execute("DELETE FROM runs WHERE id = ?", (run.id,))
            for table in ("metrics", "events"):
                self._db.execute(f"DELETE FROM {table} WHERE run = ?", (run.id,))
        shutil.rmtree(trash, ignore_errors=True)

    def update(self, run: Run) -> None:
        """Write a run's line and its manifest."""
        with self._transaction():
            self._put(run)

    def _alive(self, run: Run, trusted: Collection[str]) -> Run:
        lock = self.root / "scheduler.lock" if run.state is RunState.QUEUED else run.folder / "lock"
        if not run.state.alive or run.id in trusted or files.is_held(lock) or files.is_held(run.folder / "lock"):
            return run
        return replace(run, state=RunState.INTERRUPTED, sentence="The process that trained it ended.")

    # -- what happens in a run

    def record(self, run: Run, history: History, event: Event) -> Run:
        """Append one event to the history, the index and the folder; returns the run's new line."""
        if isinstance(event, StateChanged):  # written first: who sees the history rest finds a run that rests
            run = self._end_or_pause(run, history, event)
        history.append(event)
        match event:
            case Started():
                run = self._begin(run, event)
            case StepBlock():
                self._add_metrics(run.id, event)
            case EpochEnd():
                run = replace(run, epochs_done=event.epoch, seconds=history.seconds, images=history.images)
                self._add_event(run, event, event.step)
            case References():
                self._add_event(run, event, 0)
            case Probes():
                files.save_arrays(run.folder / "probes.npz", event)
            case Snapshot():
                self._add_snapshot(run, history, event)
            case Changed():
                run = replace(run, changes=history.changes)
                self.update(run)
        return run

    def _begin(self, run: Run, event: Started) -> Run:
        with self._transaction():
            for table in ("metrics", "events"):
                self._db.execute(f"DELETE FROM {table} WHERE run = ? AND step > ?", (run.id, event.step))
        for path in files.snapshot_files(run.folder):
            if int(path.stem) > event.step:
                path.unlink()
        run = replace(run, threads=event.threads)
        self._add_event(run, event, 0)
        return run

    def _add_metrics(self, identifier: str, block: StepBlock) -> None:
        values = {**block.losses, "#seconds": block.seconds, "#images": block.images}
        rows = [(identifier, name, block.step, value) for name, value in values.items()]
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?)", rows)

    def _add_event(self, run: Run, event: Started | EpochEnd | References, step: int) -> None:
        row: tuple[Any, ...] = (run.id, step, type(event).__name__, json.dumps(asdict(event)))
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)
            self._put(run)

    def _add_snapshot(self, run: Run, history: History, snapshot: Snapshot) -> None:
        files.save_arrays(run.folder / "snapshots" / f"{snapshot.step}.npz", snapshot)
        kept = {s.step for s in history.snapshots}
        for path in files.snapshot_files(run.folder):
            if int(path.stem) not in kept:
                path.unlink()

    def _end_or_pause(self, run: Run, history: History, event: StateChanged) -> Run:
        run = replace(run, state=event.state, sentence=event.sentence, seconds=history.seconds, images=history.images)
        if event.figures:
            run = replace(run, figures=event.figures)
        if event.state is not RunState.RUNNING:
            files.write_history(run.folder, history)
        self.update(run)
        return run

    # -- reading a history back

    def history(self, run: Run) -> History:
        """Everything recorded of a run, from the index and the folder."""
        with self._lock:
            rows = self._db.execute(
                "SELECT step, kind, json FROM events WHERE run = ? ORDER BY step", (run.id,)
            ).fetchall()
            metrics = self._db.execute(
                "SELECT step, name, value FROM metrics WHERE run = ? ORDER BY step", (run.id,)
            ).fetchall()
        # at step 0 of its own history: what stands in the store is already trimmed
        events = [files.recorded(kind, json.loads(text)) for _, kind, text in rows]
        events = [replace(event, step=0) if isinstance(event, Started) else event for event in events]
        events.sort(key=lambda event: not isinstance(event, Started))
        state = StateChanged(run.state, run.sentence, run.figures)
        return files.restored(events, _blocks(metrics), run.folder, state, run.changes)

    def rebuild(self) -> None:
        """Take up run folders that the index does not know; note those that cannot be read, hide nothing else."""
        with self._lock:
            known = {row[0] for row in self._db.execute("SELECT id FROM runs")}
        for folder in sorted(self.root.iterdir()):
            if folder.name.startswith(".trash-"):
                shutil.rmtree(folder, ignore_errors=True)
            elif folder.is_dir() and folder.name not in known and folder.name != sweeps.FOLDER:
                self._take_up(folder)

    def _take_up(self, folder: Path) -> None:
        try:
            if not RUN_ID.fullmatch(folder.name):
                raise ValueError("its name is not a run id")
            with self._transaction():
                if self._db.execute("SELECT 1 FROM runs WHERE id = ?", (folder.name,)).fetchone():
                    return  # another process made it just now
                run = files.from_manifest(json.loads((folder / "run.json").read_text()), folder)
                self._put(run, manifest=False)
                self._import(run)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            self.unreadable[folder.name] = _why(error)

    def _import(self, run: Run) -> None:
        events, blocks = files.read_blocks(run.folder)
        for event in events:
            self._add_event(run, event, event.step if isinstance(event, EpochEnd) else 0)
        for block in blocks:
            self._add_metrics(run.id, block)

    # -- SQLite

    def _add_what_is_new(self) -> None:
        """Give an index of an earlier version the column that it lacks."""
        with self._transaction():
            if "changes" not in [column[1] for column in self._db.execute("PRAGMA table_info(runs)")]:
                self._db.execute("ALTER TABLE runs ADD COLUMN changes TEXT DEFAULT '[]'")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _put(self, run: Run, manifest: bool = True) -> None:
        figures = {name: asdict(value) for name, value in run.figures.items()}
        row: tuple[Any, ...] = (
            run.id,
            run.order,
            run.preset,
            run.state,
            run.sentence,
            run.config.model_dump_json(),
            run.created,
        )
        changes = json.dumps([asdict(change) for change in run.changes])
        row += (run.epochs_done, run.threads, json.dumps(figures), run.seconds, run.images, changes)
        self._db.execute(f"INSERT OR REPLACE INTO runs VALUES ({','.join('?' * 13)})", row)
        if manifest and run.folder.exists():
            files.write_json(run.folder / "run.json", files.manifest(run))

    def _run(self, row: tuple[Any, ...]) -> Run | None:
        try:
            return Run(
                id=row[0],
                order=row[1],
                preset=row[2],
                state=RunState(row[3]),
                sentence=row[4],
                config=RunConfig.model_validate_json(row[5]),
                folder=self.root / row[0],
                created=row[6],
                epochs_done=row[7],
                threads=row[8],
                figures=_figures.validate_python(json.loads(row[9])),
                seconds=row[10],
                images=row[11],
                changes=_changes.validate_python(json.loads(row[12])),
            )
        except ValueError as error:
            self.unreadable[row[0]] = _why(error)
            return None


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _blocks(rows: list[tuple[int, str, float]]) -> list[StepBlock]:
    """Rows (step, name, value) ordered by step, as blocks again."""
    steps: dict[int, dict[str, float]] = {}
    for step, name, value in rows:
        steps.setdefault(step, {})[name] = value
    return [
        StepBlock(step, _in_order(values), int(values.pop("#images")), values.pop("#seconds"))
        for step, values in steps.items()
        if "#images" in values
    ]


def _in_order(values: dict[str, float]) -> dict[str, float]:
    """ "loss" first, then the terms, without the bookkeeping."""
    terms = sorted(
        (name for name in values if not name.startswith("#")),
        key=lambda name: (name != "loss", name != "reconstruction"),
    )
    return {name: values[name] for name in terms}
