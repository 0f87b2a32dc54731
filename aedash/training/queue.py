"""The queue of a process: what waits, what runs, and what starts next. It knows no disk and no thread."""

from collections.abc import Iterable, Sequence
from heapq import heapreplace
from typing import NamedTuple

from aedash.history import Run
from aedash.registry import Refused
from aedash.training.worker import Job


class Waiting(NamedTuple):
    """A run in the queue: its line and its job."""

    run: Run
    job: Job


class Queue:
    """First come, first served. slots: runs at once; places: runs that may wait. Its owner holds a lock around it.

    waiting: in their order. running: ids of runs that hold a slot until their end is recorded; one that is resumed
    before that waits, too, and does not start until then.
    """

    def __init__(self, slots: int, places: int) -> None:
        self.slots, self.places = slots, places
        self.waiting: list[Waiting] = []
        self.running: set[str] = set()
        self._tied: dict[str, frozenset[str]] = {}

    @property
    def members(self) -> set[str]:
        """Ids of all that wait or run."""
        return self.running.union(each.run.id for each in self.waiting)

    @property
    def room(self) -> int:
        """How many more may be added now."""
        return max(0, self.places - len(self.waiting)) + max(0, self.slots - len(self.running))

    def position(self, identifier: str) -> int:
        """Place among those that wait, 1 is next; 0 when it does not wait."""
        waiting = [each.run.id for each in self.waiting]
        return waiting.index(identifier) + 1 if identifier in waiting else 0

    def check_room(self, count: int) -> None:
        """Raises Refused unless so many may be added."""
        if count > self.room:
            waiting = len(self.waiting)
            full = f"The queue is full ({waiting} run{'s wait' if waiting != 1 else ' waits'})."
            several = f"{count} runs are to be queued; there is room for {self.room}."
            raise Refused(full if count == 1 else several, "max_queued_runs")

    def tie(self, identifiers: Iterable[str]) -> None:
        """Let these start at the same moment, however few slots there are."""
        group = frozenset(identifiers)
        self._tied |= dict.fromkeys(group, group)

    def replace(self, run: Run) -> None:
        """The line of a run that waits is another one: somebody else owns it."""
        self.waiting = [each._replace(run=run) if each.run.id == run.id else each for each in self.waiting]

    def remove(self, identifier: str) -> None:
        """Nothing of that id waits any more."""
        self.waiting = [each for each in self.waiting if each.run.id != identifier]

    def next(self) -> list[Waiting]:
        """Take out what starts now: the first that can, with those it is tied to; nothing while all slots are taken."""
        able = [each for each in self.waiting if each.run.id not in self.running]
        if not able or len(self.running) >= self.slots:
            return []
        first = able[0].run.id
        group = self._tied.get(first, {first})
        starting = [each for each in able if each.run.id in group]
        for each in starting:
            self.remove(each.run.id)
        return starting

    def leave(self, identifier: str) -> None:
        """The end of a run is recorded: its slot is free."""
        self.running.discard(identifier)
        self._tied.pop(identifier, None)


def expected_waits(running: Sequence[float], waiting: Sequence[float], slots: int) -> list[float]:
    """Seconds until each of those that wait begins, in their order; inf where nobody can know. slots: runs at once.

    running, waiting: seconds that each of those takes yet that hold a slot, and that wait for one; inf: not known.

    >>> expected_waits([40.0, 10.0], [30.0, 5.0, 1.0], slots=2)
    [10.0, 40.0, 40.0]
    """
    free = sorted([*running, *[0.0] * (slots - len(running))])[-slots:]  # tied runs may be more than there are slots
    return [heapreplace(free, free[0] + seconds) for seconds in waiting]
