"""Desk: what one pass over a page asks of trained models. What is not there yet is begun, counted and left blank."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from aedash.analysis.trained import Trained, trained
from aedash.data.image_data import Unavailable
from aedash.history import Run
from aedash.registry import Refused
from aedash.ui.background import Waiting, computed
from aedash.ui.server import manager

T = TypeVar("T")


class Desk:
    """waiting: how many results are still being computed; refusals: one sentence for each that cannot be."""

    def __init__(self) -> None:
        self.waiting = 0
        self.refusals: dict[str, None] = {}

    def ask(self, run: Run, what: str, work: Callable[[Trained], T], *key: Any) -> T | None:
        """The result of `work` on the run's model, or None. key: names a result that other models share, say PCA's."""
        root = manager().settings.data_dir
        return self.look((what, *(key or (run.id, run.images))), lambda: work(trained(run, root)))

    def look(self, key: Hashable, work: Callable[[], T]) -> T | None:
        """The result of `work` under that key, or None."""
        try:
            return computed(key, work)
        except Waiting:
            self.waiting += 1
        except (Refused, Unavailable) as error:
            self.refusals[str(error)] = None
        return None
