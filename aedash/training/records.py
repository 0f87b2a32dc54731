"""Records: the runs of a folder and what happened in them, as pages read them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from threading import RLock

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.history import KEPT_HISTORIES, History, Run
from aedash.registry import Refused
from aedash.store import Store, sweeps
from aedash.store import gallery as galleries
from aedash.store.folder import Unreadable, restored
from aedash.store.gallery import Shelf, identity, pretrained, read_history
from aedash.store.illustrations import Illustration
from aedash.store.listing import Choices, Wanted
from aedash.sweep import Sweep
from aedash.training.labels import labels
from aedash.training.news import News
from aedash.training.owning import ANYBODY, Who, check
from aedash.training.pace import images_of, usual_pace

PACED = 200  # newest runs whose pace is known
CHUNK = 60  # runs that are read at once where one does not know how many are needed


@dataclass(frozen=True)
class Page:
    """A part of a list. runs: in its order; found: how many there are in all of it."""

    runs: list[Run]
    found: int


class Records:
    """Reads what the store holds and what this process knows earlier: of runs that it trains it has the history. Writes
    what people find a run by, and nothing else.

    news: told of all that happens in those.
    """

    def __init__(self, store: Store, gallery: Path) -> None:
        self.store = store
        self._gallery = gallery
        self._lock = RLock()
        self.news = News()
        self._histories: dict[str, History] = {}
        self._read: dict[str, tuple[RunState, int, History]] = {}

    def runs(self) -> list[Run]:
        """All runs of the folder, newest first; `own` tells whether this process can steer them."""
        with self._lock:
            mine = self._mine()
            return [self._current(run, mine) for run in self.store.runs(mine)]

    def page(self, wanted: Wanted, limit: int, offset: int = 0) -> Page:
        """The runs of the folder that are wanted, so many of them; no others are read."""
        with self._lock:
            mine = self._mine()
            ids, found = self.store.listing.found(wanted, self._told(mine), self._swept(), limit, offset)
            return Page(self._some(ids, mine), found)

    def each(self, wanted: Wanted) -> Iterator[Run]:
        """One after the other, read as far as somebody goes."""
        for offset in count(0, CHUNK):
            page = self.page(wanted, CHUNK, offset)
            yield from page.runs
            if offset + CHUNK >= page.found:
                return

    def ids(self, wanted: Wanted) -> list[str]:
        """Ids of all that are wanted, in their order."""
        with self._lock:
            return self.store.listing.found(wanted, self._told(self._mine()), self._swept())[0]

    def some(self, identifiers: Collection[str]) -> list[Run]:
        """Those runs of the folder, in that order; what is gone is left out."""
        with self._lock:
            return self._some(identifiers, self._mine())

    def alike(self, configs: Iterable[RunConfig]) -> list[Run]:
        """The runs of the folder with one of these very configs, seed and all, newest first; no others are read."""
        with self._lock:
            return self._some(self.store.listing.alike(config.key() for config in configs), self._mine())

    def choices(self) -> Choices:
        """What the runs of the folder can be told apart by."""
        with self._lock:
            return self.store.listing.choices(self._told(self._mine()))

    def _some(self, identifiers: Collection[str], mine: set[str]) -> list[Run]:
        return [self._current(run, mine) for run in self.store.some(identifiers, mine)]

    def _told(self, mine: set[str]) -> dict[str, str]:
        """{id: state} of the runs that claim to be alive: of those alone it may be another one."""
        return {run.id: run.state for run in self._some(self.store.listing.alive(), mine)}

    def _swept(self) -> dict[str, str]:
        """{id: name of the sweep}; of several the oldest."""
        return {run: sweep.name for sweep in self.sweeps() for run in sweep.runs}

    def run(self, identifier: str) -> Run:
        """A run of the folder, or one that comes with the app. Raises Refused when there is none of that id."""
        if kept := self.kept().get(identifier):
            return kept
        with self._lock:
            mine = self._mine()
            return self._current(self.store.run(identifier, mine), mine)

    def gallery(self) -> dict[str, Run]:
        """{preset: run} of the trained runs that come with the app."""
        return pretrained(self._gallery)

    def shipped(self) -> dict[str, Sweep]:
        """{question: sweep} of the finished sweeps that come with the app; their runs are found by `run` alone."""
        return self._shelf().sweeps

    def shipped_trouble(self) -> dict[str, str]:
        """{question: sentence} of those that this version cannot show."""
        return self._shelf().trouble

    def illustration(self, name: str) -> Illustration | None:
        """What the card of a question shows of its shipped sweep; None where there is none."""
        return galleries.illustration(self._gallery, name)

    def is_shipped(self, one: Run | Sweep) -> bool:
        """Whether the run or the sweep comes with the app: nothing of it may be changed."""
        if isinstance(one, Run):
            return self._gallery in one.folder.parents
        return any(each.id == one.id for each in self.shipped().values())

    def sweeps(self) -> list[Sweep]:
        """Every readable sweep: those of the folder, newest first, then those that come with the app."""
        return [*sweeps.all_of(self.store.root), *self.shipped().values()]

    def sweep(self, identifier: str) -> Sweep:
        """A sweep of the folder, or one that comes with the app. Raises Refused when none of that id can be read."""
        if kept := next((each for each in self.shipped().values() if each.id == identifier), None):
            return kept
        if lost := next((why for name, why in self.shipped_trouble().items() if identity(name) == identifier), ""):
            raise Refused(lost, "sweep")
        return sweeps.load(self.store.root, identifier)

    def _shelf(self) -> Shelf:
        return galleries.shipped(self._gallery)

    def kept(self) -> dict[str, Run]:
        """{id: run} of all that come with the app: its trained models, and the members of its sweeps."""
        return {**{run.id: run for run in self.gallery().values()}, **self._shelf().runs}

    def label(
        self,
        identifier: str,
        who: Who = ANYBODY,
        *,
        name: str | None = None,
        note: str | None = None,
        tags: Iterable[str] | None = None,
        group: str | None = None,
        pinned: bool | None = None,
    ) -> Run:
        """Write what people find a run by, also while it trains; None: as it is. Returns the run with it.

        Raises Refused for another's run, one that comes with the app, and what is too long (`folder.LETTERS`).
        """
        given, run = labels(name, note, tags, group, pinned), self.run(identifier)
        if self.is_shipped(run):
            raise Refused("What comes with the app keeps its name.", "run", "runs of this folder")
        check(who, run, "label")
        self.store.mark(identifier, **given)
        self.news.tell(identifier)
        return self.run(identifier)

    def history(self, run: Run) -> History:
        """What happened in the run; read from the store when another process trains or trained it."""
        if self.is_shipped(run):
            return self._of_gallery(run)
        with self._lock:
            if run.id in self._histories:
                return self._histories[run.id]
        return self.store.history(run) if run.state.alive else self._ended(run)

    @staticmethod
    def _of_gallery(run: Run) -> History:
        """What came with the run; of one whose curves are damaged, its pictures alone."""
        try:
            return read_history(run.folder)
        except Unreadable:
            return restored([], [], run)

    def wait(self, identifier: str, until: Callable[[History], bool], timeout: float) -> bool:
        """Wait for something to have happened in a run of this process; False when it did not in `timeout` seconds."""
        with self._lock:
            history = self._histories.get(identifier) or self.history(self.run(identifier))
        return self.news.wait_for(lambda: until(history), timeout)

    def expected_seconds(self, config: RunConfig) -> float:
        """How long a whole run of it trains, by the newest run like it that was measured here; inf where none was.

        It is sought among the newest on the same images.
        """
        newest = islice(self.each(Wanted(data=config.data.name)), PACED)
        return usual_pace(config, newest, self.history) * images_of(config)

    def _mine(self) -> set[str]:
        """Ids of the runs that this process has not yet recorded to their end; none where nothing is trained."""
        return set()

    def _current(self, run: Run, mine: set[str]) -> Run:
        """The run with `own`, and in the state that is known here, should the store not have been writable."""
        if run.id in mine and run.id in self._histories:
            now = self._histories[run.id].state
            if not now.state.alive:
                run = replace(run, state=now.state, sentence=now.sentence)
        return replace(run, own=run.id in mine or not run.state.alive)

    def _ended(self, run: Run) -> History:
        """Read once for as long as the run stays what it is: a resume changes its state or its images."""
        state, images, history = self._read.pop(run.id, (None, 0, None))
        if history is None or (state, images) != (run.state, run.images):
            history = self.store.history(run)
        self._read[run.id] = (run.state, run.images, history)
        for old in list(self._read)[:-KEPT_HISTORIES]:  # those that were not asked for since
            self._read.pop(old, None)
        return history

    def _forget_old(self) -> None:
        """Ended runs beyond the last few are read from the store again when someone asks."""
        ended = [i for i, history in self._histories.items() if not history.state.state.alive]
        for identifier in ended[:-KEPT_HISTORIES]:
            del self._histories[identifier]
