"""Desk: what one pass over a page asks of trained models. What is not there yet is begun, counted and left blank."""

import logging
from collections.abc import Callable, Hashable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from streamlit.runtime.scriptrunner import get_script_run_ctx

from aedash import registry
from aedash.analysis.trained import Trained, trained
from aedash.data.image_data import Unavailable
from aedash.history import Run
from aedash.log import logged
from aedash.registry import Refused
from aedash.ui.desk.background import Waiting, Work, computed, forgotten
from aedash.ui.desk.manager import manager
from aedash.ui.desk.parcels import parcels
from aedash.ui.desk.visit import Visit, visit

T = TypeVar("T")
log = logging.getLogger(__name__)


class Desk:
    """waiting: how many results are still being computed; progress: which share of the furthest is done, 0..1, where
    that is told; busy: ids of the runs that wait for one; refusals: one sentence for each that cannot be; refused: {run
    id: sentence} of those that belong to one run; absent: {data set: sentence} of those whose images are not there, so
    that nothing is asked of their models. channel, version: what to watch for results that were not there in this pass,
    and what it says until one of them is, or is further.

    patience: seconds from now on in which results are waited for, all together: what is quick comes with this pass.
    """

    def __init__(self, patience: float = 0.0) -> None:
        self._impatient = monotonic() + patience
        self.waiting = 0
        self.progress = 0.0
        self.refusals: dict[str, None] = {}
        self.refused: dict[str, str] = {}
        self.busy: set[str] = set()
        self._images: dict[str, str] = {}
        self._last: Work | None = None  # that was not there
        context = get_script_run_ctx(suppress_warning=True)
        self.visitor = context.session_id if context else ""
        self._visit = visit() if context else Visit()
        self.channel, self.version = self._visit.channel, str(self._visit.version)

    def ask(self, run: Run, what: str, work: Callable[[Trained], T], *key: Any, long: bool = False) -> T | None:
        """The result of `work` on the run's model, or None. key: names a result that other models share, say PCA's.

        long: it takes a second or more, and is done beside all others.
        """
        root, found = manager().settings.data_dir, None
        refusal, before = self._without_images(run.config.data.name, root), self.waiting
        if not refusal:
            found, refusal = self._result(
                (what, *(key or (run.id, run.images))), lambda: work(trained(run, root)), long
            )
        if self.waiting > before:
            self.busy.add(run.id)
        if refusal:
            self.refusals[refusal] = None
            self.refused[run.id] = refusal
        return found

    def post(self, key: Hashable, make: Callable[[], bytes], kind: str, long: bool = False) -> str | None:
        """The name of bytes for a browser to fetch, made once under that key; None until they are there.

        kind: their media type; long: as `look` has it. What had to give way to others meanwhile is made anew.
        """
        return self._there(key, lambda: self.look(key, lambda: parcels.put(make(), kind), long))

    def parcel(self, run: Run, what: str, work: Callable[[Trained], bytes], kind: str, *key: Any) -> str | None:
        """The same of bytes that `work` makes of the run's model. what, key: name them."""

        def made() -> str | None:
            return self.ask(run, what, lambda model: parcels.put(work(model), kind), *key)

        return self._there((what, *key), made)

    @staticmethod
    def _there(key: Hashable, look: Callable[[], str | None]) -> str | None:
        name = look()
        if name is None or parcels.has(name):
            return name
        forgotten(key)
        return look()

    @property
    def absent(self) -> dict[str, str]:
        return {name: sentence for name, sentence in self._images.items() if sentence}

    def _without_images(self, name: str, root: Path) -> str:
        """Why a data set's images cannot be had, looked up once a pass; empty when they are there."""
        if name not in self._images:
            try:
                registry.datasets.get(name).check(root)
                self._images[name] = ""
            except Unavailable as error:
                self._images[name] = str(error)
        return self._images[name]

    def look(self, key: Hashable, work: Callable[[], T], long: bool = False) -> T | None:
        """The result of `work` under that key, or None. long: it takes seconds, in a thread beside all others'."""
        found, refusal = self._result(key, work, long)
        if refusal:
            self.refusals[refusal] = None
        return found

    def growing(self, key: Hashable, work: Callable[[], T]) -> tuple[T | None, float]:
        """(the result, or what the work has `told` of it so far, or None; which share is done, 1 where it is the
        result, or cannot be had).

        For what takes seconds: it keeps no other analysis waiting.
        """
        before = self.waiting
        found, refusal = self._result(key, work, long=True)
        if refusal:
            self.refusals[refusal] = None
        if self.waiting == before or self._last is None:
            return found, 1.0
        return self._last.so_far, min(self._last.progress, 0.99)

    def _result(self, key: Hashable, work: Callable[[], T], long: bool = False) -> tuple[T | None, str]:
        """(result, sentence why there is none); neither while it is computed."""
        try:
            patience = 0.0 if long else max(0.0, self._impatient - monotonic())
            return computed(key, work, self.visitor, patience, long), ""
        except Waiting as waiting:
            self.waiting += 1
            self._last = waiting.work
            self.progress = max(self.progress, waiting.work.progress)
            self._visit.wait_for(waiting.work)
            return None, ""
        except (Refused, Unavailable) as error:
            return None, str(error)
        except Exception as error:  # whatever the work raises: a page shows a sentence
            return None, f"This cannot be measured ({type(error).__name__}); {logged(log, 'an analysis', error)}"
