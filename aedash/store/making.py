"""Making: runs to be. Their folders are made, and filled, under names that no list knows, and appear all at once.

<runs>/.new-<id>: a run that nobody lists yet. What a killed process left there is removed ten minutes later.
"""

import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from aedash import atomic
from aedash.config import RunConfig
from aedash.events import Changed, EpochEnd, RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.store import entries
from aedash.store import folder as folders
from aedash.store.database import sentences
from aedash.store.folder import MAKING, RUN_ID
from aedash.store.sizes import size_of

if TYPE_CHECKING:
    from aedash.store.index import Store


class Making:
    """The runs to be of a store."""

    def __init__(self, store: "Store") -> None:
        self.store = store

    def begin(
        self,
        config: RunConfig,
        preset: str = "",
        changes: tuple[Changed, ...] = (),
        threads: int = 0,
        owner: str = "",
    ) -> Run:
        """A new queued run with its folder and manifest, as `Store.create`; nobody lists it until `publish`.

        Raises Refused where there is no room, and then nothing is left.
        """
        identifier, now = secrets.token_hex(6), datetime.now(UTC).isoformat(timespec="seconds")
        place = self.store.root / f"{MAKING}{identifier}"
        run = Run(identifier, self.store.next_order(), config, RunState.QUEUED, place, now, preset)
        run = replace(run, changes=changes, threads=threads, owner=owner)
        try:
            with sentences():
                folders.begin(run)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return run

    def branch(self, run: Run, new: Run, epoch: int, step: int) -> Run:
        """Give one that begins at a kept state of another run all that was recorded of that up to there, as if it had
        been its own; the new one's line.

        Curves, epochs, snapshots and probes; its weights are `training.checkpoint.branch_state`'s. Raises Refused, also
        where the other run was deleted meanwhile.
        """

        def work(db: Connection) -> None:
            for table, columns in (("metrics", "name, step, value"), ("events", "step, kind, json")):
                chosen = f"SELECT ?, {columns} FROM {table} WHERE run = ? AND step <= ?"
                db.execute(f"INSERT OR REPLACE INTO {table} (run, {columns}) {chosen}", (new.id, run.id, step))

        self.store.write(work)
        snapshots = [path for path in folders.snapshot_files(run.folder) if int(path.stem) <= step]
        with sentences():
            for path in [*snapshots, *run.folder.glob("probes.npz")]:
                atomic.copy_atomically(path, new.folder / path.relative_to(run.folder))
            if not run.folder.exists():
                raise Refused("The run that it goes on from was deleted meanwhile.", "run")
            branched = replace(new, epochs_done=epoch, bytes=size_of(new.folder))
            folders.write_manifest(branched)
        return branched

    def judge(self, run: Run, end: EpochEnd) -> None:
        """As `Store.judge`, of one that nobody lists yet. Raises Refused."""
        self.store.write(lambda db: entries.put_recorded(db, run.id, end))

    def publish(self, runs: Sequence[Run]) -> list[Run]:
        """List these from now on, all or, whatever goes wrong, none; their lines. Raises Refused."""

        def work(db: Connection) -> list[Run]:
            taken = entries.orders(db, min((run.order for run in runs), default=0))
            listed = [self._listed(db, run, run.order in taken) for run in runs]
            atomic.settle(self.store.root)
            return listed

        try:
            return self.store.write(work)
        except BaseException:
            for run in runs:
                for place in (run.folder, self.store.root / run.id):  # before and after its name became known
                    self._remove(place, run.id)
            raise

    def _listed(self, db: Connection, made: Run, taken: bool) -> Run:
        """With its line. taken: another process has given its place in the list meanwhile."""
        run = replace(made, folder=self.store.root / made.id, order=self.store.next_order(db) if taken else made.order)
        if made.folder.exists() or not run.folder.exists():  # else of a first try that the index did not take
            made.folder.rename(run.folder)
        if taken:
            folders.write_manifest(run)
        entries.put(db, run)
        return run

    def discard(self, runs: Iterable[Run]) -> None:
        """Those that were not published will not be; nothing is left of them. Raises nothing."""
        for run in runs:
            if run.folder.exists():
                self._remove(run.folder, run.id)

    def tidy(self) -> None:
        """Remove what killed processes left, once nobody can be making it any more. Raises nothing."""
        for place in self.store.root.glob(f"{MAKING}*"):
            with suppress(OSError):
                if atomic.abandoned(place):
                    self._remove(place, place.name.removeprefix(MAKING))

    def _remove(self, place: Path, identifier: str) -> None:
        shutil.rmtree(place, ignore_errors=True)
        if RUN_ID.fullmatch(identifier) and not (self.store.root / identifier).exists():
            with suppress(Refused):  # what was copied into the index for it
                self.store.forget(identifier)
