"""The queue of a process: what waits, what runs, and what starts next. It knows no disk and no thread."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import NamedTuple, Self

from aedash.formatting import many
from aedash.history import Run
from aedash.registry import Refused
from aedash.training.worker import Job

REMEMBERED = 1000  # people whose last turn is known; who was served before all of these was served long ago


class Waiting(NamedTuple):
    """A run in the queue: its line and its job. number: rises with each that comes; request: what it was queued with.

    A request is one run, or all runs of a sweep.
    """

    run: Run
    job: Job
    number: int
    request: str


class Share(NamedTuple):
    """What one person may have of a queue: runs at once, and requests that wait."""

    running: int
    waiting: int


class Turn(NamedTuple):
    """A person's turn; the smallest is next. running: turns of theirs that run; served: number of their last one, 0
    where none is known; number: of the first of theirs that may begin; head: that one.
    """

    running: int
    served: int
    number: int  # no two have the same
    head: Waiting


class Queue:
    """Turn by turn between people: the turn is theirs who have the fewest runs running, of these who was served least
    recently, of these who came first. Its owner holds a lock around it.

    slots: runs at once; places: runs that may wait. share: of each person; then a sweep takes one place, and tied runs
    are one turn. None: nobody is told apart, so that first come is first served.
    running: {id: whose} of runs that hold a slot until their end is recorded, in the order in which they began; one
    that is resumed before that waits, too, and does not start until then. Whose no person's is (the command line) has
    no limit.
    """

    def __init__(self, slots: int, places: int, share: Share | None = None) -> None:
        self.slots, self.places, self.share = slots, places, share
        self.running: dict[str, str] = {}
        self._lines: dict[str, list[Waiting]] = {}
        self._tied: dict[str, frozenset[str]] = {}
        self._served: dict[str, int] = {}  # {person: number of their last turn}, the least recent first
        self._turns = self._came = 0
        self._order: dict[str, int] | None = None  # {id: place}, until something changes

    @property
    def waiting(self) -> list[Waiting]:
        """All that wait, as they came."""
        return sorted((each for line in self._lines.values() for each in line), key=lambda each: each.number)

    @property
    def members(self) -> set[str]:
        """Ids of all that wait or run."""
        return self.running.keys() | {each.run.id for line in self._lines.values() for each in line}

    def add(self, run: Run, job: Job, request: str = "") -> None:
        """Let a run wait. request: id of the first of those that are queued at once, its own if it is alone."""
        self._came, self._order = self._came + 1, None
        line = self._lines.setdefault(self._person(run.owner), [])
        line.append(Waiting(run, job, self._came, request or run.id))

    def tie(self, identifiers: Iterable[str]) -> None:
        """Let these, of one person, start at the same moment, however few slots there are."""
        group, self._order = frozenset(identifiers), None
        self._tied |= dict.fromkeys(group, group)

    def replace(self, run: Run) -> None:
        """The line of a run is another one: somebody else owns it, whose turn and share it counts to from now on."""
        person, self._order = self._person(run.owner), None
        if run.id in self.running:
            self.running[run.id] = person
        if waits := next((each for each in self.waiting if each.run.id == run.id), None):
            self.remove(run.id)
            line = [*self._lines.get(person, []), waits._replace(run=run)]
            self._lines[person] = sorted(line, key=lambda each: each.number)

    def remove(self, identifier: str) -> None:
        """Nothing of that id waits any more."""
        lines = {person: [each for each in line if each.run.id != identifier] for person, line in self._lines.items()}
        self._lines, self._order = {person: line for person, line in lines.items() if line}, None

    def clear(self) -> None:
        """Nothing waits any more."""
        self._lines, self._order = {}, None

    # -- whose turn it is

    def next(self) -> list[Waiting]:
        """What starts now, which hereby holds its slots: the first of whose turn it is, with those it is tied to.

        Nothing while all slots are taken, or those who wait have what they may have.
        """
        if len(self.running) >= self.slots:
            return []
        running = self._running_turns()
        turn = min(filter(None, (self._turn(person, running) for person in self._lines)), default=None)
        return self._begin(turn.head) if turn else []

    def leave(self, identifier: str) -> None:
        """The end of a run is recorded: its slot is free."""
        self.running.pop(identifier, None)
        self._tied.pop(identifier, None)
        self._order = None

    def _turn(self, person: str, running: Mapping[str, int]) -> Turn | None:
        """Of one person; None while nothing of theirs may begin. running: as `_running_turns`."""
        line = self._lines.get(person, ()) if running[person] < self._most(person) else ()
        head = next((each for each in line if each.run.id not in self.running), None)
        return Turn(running[person], self._served.get(person, 0), head.number, head) if head else None

    def _begin(self, head: Waiting) -> list[Waiting]:
        """It holds a slot, and so do those it is tied to."""
        person, group = self._person(head.run.owner), self._tied.get(head.run.id)
        line, starting = self._lines[person], [head]
        if group:
            starting = [each for each in line if each.run.id in group and each.run.id not in self.running]
        for each in starting:
            line.remove(each)
        if not line:
            del self._lines[person]
        self.running |= {each.run.id: person for each in starting}
        self._serve(person)
        return starting

    def _serve(self, person: str) -> None:
        self._turns, self._order = self._turns + 1, None
        self._served.pop(person, None)
        self._served[person] = self._turns
        if len(self._served) > REMEMBERED:
            del self._served[next(iter(self._served))]

    def _running_turns(self) -> Counter[str]:
        """{person: what they have running}; tied runs count once."""
        groups = {self._tied.get(each, each): person for each, person in self.running.items()}
        return Counter(groups.values())

    def _person(self, owner: str) -> str:
        return owner if self.share else ""

    def _most(self, person: str) -> int:
        return self.share.running if self.share and person else self.slots

    def wanted(self, identifiers: Collection[str]) -> bool:
        """Whether another person's run would begin if these, which run and are of one person, let go of their slots."""
        trial, people = self.copy(), {self.running[each] for each in identifiers}
        for each in identifiers:
            trial.leave(each)
        return any(self._person(each.run.owner) not in people for each in trial.next())

    # -- who waits for how long

    def position(self, identifier: str) -> int:
        """Place among those that wait, 1 is next, were all as long and nobody to come; 0: it does not wait."""
        if self._order is None:
            self._order = {each: place for place, each in enumerate(self.forecast(lambda _: 1.0), 1)}
        return self._order.get(identifier, 0)

    def forecast(self, takes: Callable[[str], float]) -> dict[str, float]:
        """{id: seconds until it begins} of all that wait, in the order in which they begin; inf: nobody can know.

        The rule of this queue, played to the end, were nobody to come; n log n for n that wait. takes: seconds that the
        run of an id takes yet; inf where that is not known.
        """
        trial, now, begins = self.copy(), 0.0, dict[str, float]()
        turns, latest = list[Turn](), dict[str, Turn | None]()  # a heap; {person: theirs in it that counts}
        ends = [(takes(each), place, each) for place, each in enumerate(self.running)]
        heapify(ends)

        def look(people: Iterable[str]) -> None:
            running = trial._running_turns()
            for person in people:
                before, latest[person] = latest.get(person), (turn := trial._turn(person, running))
                if turn and turn != before:
                    heappush(turns, turn)

        look(list(trial._lines))
        while True:
            while turns and len(trial.running) < trial.slots:
                turn = heappop(turns)
                if latest[person := trial._person(turn.head.run.owner)] != turn:
                    continue
                oldest = next(iter(trial._served), person)  # may be forgotten in this moment
                for each in trial._begin(turn.head):
                    begins[each.run.id] = now
                    heappush(ends, (now + takes(each.run.id), len(self.running) + len(begins), each.run.id))
                look({oldest, *trial.running.values()})
            if not ends:
                return begins
            now, _, over = heappop(ends)
            theirs = {*trial.running.values()}
            trial.leave(over)
            look(theirs)

    def copy(self) -> Self:
        """The same queue, to be played on."""
        other = type(self)(self.slots, self.places, self.share)
        other._lines = {person: line[:] for person, line in self._lines.items()}
        for name in ("running", "_tied", "_served"):
            setattr(other, name, dict(getattr(self, name)))
        other._turns = self._turns
        return other

    # -- what there is room for

    def check_room(self, count: int, owner: str = "", together: bool = False) -> None:
        """Raises Refused unless so many runs may be added as one request. together: they are to be tied."""
        if count:
            self._check_places(count)
            self._check_share(1 if together else count, self._person(owner))

    def _check_places(self, count: int) -> None:
        taken = len({each.request for each in self.waiting}) if self.share else len(self.waiting)
        room = max(0, self.places - taken) + max(0, self.slots - len(self.running))
        wanted = 1 if self.share else count
        if wanted > room:
            limit = f"at most {self.places:,} may wait here (AEDASH_MAX_QUEUED_RUNS)"
            full = f"The queue is full: {many(taken, 'run')} {'wait' if taken != 1 else 'waits'}, and {limit}."
            several = f"{count} runs are to be queued; there is room for {room}: {limit}."
            raise Refused(full if wanted == 1 else several, "max_queued_runs")

    def _check_share(self, turns: int, person: str) -> None:
        if not self.share or not person:
            return
        running, requests = self._running_turns()[person], self._requests(person)
        if turns <= min(self.share.running - running, self.slots - len(self.running)):
            return  # all of it begins at once
        have = f"You have {many(running, 'run') if running else 'no run'} training and {len(requests)} waiting"
        if len(requests) >= self.share.waiting:
            limit = f"at most {self.share.waiting} may wait here (AEDASH_MAX_WAITING_PER_PERSON)"
            once = "; a sweep is one" * any(each > 1 for each in requests.values())
            raise Refused(f"{have}; {limit}{once}.", "max_waiting_per_person")
        if turns > 1 and any(each > 1 for each in requests.values()):
            left = f"You have a sweep of which {max(requests.values())} runs wait"
            raise Refused(f"{left}; one sweep of a person may wait here.", "max_waiting_per_person")

    def _requests(self, person: str) -> Counter[str]:
        """{what was queued at once: turns of it that wait}."""
        line = self._lines.get(person, [])
        return Counter({self._tied.get(each.run.id, each.run.id): each.request for each in line}.values())
