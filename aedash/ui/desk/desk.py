"""Desk: what one pass over a page asks of trained models. What is not there yet is begun, counted and left blank."""

import logging
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from streamlit.runtime.scriptrunner import get_script_run_ctx

from aedash.analysis.trained import Trained, trained
from aedash.data.image_data import Unavailable
from aedash.history import Run
from aedash.registry import Refused
from aedash.ui.desk.background import Waiting, computed
from aedash.ui.desk.manager import manager

T = TypeVar("T")
log = logging.getLogger(__name__)


class Desk:
    """waiting: how many results are still being computed; refusals: one sentence for each that cannot be; refused:
    {run id: sentence} of those that belong to one run."""

    def __init__(self) -> None:
        self.waiting = 0
        self.refusals: dict[str, None] = {}
        self.refused: dict[str, str] = {}
        context = get_script_run_ctx(suppress_warning=True)
        self.visitor = context.session_id if context else ""

    def ask(self, run: Run, what: str, work: Callable[[Trained], T], *key: Any) -> T | None:
        """The result of `work` on the run's model, or None. key: names a result that other models share, say PCA's."""
        root = manager().settings.data_dir
        found, refusal = self._result((what, *(key or (run.id, run.images))), lambda: work(trained(run, root)))
        if refusal:
            self.refusals[refusal] = None
            self.refused[run.id] = refusal
        return found

    def look(self, key: Hashable, work: Callable[[], T]) -> T | None:
        """The result of `work` under that key, or None."""
        found, refusal = self._result(key, work)
        if refusal:
            self.refusals[refusal] = None
        return found

    def _result(self, key: Hashable, work: Callable[[], T]) -> tuple[T | None, str]:
        """(result, sentence why there is none); neither while it is computed."""
        try:
            return computed(key, work, self.visitor), ""
        except Waiting:
            self.waiting += 1
            return None, ""
        except (Refused, Unavailable) as error:
            return None, str(error)
        except Exception as error:  # whatever the work raises: a page shows a sentence
            log.exception("An analysis failed")
            return None, f"This cannot be measured, {type(error).__name__}: the log file has the details."
