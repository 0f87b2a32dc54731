"""Owners: whose the runs of a folder are, and what people mark on them while others train or rest."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.training.classroom import Classroom
from aedash.training.owning import joining, leaving
from aedash.training.records import Records


class Owners(Records):
    """Records whose runs pass from one person to another. classroom: who may do everything on a shared server."""

    def __init__(self, store: Store, gallery: Path, settings: Settings) -> None:
        super().__init__(store, gallery)
        self.classroom = Classroom(settings)
        self._shared = settings.shared

    def join(self, run: Run, visitor: str) -> Run:
        """Note that somebody asked for what a run trains: on a shared server it is theirs, too."""
        with self._lock, suppress(Refused):  # they watch it all the same
            if self._shared and not self.is_shipped(run):
                return self._mark(run, joining(self.run(run.id), visitor))
        return run

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
        self._keep(marked)
        self.news.tell(run.id)
        return marked

    def _keep(self, run: Run) -> None:
        """Whoever holds lines of runs takes the new one."""
