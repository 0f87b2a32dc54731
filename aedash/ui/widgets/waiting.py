"""Waiting: where a run stands in the queue, and for how long; and how long one would train that is not begun yet."""

from functools import lru_cache
from math import inf
from time import monotonic

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.formatting import ordinal
from aedash.history import Run
from aedash.ui.desk.manager import manager
from aedash.ui.widgets.run_words import duration

SHORT = 10.0  # seconds below which nobody counts
KNOWN = 3.0  # seconds for which the times of the same queue are not asked again
MEASURED = 30.0  # seconds for which the time of a recipe is not


def waiting(run: Run) -> str:
    """Queued, 3rd of 12, about 2 min; no time where none was measured, nothing for one that does not wait."""
    place = manager().position(run.id) if run.state is RunState.QUEUED else 0
    if not place:
        return ""
    waits = _waits(manager().members, int(monotonic() / KNOWN))
    return f"Queued, {ordinal(place)} of {max(place, manager().waiting)}{about(waits.get(run.id))}"


@lru_cache(maxsize=1)
def _waits(_members: frozenset[str], _while: int) -> dict[str, float]:
    """Asked once for all who look at a queue, and anew where it is another."""
    return manager().expected_waits()


def about(seconds: float | None) -> str:
    """A time that nobody can know exactly.

    >>> about(125.0), about(2.0), about(None)
    (', about 2 min', ', less than 10 s', '')
    """
    if seconds is None:
        return ""
    return f", less than {SHORT:.0f} s" if seconds < SHORT else f", about {duration(seconds)}"


def too_long(config: RunConfig) -> str:
    """That this server would stop a run of the recipe before its end, in a sentence; empty where nothing says so."""
    most = manager().settings.max_seconds
    seconds = _seconds(config, int(monotonic() / MEASURED)) if most else 0.0
    if not most < seconds < inf:
        return ""
    stops = f"this server stops runs after {duration(most)} and keeps their weights; to go on takes a turn again"
    return f"About {duration(seconds)} here; {stops}."


@lru_cache(maxsize=64)
def _seconds(config: RunConfig, _while: int) -> float:
    return manager().expected_seconds(config)
