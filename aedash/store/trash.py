"""The trash: runs that were deleted a moment ago, so that they can be brought back as they were.

<runs>/.trash/<id>.<milliseconds since 1970>.<word>: what was deleted together has the same word. A run's curves stay
in the index for as long as its folder is here. What lies here is deleted, whatever the index says of it.
"""

import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from aedash.atomic import Full, held
from aedash.history import Run
from aedash.registry import Refused
from aedash.store import folder as folders
from aedash.store.database import NO_ROOM, sentences
from aedash.store.folder import Unreadable
from aedash.store.sizes import size_of

if TYPE_CHECKING:
    from aedash.store.index import Store

FOLDER = ".trash"
KEPT_SECONDS = 600.0
GONE = "It cannot be brought back: what was deleted is kept for ten minutes, or until its room is needed."
_NAME = re.compile(r"([0-9a-f]{12})\.(\d{1,15})\.([0-9a-z]{0,16})")


@dataclass(frozen=True)
class Thrown:
    """A deleted run. folder: where it lies now; at: when it was deleted, milliseconds since 1970; together: a word that
    it shares with what was deleted at one go, or empty.
    """

    id: str
    folder: Path
    at: int
    together: str = ""

    @property
    def old(self) -> bool:
        """Whether it has lain here for ten minutes. By a clock that was set back it has not."""
        return time() - self.at / 1000 > KEPT_SECONDS

    @property
    def whole(self) -> bool:
        """Whether it can still be brought back."""
        return (self.folder / "run.json").exists()


class Trash:
    """The trash of a store."""

    def __init__(self, store: "Store") -> None:
        self.store, self.place = store, store.root / FOLDER

    def thrown(self) -> list[Thrown]:
        """All that lies there, newest first."""
        names = [(path, _NAME.fullmatch(path.name)) for path in self.place.glob("*.*")]
        found = [Thrown(name[1], path, int(name[2]), name[3]) for path, name in names if name]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    @property
    def bytes(self) -> int:
        """What it takes of the disk."""
        return size_of(self.place)

    def throw(self, run: Run, together: str = "") -> None:
        """Delete a run that is not being trained. On a full disk all that lies here is removed to make the room.

        Raises Refused where it cannot be moved, Busy while some process trains it.
        """
        thrown = None
        if run.folder.exists():
            with sentences(), held(run.folder / "lock"):
                thrown = self._put(run.folder, together)
        try:
            self.store.forget(run.id, curves=thrown is None)
        except Full:
            _hollow(self.thrown())
            self.store.forget(run.id, curves=False)
        except BaseException:
            if thrown:
                thrown.folder.rename(run.folder)
            raise

    def find(self, identifier: str) -> Thrown:
        """The deleted run of that id. Raises Refused where it is not there, or not any more."""
        for one in self.thrown():
            if one.id == identifier and one.whole:
                return one
        raise Refused(GONE, "run")

    def runs(self, identifiers: Iterable[str]) -> list[Run]:
        """The deleted runs of these ids, each with the folder in which it lies now.

        Raises Refused where one is not there, not any more, or cannot be read.
        """
        newest = {one.id: one for one in reversed(self.thrown()) if one.whole}
        try:
            return [_read(newest[identifier]) for identifier in identifiers]
        except KeyError:
            raise Refused(GONE, "run") from None
        except Unreadable as error:
            raise Refused(f"It cannot be brought back: {error}.", "run") from None

    def remove(self, run: Run) -> None:
        """Delete a run for good. Raises Refused as `throw`."""
        self.throw(run)
        self.empty([one for one in self.thrown() if one.id == run.id])

    def restore(self, identifier: str) -> Run:
        """Bring a run back with its curves, its id and its place in the list.

        Raises Refused where it is not there any more, or cannot be moved.
        """
        return self.put_back(self.find(identifier))

    def put_back(self, thrown: Thrown | Run) -> Run:
        """As `restore`, of one of those that were found. Raises Refused."""
        place = self.store.root / thrown.id
        with sentences():
            thrown.folder.rename(place)
        self.store.take_up(place)  # where the process is killed before, the next one does it
        return self.store.run(thrown.id)

    def empty(self, thrown: Sequence[Thrown]) -> None:
        """Remove these for good. What the index cannot forget now, on a full disk, it does another time."""
        there = [one for one in thrown if one.folder.exists()]  # else it was brought back meanwhile
        _hollow(there)
        for one in there:
            with suppress(Refused):
                self.store.forget(one.id)
                shutil.rmtree(one.folder, ignore_errors=True)

    def settle(self) -> None:
        """At a start: finish what a killed process left half deleted, and remove what is old."""
        for torso in self.store.root.glob(f"{FOLDER}-*"):
            shutil.rmtree(torso, ignore_errors=True)
        for one in self.thrown():
            if one.old:
                self.empty([one])
            elif not (self.store.root / one.id).exists():
                with suppress(Refused):
                    self.store.forget(one.id, curves=False)

    def _put(self, folder: Path, together: str) -> Thrown | None:
        """Move a folder here; on a disk so full that even that has no room, remove it at once, and give None."""
        at = int(1000 * time())
        thrown = Thrown(folder.name, self.place / f"{folder.name}.{at}.{together}", at, together)
        try:
            self.place.mkdir(exist_ok=True)
            folder.rename(thrown.folder)
            return thrown
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
        shutil.rmtree(folder.rename(folder.with_name(f"{FOLDER}-{folder.name}")), ignore_errors=True)
        return None


def _read(thrown: Thrown) -> Run:
    return folders.from_manifest(folders.read_manifest(thrown.folder), thrown.folder, thrown.id)


def _hollow(thrown: Iterable[Thrown]) -> None:
    """Remove the files. The folders stay for as long as the index has curves of them."""
    for one in thrown:
        with suppress(OSError):  # another process removes it, too
            for path in one.folder.iterdir():
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
