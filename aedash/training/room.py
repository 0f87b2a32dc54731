"""Room: what runs may take of the disk, one, a person's and all, and what gives way when there is none."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import time

from aedash.config import RunConfig
from aedash.data.own import sets
from aedash.events import RunState
from aedash.formatting import size
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store, removals, sweeps
from aedash.store.database import sentences
from aedash.store.sizes import disk, size_of
from aedash.training.checkpoint import numbered_states
from aedash.training.keeping import GIGABYTE, expected
from aedash.training.retention import end_of, leaving

SAVED = (RunState.FINISHED, RunState.STOPPED)  # their last state holds all that going on needs


@dataclass(frozen=True)
class Ask:
    """Somebody wants to write so many bytes more. owner: as `Run.owner`, or empty; run: id of one that is needed for
    it, and has to stay as it is; what: the words for it.
    """

    owner: str
    bytes: int
    run: str = ""
    what: str = "this run"


@dataclass(frozen=True)
class Usage:
    """Bytes. mine: of one person's runs and own data sets; all: of everybody's, with the index and the trash; left:
    what may still be written to the disk; trash: what of it would make room.
    """

    mine: int
    all: int
    left: int
    trash: int


@dataclass(frozen=True)
class Source:
    """Something that can give way. bytes: the room that it makes; give: does it; thins: id of the run whose numbered
    states it is, if it is those.
    """

    bytes: int
    give: Callable[[], object]
    thins: str = ""


@dataclass(frozen=True, eq=False)
class Reserved:
    """Room that is kept for what is about to be written. needed: ids of runs that stay until it is."""

    asks: tuple[Ask, ...]
    needed: frozenset[str]


class Room:
    """The disk of one runs folder. remove: removes a run for good. Its owner holds a lock around all but `usage`."""

    def __init__(self, store: Store, settings: Settings, remove: Callable[[Run], None]) -> None:
        self.store, self.settings, self._remove = store, settings, remove
        self._gone: list[Run] = []
        self._reserved: set[Reserved] = set()
        self._most: dict[str, tuple[RunConfig, int]] = {}  # {id of a run under way: bytes that it keeps at most}

    def usage(self, person: str = "") -> Usage:
        """What is used now. person: as `Run.owner`. Raises Refused where the disk does not tell."""
        by_person, own, trash = self.store.bytes_by_owner(), sets.sizes().values(), self.store.trash.bytes
        with sentences():
            left = disk(self.store.root).free
        mine = by_person.get(person, 0) + sum(each for people, each in own if person in people)
        index = sum(size_of(path) for path in self.store.root.glob("aedash.sqlite*"))
        everybody = sum(by_person.values()) + sum(each for _, each in own)
        return Usage(mine, everybody + index + trash, left, trash)

    def ask(self, run: Run) -> Ask:
        """What a run that goes on may write further. Raises Refused where it would keep more than one run may."""
        return Ask(run.owner, max(0, expected(run.config, self.settings) - run.bytes), run.id)

    def make(self, asks: Sequence[Ask], needed: Collection[str] = ()) -> None:
        """See to it that there is room for all of these, within every limit. needed: ids of further runs that stay.

        Where it lacks, these give way, in this order: what lies in the trash; states of every tenth epoch of runs that
        are over, without which a fork takes longer; and, with `AEDASH_RETENTION=oldest`, the oldest runs. Raises
        Refused with the limit, and then nothing has given way.
        """
        needed = _staying(asks, needed).union(*(each.needed for each in self._reserved))
        giving = self._for_people(asks, needed)
        if asks:
            giving += self._for_all(asks, needed, giving)
        _give(giving)
        if self._gone:
            removals.note(self.store.root, len(self._gone), max(run.created for run in self._gone))
            self._gone = []

    def make_for_people(self, asks: Sequence[Ask]) -> None:
        """The same within each person's limit alone: for what the disk has already. Raises Refused."""
        _give(self._for_people(asks, frozenset()))

    def reserve(self, asks: Sequence[Ask], needed: Collection[str] = ()) -> Reserved:
        """As `make`; until `release`, which may be called twice, the room counts as taken."""
        self.make(asks, needed)
        reserved = Reserved(tuple(asks), _staying(asks, needed))
        self._reserved.add(reserved)
        return reserved

    def release(self, reserved: Reserved) -> None:
        """It is written, or will not be."""
        self._reserved.discard(reserved)

    def _for_people(self, asks: Sequence[Ask], needed: frozenset[str]) -> list[Source]:
        """What has to give way for each person's limit. Raises Refused."""
        owners = {ask.owner for ask in asks if self.settings.shared and ask.owner}
        return [
            source for each in owners for source in self._for(each, [ask for ask in asks if ask.owner == each], needed)
        ]

    def _for(self, owner: str, asks: Sequence[Ask], needed: frozenset[str]) -> list[Source]:
        """What has to give way for one person's limit. Raises Refused."""
        most = int(self.settings.max_disk_per_person * GIGABYTE)
        used = self.usage(owner).mine
        wanted = used + self._promised(owner) + sum(ask.bytes for ask in asks) - most
        giving = _enough(self._states(needed, owner), wanted)
        if giving is None:
            raise Refused(
                f"Your runs and data sets take {size(used)} of {size(most)} (AEDASH_MAX_DISK_PER_PERSON), "
                f"and {_needed(asks)}: delete some of yours first.",
                "max_disk_per_person",
                f"up to {size(most)}",
            )
        return giving

    def _for_all(self, asks: Sequence[Ask], needed: frozenset[str], given: Sequence[Source]) -> list[Source]:
        """What has to give way, beside what does already, for what all may take, and what the disk has. Raises Refused
        where all of it would not do.
        """
        usage, most = self.usage(), int(self.settings.max_disk * GIGABYTE)
        with sentences():
            reserve = disk(self.store.root).reserve
        further = self._promised() + sum(ask.bytes for ask in asks)
        over_limit = usage.all + further - most if most else 0
        over_disk = further + reserve - usage.left
        wanted = max(over_limit, over_disk) - sum(source.bytes for source in given)
        giving = _enough(self._sources(needed, {source.thins for source in given}), wanted)
        if giving is not None:
            return giving
        if over_limit >= over_disk:
            full, field = f"All runs take {size(usage.all)} of {size(most)} (AEDASH_MAX_DISK)", "max_disk"
        else:
            full = f"The disk has {size(usage.left)} left, of which {size(reserve)} stay free"
            field = "disk"
        raise Refused(f"{full}, and {_needed(asks)}: some runs have to be deleted first.", field)

    def _promised(self, owner: str | None = None) -> int:
        """What runs under way may still write, and what is reserved; owner: of one person alone."""
        runs = self.store.under_way()
        self._most = {run.id: self._known(run) for run in runs}
        further = ((run.owner, max(0, self._most[run.id][1] - run.bytes)) for run in runs)
        reserved = ((ask.owner, ask.bytes) for each in self._reserved for ask in each.asks)
        return sum(bytes for whose, bytes in (*further, *reserved) if owner in (None, whose))

    def _known(self, run: Run) -> tuple[RunConfig, int]:
        """Its config and the bytes that it keeps at most, counted once: there may be thousands under way."""
        known = self._most.get(run.id)
        if known and known[0] is run.config:
            return known
        with suppress(Refused):  # begun under other settings
            return run.config, expected(run.config, self.settings)
        return run.config, 0

    # -- what gives way

    def _sources(self, needed: frozenset[str], thinned: set[str]) -> Iterator[Source]:
        for thrown in reversed(self.store.trash.thrown()):
            yield Source(size_of(thrown.folder), partial(self.store.trash.empty, [thrown]))
        yield from self._states(needed | thinned)
        if self.settings.retention == "oldest":
            for run in leaving(self.store.runs(), sweeps.all_of(self.store.root), time(), end_of, needed):
                yield Source((run.bytes or size_of(run.folder)) - _numbered(run), partial(self._retire, run))

    def _states(self, needed: frozenset[str], owner: str | None = None) -> Iterator[Source]:
        """Numbered states of runs that are over, the oldest first: a fork gets there by training again, to the bit."""
        for run in reversed(self.store.runs()):
            if run.id not in needed and owner in (None, run.owner) and (there := _numbered(run)):
                yield Source(there, partial(self._thin, run), run.id)

    def _retire(self, run: Run) -> None:
        with suppress(Refused):  # somebody took it up in this moment
            self._remove(run)
            self._gone.append(run)

    def _thin(self, run: Run) -> None:
        for path in numbered_states(run.folder).values():
            path.unlink(missing_ok=True)
        with suppress(Refused):  # on a full disk it is measured another time
            self.store.mark(run.id, bytes=size_of(run.folder))


def _numbered(run: Run) -> int:
    """Bytes of its numbered states that no other name holds; 0 while it may need them to go on."""
    states = [path.stat() for path in numbered_states(run.folder).values()] if run.state in SAVED else []
    return sum(about.st_size for about in states if about.st_nlink == 1)


def _enough(sources: Iterable[Source], wanted: int) -> list[Source] | None:
    """As many as make that room; None where all of them do not.

    >>> [source.bytes for source in _enough([Source(3, print), Source(2, print), Source(1, print)], 4)]
    [3, 2]
    """
    chosen: list[Source] = []
    for source in sources if wanted > 0 else ():
        chosen.append(source)
        wanted -= source.bytes
        if wanted <= 0:
            break
    return chosen if wanted <= 0 else None


def _give(sources: Iterable[Source]) -> None:
    for source in sources:
        source.give()


def _staying(asks: Iterable[Ask], needed: Collection[str]) -> frozenset[str]:
    return frozenset((*needed, *(ask.run for ask in asks)))


def _needed(asks: Sequence[Ask]) -> str:
    total = size(sum(ask.bytes for ask in asks))
    what = asks[0].what if len(asks) == 1 else f"these {len(asks)} runs"
    return f"{what} may need {total}"
