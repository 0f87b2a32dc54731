"""Owners: whose the runs of a folder are, how they pass from one person to another, and their places in the queue."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.listing import Wanted
from aedash.training.classroom import Classroom
from aedash.training.joining import Begun, equal_run
from aedash.training.owning import joining, leaving
from aedash.training.pace import waits
from aedash.training.plan import Plan, most_seconds
from aedash.training.queue import Queue, Share
from aedash.training.records import PACED, Records


class Owners(Records):
    """Records whose runs pass from one person to another. classroom: who may do everything on a shared server."""

    def __init__(self, store: Store, gallery: Path, settings: Settings) -> None:
        super().__init__(store, gallery)
        self.settings, self.classroom = settings, Classroom(settings)
        share = Share(settings.max_running_per_person, settings.max_waiting_per_person) if settings.shared else None
        self._stopping: set[str] = set()
        self._queue = Queue(settings.max_concurrent_runs, settings.max_queued_runs, share)

    def join(self, run: Run, visitor: str) -> Run:
        """Note that somebody asked for what a run trains: on a shared server it is theirs, too."""
        with self._lock, suppress(Refused):  # they watch it all the same
            if self.settings.shared and not self.is_shipped(run):
                return self._mark(run, joining(self.run(run.id), visitor))
        return run

    def joined(self, plan: Plan) -> Begun | None:
        """What they get who ask for what is trained already, or under way: that run is theirs, too. None: nothing."""
        with self._lock:
            there = equal_run((run for run in self.alike([plan.config]) if not self.stopping(run.id)), plan.config)
            if there is None:
                return None
            return Begun(self.join(there, plan.owner) if there.state.alive else there, False)

    def stopping(self, identifier: str) -> bool:
        """Whether a run was told to stop, by whomever, and is not over yet: its figures are still measured."""
        return identifier in self._stopping

    def leave(self, run: Run, visitor: str) -> bool:
        """Somebody whose run it is lets go of it: it is the next one's. Whether it is anybody's yet.

        Raises Refused where that cannot be written.
        """
        with self._lock:
            marks = leaving(self.run(run.id), visitor)
            self._mark(run, marks)
            return bool(marks)

    def _mark(self, run: Run, marks: Mapping[str, Any]) -> Run:
        """The run with other marks, for everybody."""
        if not marks:
            return run
        marked = replace(self.store.mark(run.id, **marks), own=run.own)
        self._queue.replace(marked)
        self.news.tell(run.id)
        return marked

    # -- their places in the queue

    @property
    def load(self) -> tuple[int, int]:
        """(runs that hold a slot, runs that wait for one)."""
        with self._lock:
            return len(self._queue.running), len(self._queue.waiting)

    def position(self, identifier: str) -> int:
        """Place in the queue, 1 is next, as `Queue.position`; 0 when it does not wait."""
        with self._lock:
            return self._queue.position(identifier)

    @property
    def members(self) -> frozenset[str]:
        """Ids of all that hold a slot or wait for one."""
        with self._lock:
            return frozenset(self._queue.members)

    @property
    def waiting(self) -> int:
        """How many runs wait."""
        with self._lock:
            return len(self._queue.waiting)

    def expected_waits(self) -> dict[str, float]:
        """{id: seconds until it begins} of all that wait, as far as runs like those before them were measured here."""
        with self._lock:
            queue = self._queue.copy()
            runs = [*self.some(queue.members), *islice(self.each(Wanted()), PACED)]
        newest = {run.id: run for run in sorted(runs, key=lambda run: run.order, reverse=True)}
        return waits(queue, list(newest.values()), self.history, most_seconds(self.settings))

    def _mine(self) -> set[str]:
        """Ids of the runs that this manager starts, trains, or has not yet recorded to their end."""
        return self._queue.members
