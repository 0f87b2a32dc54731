"""Runs that another process trains: nobody tells of them, so their lines are looked at."""

from collections.abc import Sequence

from aedash.history import Run
from aedash.ui.desk.manager import run_of


class Elsewhere:
    """Which of the channels "run/<id>" have news: trained elsewhere, or another line than at the last look."""

    def __init__(self) -> None:
        self._seen: dict[str, Run | None] = {}

    def __call__(self, names: Sequence[str]) -> list[str]:
        now = {name: run_of(name.removeprefix("run/")) for name in names if name.startswith("run/")}
        news = [name for name, run in now.items() if self._seen.get(name, run) != run or _strange(run)]
        self._seen = now
        return news


def _strange(run: Run | None) -> bool:
    return run is not None and run.state.alive and not run.own
