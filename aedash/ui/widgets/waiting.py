"""Waiting: where a run stands in the queue, and for how long."""

from functools import lru_cache
from time import monotonic

from aedash.history import Run
from aedash.ui.desk.manager import manager
from aedash.ui.widgets.run_words import duration

SHORT = 10.0  # seconds below which nobody counts
KNOWN = 3.0  # seconds for which the times of the same queue are not asked again


def waiting(run: Run) -> str:
    """Queued, number 3 in line, about 2 min; no time where none was measured, nothing for one that does not wait."""
    place = manager().position(run.id)
    if not place:
        return ""
    waits = _waits(manager().members, int(monotonic() / KNOWN))
    return f"Queued, number {place} in line{about(waits.get(run.id))}"


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
