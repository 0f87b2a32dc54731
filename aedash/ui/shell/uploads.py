"""Uploads: who waits for a file, which addresses were given out for it, and how many bytes are kept in memory.

Streamlit's own upload address takes any bytes for any session, keeps them until that session is forgotten, and bounds
each file, not their sum. Here a file is taken only where a page shows an uploader, at an address that was given out,
and within a budget of a person and of all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import RLock
from time import monotonic

MB = 2**20
GIVEN = 20  # addresses of one session that were given out and not used yet
AT_ONCE = 3  # files of one session that are on their way
KEPT = 600.0  # seconds after which a file that still lies there gives way to somebody else's
FRAMING = 64 * 1024  # bytes of a request around its file


class Denied(Exception):
    """A file that is not taken: the status of HTTP, and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


NOBODY = (403, "No page of yours waits for a file: open the upload again, and choose the file there.")
FULL = (429, "Other uploads take all the room at the moment; try again in a minute.")
YOURS = (429, "You have too many uploads open: remove one, or close its page.")
LARGE = (413, "The file is larger than this upload takes.")


@dataclass(frozen=True)
class _Waiting:
    """An uploader on a page. most: bytes of a file; round: of the session's drawing in which it was last drawn; file:
    the one that lies in it.
    """

    most: int
    round: int
    file: str = ""


@dataclass(frozen=True)
class _File:
    """bytes: that have arrived; since: when it was whole, 0 before."""

    bytes: int = 0
    since: float = 0.0


class Uploads:
    """One for the server's process; safe from several threads.

    alive: whether a session is there still; drop: lets go of a file that is kept. person, everybody: bytes that the
    files of one person, and of all, may take at once; a file that is on its way counts with what has arrived.
    """

    def __init__(
        self,
        alive: Callable[[str], bool],
        drop: Callable[[str, str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.person = self.everybody = 0
        self.allow(100, 400)
        self._alive, self._drop, self._clock = alive, drop, clock
        self._lock = RLock()
        self._round: dict[str, int] = {}
        self._people: dict[str, str] = {}
        self._waiting: dict[str, dict[str, _Waiting]] = {}
        self._given: dict[str, list[str]] = {}
        self._files: dict[tuple[str, str], _File] = {}

    def allow(self, largest: int, everybody: int) -> None:
        """MB of a file, and of all. One person may keep two files of the largest: one lies there, another comes."""
        self.everybody = everybody * MB
        self.person = min(2 * largest * MB, self.everybody)

    # -- told by pages

    def opens(self, session: str) -> None:
        """A page begins to be drawn; of one without an uploader, and none before it, nothing has to be known."""
        with self._lock:
            if session in self._waiting:
                self._round[session] = self._round.get(session, 0) + 1

    def waits(self, session: str, person: str, key: str, most: int, file: str = "") -> None:
        """A page shows an uploader. most: bytes of a file; file: the one that lies in it."""
        with self._lock:
            self._people[session] = person
            shown = self._waiting.setdefault(session, {})
            shown[key] = _Waiting(most, self._round.get(session, 0), file)

    def settled(self, session: str) -> None:
        """The page is drawn: what it no longer shows waits no more, and the file that lay there is let go."""
        with self._lock:
            now, shown = self._round.get(session, 0), self._waiting.get(session, {})
            for key in [key for key, each in shown.items() if each.round < now]:
                self.release(session, shown.pop(key).file)

    def release(self, session: str, file: str) -> None:
        """Let go of a file: what it held is there for others again."""
        with self._lock:
            if self._files.pop((session, file), None):
                self._drop(session, file)

    # -- told by the server

    def gave(self, session: str, files: Iterable[str]) -> None:
        """These addresses were given out to the session, for a file each."""
        with self._lock:
            self._given[session] = [*self._given.get(session, ()), *files][-GIVEN:]

    def begin(self, session: str, file: str, length: int = 0) -> None:
        """A file comes. length: as the request tells, 0 where it does not. Raises Denied."""
        with self._lock:
            self._forget()
            if not self._waiting.get(session) or file not in self._given.get(session, ()):
                raise Denied(*NOBODY)
            if sum(not each.since for (whose, _), each in self._files.items() if whose == session) >= AT_ONCE:
                raise Denied(*YOURS)
            self._check(session, length, length)
            self._given[session].remove(file)  # for one file
            self._files[session, file] = _File()

    def count(self, session: str, file: str, more: int) -> None:
        """So many bytes more of it have arrived. Raises Denied where they are too many."""
        with self._lock:
            known = self._files.get((session, file), _File())
            self._check(session, known.bytes + more, more)
            self._files[session, file] = replace(known, bytes=known.bytes + more)

    def ended(self, session: str, file: str, kept: bool) -> None:
        """It is whole and lies in memory, or nothing of it is kept."""
        with self._lock:
            there = self._files.pop((session, file), None)
            if there and kept:
                self._files[session, file] = replace(there, since=self._clock())

    def bytes(self) -> int:
        """Of all files, on their way or kept."""
        with self._lock:
            return sum(each.bytes for each in self._files.values())

    # -- inside

    def _check(self, session: str, size: int, more: int) -> None:
        """Raises Denied unless a file of this size so far, of which `more` bytes are new, has room."""
        shown = self._waiting.get(session)
        if not shown:  # its page went while it came
            raise Denied(*NOBODY)
        if size > max(each.most for each in shown.values()) + FRAMING:
            raise Denied(*LARGE)
        here = sum(each.bytes for (whose, _), each in self._files.items() if whose == session)
        person = self._people[session]
        theirs = sum(each.bytes for (whose, _), each in self._files.items() if self._people.get(whose) == person)
        room = 2 * sum(each.most + FRAMING for each in shown.values())  # one lies there, another comes in its place
        if here + more > room or theirs + more > self.person:
            raise Denied(*YOURS)
        if self.bytes() + more > self.everybody and not self._made_room(more):
            raise Denied(*FULL)

    def _made_room(self, more: int) -> bool:
        """Whether there is room, now that those are let go which lie there for long; the oldest first."""
        old = sorted((each.since, place) for place, each in self._files.items() if each.since)
        for since, place in old:
            if self._clock() - since > KEPT:
                self.release(*place)
            if self.bytes() + more <= self.everybody:
                return True
        return False

    def _forget(self) -> None:
        """Sessions that ended: Streamlit has let go of their files."""
        gone = {session for session in (*self._people, *self._given) if not self._alive(session)}
        for session in gone:
            self._round.pop(session, None)
            self._people.pop(session, None)
            self._waiting.pop(session, None)
            self._given.pop(session, None)
        for place in [place for place in self._files if place[0] in gone]:
            del self._files[place]
