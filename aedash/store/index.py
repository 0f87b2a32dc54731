"""The store: a SQLite index of runs, metrics and events, and a folder for each run. The index can be rebuilt from them.

<runs>/aedash.sqlite             tables `runs`, `metrics`, `events`, `lines`; WAL, many processes may append
<runs>/sweeps/<id>.json          a sweep and the ids of its runs
<runs>/scheduler.lock            held by the process that starts what waits; index.lock: for a moment
<runs>/<id>/run.json             manifest: schema, config, what was changed on the way, state, threads, device, figures
<runs>/<id>/history.json         curves and epochs, written at the end of the run and when it pauses
<runs>/<id>/last.safetensors     all that resuming needs; epoch-N, best-state: the same, to fork from
<runs>/<id>/best.safetensors     the best weights
<runs>/<id>/probes.npz           the fixed test images; snapshots/<step>.npz: what they looked like
<runs>/<id>/lock                 held by the process that trains
<runs>/.trash/                   what was deleted a moment ago, see `store.trash`
"""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from threading import RLock
from types import MappingProxyType
from typing import Any, TypeVar

from aedash import atomic
from aedash.atomic import parse_json
from aedash.changes import noted
from aedash.config import RunConfig
from aedash.data.own import sets
from aedash.events import (
    Changed,
    EpochEnd,
    Event,
    Probes,
    References,
    RunState,
    Snapshot,
    Started,
    StateChanged,
    StepBlock,
)
from aedash.history import History, Run, bounded
from aedash.registry import Refused
from aedash.store import entries, listing, sweeps
from aedash.store import folder as folders
from aedash.store.database import Damaged, Database, sentences
from aedash.store.folder import RUN_ID, Recorded, Unreadable
from aedash.store.making import Making
from aedash.store.sizes import size_of
from aedash.store.trash import FOLDER, Trash

OTHERS = (sweeps.FOLDER, sets.FOLDER)  # folders that are no runs
FINITE = 1.7976931348623157e308
MEASURED_EVERY = 10  # epochs, while a run trains: its numbered states are kept as often
MARKS = ("owner", "joined", "name", "note", "tags", "group", "pinned")  # not written by who trains the run
log = logging.getLogger("aedash")
T = TypeVar("T")


class Store:
    """One runs folder. Safe to use from several threads and processes. All that goes wrong in it is Refused.

    unreadable: {folder: why it was left alone}, for a page to tell. notice: what was wrong with the index, in a
    sentence; mostly empty. A damaged index is begun anew from the folders, in the midst of whatever was asked.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unreadable: dict[str, str] = {}
        self.notice = ""
        self.trash, self.making = Trash(self), Making(self)
        self._highest = 0  # order of all that were made or deleted: one that is brought back has its own
        self._parsed: dict[str, tuple[str, Run | None]] = {}
        self._mending, self._lines, self._ordering = RLock(), RLock(), RLock()
        with sentences():
            root.mkdir(parents=True, exist_ok=True)
        self._db = Database(root / "aedash.sqlite")
        if self._db.set_aside:
            self._tell(self._db.set_aside)
        self.listing = listing.Listing(self._rows, self.write, root)
        try:
            self._mended(self.rebuild)
            self.trash.settle()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the index; nothing may be asked afterwards."""
        self._db.close()

    # -- runs

    def create(
        self,
        config: RunConfig,
        preset: str = "",
        changes: tuple[Changed, ...] = (),
        threads: int = 0,
        owner: str = "",
    ) -> Run:
        """A new queued run with its folder and manifest: both, or neither. Raises Refused where there is no room.

        changes, threads: those of a run that it shall repeat. owner: who asked for it.
        """
        [run] = self.making.publish([self.making.begin(config, preset, changes, threads, owner)])
        return run

    def next_order(self, db: Connection | None = None) -> int:
        """The place in the list of a run that is made now: behind all that this process knows of. Raises Refused.

        db: asked where one is in a transaction, and then it is behind those of other processes for sure.
        """
        [[last]] = db.execute(entries.HIGHEST).fetchall() if db else self._rows(entries.HIGHEST)
        with self._ordering:
            self._highest = max(last, self._highest) + 1
            return self._highest

    def runs(self, trusted: Collection[str] = ()) -> list[Run]:
        """All runs, newest first; one that claims to be alive without a living process is interrupted.

        trusted: ids whose recorded state holds, because the caller itself has not yet recorded their end. Lines that
        cannot be read are left out and stand in `unreadable`.
        """
        rows = self._rows('SELECT id, manifest FROM runs ORDER BY "order" DESC')
        runs = [self._run(*row) for row in rows]
        listed = {row[0] for row in rows}
        for gone in [each for each in list(self._parsed) if each not in listed]:  # others add to it meanwhile
            self._parsed.pop(gone, None)
        probe = cache(atomic.is_held)  # the queue's lock is one for all that wait
        return [self._alive(run, trusted, probe) for run in runs if run]

    def under_way(self) -> list[Run]:
        """Those that claim to wait, to run or to rest, newest first, as they are recorded."""
        alive = [state.value for state in RunState if state.alive]
        sql = f'SELECT id, manifest FROM runs WHERE state IN ({", ".join("?" * len(alive))}) ORDER BY "order" DESC'
        return [run for row in self._rows(sql, *alive) if (run := self._run(*row))]

    def bytes_by_owner(self) -> dict[str, int]:
        """{owner, or empty: bytes} of all runs, as they were last measured."""
        return self.listing.bytes_by_owner()

    def measure(self, runs: Iterable[Run]) -> None:
        """Measure what these take and note it in the index; those that train are left alone. Raises Refused."""
        sizes = {run.id: size_of(run.folder) for run in runs}

        def work(db: Connection) -> None:
            for identifier, bytes in sizes.items():
                if (run := self._line(db, identifier)) and not run.state.alive:
                    entries.put(db, replace(run, bytes=bytes))

        self.write(work)

    def some(self, identifiers: Collection[str], trusted: Collection[str] = ()) -> list[Run]:
        """Those runs in that order, judged as in `runs`; no others are read, and what is gone is left out."""
        sql = "SELECT id, manifest FROM runs WHERE id IN (SELECT value FROM json_each(?))"
        rows = self._rows(sql, json.dumps(list(identifiers)))
        found = {run.id: self._alive(run, trusted) for row in rows if (run := self._run(*row))}
        return [found[each] for each in identifiers if each in found]

    def run(self, identifier: str, trusted: Collection[str] = ()) -> Run:
        """The run of that id, its state judged as in `runs`. Raises Refused for anything but the id of a run."""
        for run in self.some([identifier] if RUN_ID.fullmatch(identifier) else [], trusted):
            return run
        raise Refused(f"There is no run '{identifier[:40]}'.", "run", "12 hexadecimal digits, as `runs` lists them")

    def delete(self, identifier: str, together: str = "") -> None:
        """Move a run that is not being trained to the trash. together: a word for all that are deleted at one go.

        Raises Refused for an unknown id, Busy while some process trains it.
        """
        run = self.run(identifier)
        self._highest = max(self._highest, run.order)
        self.trash.throw(run, together)

    def forget(self, identifier: str, curves: bool = True) -> None:
        """Take a run off the index. curves: and all that was recorded of it, too. Raises Refused."""

        def work(db: Connection) -> None:
            db.execute("DELETE FROM runs WHERE id = ?", (identifier,))
            if curves:
                entries.trim(db, identifier, -1)

        self.write(work)

    def update(self, *runs: Run, ends: Mapping[str, EpochEnd] = MappingProxyType({})) -> None:
        """Write lines and manifests of runs: of all, or of none. A folder that was removed does not come back.

        ends: {id: what is said of its last epoch from now on}. What is marked, see `mark`, stays as it is. Raises
        Refused where the disk or the index does not take it.
        """
        self._put_lines(lambda db: [(self._marked(db, run), ends.get(run.id)) for run in runs])

    def mark(self, identifier: str, **what: Any) -> Run:
        """Write fields of `MARKS` to a run, also while it trains: whoever writes the rest of its line leaves them so.

        And its bytes, where nobody trains it. Returns the run with them. Raises Refused for an unknown id, and where
        the disk or the index does not take it.
        """
        if unknown := what.keys() - {*MARKS, "bytes"}:
            raise TypeError(f"no marks: {', '.join(sorted(unknown))}")

        def line(db: Connection) -> Run:
            if run := self._line(db, identifier):
                return replace(run, **what)
            raise Refused(f"There is no run '{identifier[:40]}'.", "run")

        return self._put_line(line)

    def judge(self, run: Run, end: EpochEnd) -> None:
        """Write what is said of an epoch in the place of what was said before, and the run's line. Raises Refused."""
        self._add_event(run, end)

    def _put_line(self, line: Callable[[Connection], Run], event: Recorded | None = None) -> Run:
        """A run's line and its manifest, and an event of it: all or nothing."""
        [run] = self._put_lines(lambda db: [(line(db), event)])
        return run

    def _put_lines(self, lines: Callable[[Connection], list[tuple[Run, Recorded | None]]]) -> list[Run]:
        """Lines of runs, their manifests, and an event of each: all or nothing. lines: made under the index's lock, so
        that of two who write, in whatever processes, the second knows what the first has written.
        """
        with self._lines, sentences(), ExitStack() as manifests:
            ready: dict[str, Callable[[], object]] = {}

            def work(db: Connection) -> list[Run]:
                told = lines(db)
                for run, event in told:
                    entries.put_event(db, run, event)
                    if run.folder.exists():  # it lies ready, and is put in place once the index has the line
                        content = json.dumps(folders.manifest(run), indent=1).encode()
                        ready[run.id] = manifests.enter_context(atomic.prepared(run.folder / "run.json", content))
                return [run for run, _ in told]

            def put(db: Connection) -> None:
                for run in runs:
                    if run.id in ready and entries.line_of(db, run.id) == json.dumps(folders.manifest(run)):
                        try:
                            ready[run.id]()  # else another's, newer one, is there
                        except FileNotFoundError:  # a run that begins took it away; it writes one, with this line
                            if not run.folder.exists():
                                raise

            runs = self.write(work)
            self.write(put)
            return runs

    def _marked(self, db: Connection, run: Run) -> Run:
        """The run with the marks that it has by now: whoever trains it may know older ones."""
        now = self._line(db, run.id)
        return replace(run, **{name: getattr(now, name) for name in MARKS}) if now else run

    def _line(self, db: Connection, identifier: str) -> Run | None:
        text = entries.line_of(db, identifier)
        return self._run(identifier, text) if text is not None else None

    def _alive(self, run: Run, trusted: Collection[str], held: Callable[[Path], bool] = atomic.is_held) -> Run:
        lock = self.root / "scheduler.lock" if run.state is RunState.QUEUED else run.folder / "lock"
        if not run.state.alive or run.id in trusted or held(lock) or held(run.folder / "lock"):
            return run
        return replace(run, state=RunState.INTERRUPTED, sentence="The process that trained it ended.")

    # -- what happens in a run

    def record(self, run: Run, history: History, event: Event) -> Run:
        """Append one event to the history, the index and the folder; returns the run's new line.

        run: its line so far; history: in memory, which is written at the end and at a pause. Raises Refused when the
        disk is full or another process keeps the index; the same event can then be tried again.
        """
        first = not isinstance(event, Started | Snapshot)  # those void or thin what is there
        if first:  # who sees it finds it in the folder, even if the process is killed this moment
            run = self._note(run, history, event)
        blocks = len(history.blocks)
        history.append(event)
        if not first:
            return self._note(run, history, event)
        if isinstance(event, StepBlock) and len(history.blocks) <= blocks:  # older ones were joined
            self.write(lambda db: entries.put_blocks(db, run.id, history.blocks, anew=True))
        return run

    def _note(self, run: Run, history: History, event: Event) -> Run:
        match event:
            case Started():
                return self._begin(run, history, event)
            case StepBlock():
                self.write(lambda db: entries.put_blocks(db, run.id, [event]))
            case EpochEnd():
                run = replace(run, epochs_done=event.epoch, seconds=history.seconds, images=history.images)
                if event.epoch % MEASURED_EVERY == 0:
                    run = replace(run, bytes=size_of(run.folder))
                self._add_event(run, event)
            case References():
                self._add_event(run, event)
            case Probes():
                with sentences():
                    folders.save_arrays(run.folder / "probes.npz", event)
            case Snapshot():
                with sentences():
                    self._add_snapshot(run, history, event)
            case Changed():
                run = replace(run, changes=noted(history.changes, event))
                self.update(run)
            case StateChanged():
                return self._end_or_pause(run, history, event)
        return run

    def _begin(self, run: Run, history: History, event: Started) -> Run:
        # figures of an earlier end are not of what comes now; a run that cannot even begin again keeps them
        with self._lines:  # of all else that was left half written the worker has taken care
            atomic.sweep(run.folder, "run.json.*")
        told = {name: getattr(event, name) for name in ("threads", "device", "precision")}
        run = replace(run, **told, seconds=history.seconds, images=history.images, figures={})
        self.write(lambda db: entries.trim(db, run.id, event.step))
        with sentences():
            for path in folders.snapshot_files(run.folder):
                if int(path.stem) > event.step:
                    path.unlink(missing_ok=True)
        self._add_event(run, event)
        return run

    def _add_event(self, run: Run, event: Recorded) -> None:
        self._put_line(lambda db: self._marked(db, run), event)

    def _add_snapshot(self, run: Run, history: History, snapshot: Snapshot) -> None:
        (run.folder / "snapshots").mkdir(exist_ok=True)  # no parents: a run folder that was removed does not come back
        folders.save_arrays(run.folder / "snapshots" / f"{snapshot.step}.npz", snapshot)
        kept = {s.step for s in history.snapshots}
        for path in folders.snapshot_files(run.folder):
            if int(path.stem) not in kept:
                path.unlink(missing_ok=True)

    def _end_or_pause(self, run: Run, history: History, event: StateChanged) -> Run:
        run = replace(run, state=event.state, sentence=event.sentence, seconds=history.seconds, images=history.images)
        if event.figures:
            run = replace(run, figures=event.figures)
        if event.state is not RunState.RUNNING and run.folder.exists():
            with sentences():
                folders.write_history(run.folder, history)
            run = replace(run, bytes=size_of(run.folder))
        if self.notice:  # the index was replaced while it was open, and lacks what it was told before
            self.write(lambda db: entries.put_history(db, run.id, entries.events_of(history), history.blocks))
        self.update(run)
        return run

    # -- reading a history back

    def history(self, run: Run) -> History:
        """Everything recorded of a run, from the index and the folder; what is damaged there is passed over.

        A copy: what happens later is not in it.
        """
        metrics = self._rows(
            "SELECT step, name, value FROM metrics WHERE run = ? AND typeof(step) = 'integer'"
            " AND typeof(value) IN ('integer', 'real') AND abs(value) <= ? ORDER BY step",
            run.id,
            FINITE,
        )
        rows = self._rows("SELECT kind, json FROM events WHERE run = ? ORDER BY step", run.id)
        # at step 0 of its own history: what stands in the store is already trimmed
        events = [event for row in rows if (event := entries.read_event(*row))]
        events = [replace(event, step=0) if isinstance(event, Started) else event for event in events]
        events.sort(key=lambda event: not isinstance(event, Started))
        return folders.restored(events, entries.as_blocks(metrics), run)

    def rebuild(self) -> None:
        """Take up run folders that the index does not know; note those that cannot be read, hide nothing else."""
        self.making.tidy()
        known = {*OTHERS, *(row[0] for row in self._db.rows("SELECT id FROM runs"))}
        with sentences():
            places = sorted(place for place in self.root.iterdir() if place.name not in known and place.is_dir())
        for place in places:
            if not place.name.startswith((folders.MAKING, FOLDER)):
                self.take_up(place)

    def take_up(self, place: Path) -> None:
        """Put a run folder that the index does not know into it; one that cannot be read is noted. Raises Refused."""
        name = place.name.encode(errors="replace").decode()
        try:
            if not RUN_ID.fullmatch(name):
                raise Unreadable("its name is not a run id")
            # in a transaction: another process may be about to commit the run that it has just made
            if self._db.write(lambda db: entries.knows(db, name)):
                return
            run = folders.from_manifest(folders.read_manifest(place), place)
            known = self._db.rows("SELECT 1 FROM events WHERE run = ? LIMIT 1", name)  # of one from the trash
            events, blocks = ([], []) if known else folders.read_blocks(place)
            started = next((event for event in events if isinstance(event, Started)), None)
            blocks = bounded(blocks, started.steps_per_epoch if started else 0)
            self._db.write(lambda db: entries.take_up(db, run, events, blocks))
        except Unreadable as error:
            self.unreadable[name] = str(error)

    def _run(self, identifier: str, text: str) -> Run | None:
        """The run of a line, parsed once for as long as the line stays what it is."""
        kept = self._parsed.get(identifier)
        if kept and kept[0] == text:
            return kept[1]
        run = None
        try:
            if not RUN_ID.fullmatch(str(identifier)):
                raise Unreadable("its name is not a run id")
            run = folders.from_manifest(parse_json(text or ""), self.root / identifier)
            self.unreadable.pop(identifier, None)
        except (ValueError, TypeError) as error:
            self.unreadable[str(identifier)] = f"its line in the index is damaged: {error}"
        self._parsed[identifier] = (text, run)
        return run

    # -- the index, and what to do when it is damaged or busy

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._mended(lambda: self._db.rows(sql, *values))

    def write(self, work: Callable[[Connection], T]) -> T:
        """The work in a transaction: all of it or nothing. Raises Refused."""
        return self._mended(lambda: self._db.write(work))

    def _mended(self, work: Callable[[], T]) -> T:
        """The work, done again with a new index where the one that was open turns out to be damaged."""
        try:
            return work()
        except Damaged:
            with self._mending:
                self._tell(self._db.mend())
                self.rebuild()
            return work()

    def _tell(self, aside: str) -> None:
        """Say it once: several threads may have met the same damage."""
        if aside or not self.notice:
            kept = f"; the damaged one is kept as {aside}" if aside else ""
            self.notice = f"The index of the runs was damaged or removed; it was rebuilt from the run folders{kept}."
            log.warning(self.notice)
