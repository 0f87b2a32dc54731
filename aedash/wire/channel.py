"""Channel: what can be watched. It keeps the last state and a bounded ring of events that all its readers share."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from aedash.wire.board import Board, message, packed
from aedash.wire.growth import appended

RING = 8  # events; who falls further behind is given the whole state instead
GONE = Board({}, "gone")


@dataclass(frozen=True)
class Event:
    """number: rises with each of the hub; before: that of the event before it on this channel."""

    number: int
    before: int
    data: bytes


class Channel:
    """One subject under its name, "kind/id". build: its board now, or None where there is no such thing. pause: seconds
    between two builds, at least.

    readers: who is to be woken, kept by the hub. news: whether it is to be built; began, cost: when it was built last,
    and the seconds of computing that this took.
    """

    def __init__(self, name: str, build: Callable[[], Board | None], pause: float = 0.0) -> None:
        self.name, self.build, self.pause = name, build, pause
        self.readers: set[Any] = set()
        self.news, self.failed = True, False
        self.began = self.cost = 0.0
        self.board = GONE
        self.number = 0
        self._packed: dict[str, bytes] = {}
        self._ring: deque[Event] = deque(maxlen=RING)
        self._lock = Lock()

    def concerned(self, name: str) -> bool:
        """Whether news of that name are news here."""
        return name == self.name or name in self.board.of

    def take(self, board: Board, number: int) -> bool:
        """Take up a board; whether anything differs from the one before. Raises ValueError or TypeError, and keeps what
        it has, where a part is no JSON.
        """
        now = {name: packed(part) for name, part in board.parts.items()}
        differs = {name: part for name, part in now.items() if part != self._packed.get(name)}
        first = not self.number
        if not (first or differs or now.keys() != self._packed.keys() or board.version != self.board.version):
            return False
        data = b"" if first else self._difference(board, now, differs)
        with self._lock:
            if not first:
                self._ring.append(Event(number, self.number, data))
            self.board, self._packed, self.number = board, now, number
        return True

    def _difference(self, board: Board, now: dict[str, bytes], differs: dict[str, bytes]) -> bytes:
        if self._packed.keys() - now.keys():  # a part that is no more cannot be told by those that changed
            return message(self.name, board, now, True)
        grown = {name: self._grown(name, board.parts[name], part) for name, part in differs.items()}
        return message(self.name, board, grown, False)

    def _grown(self, name: str, payload: Any, part: bytes) -> bytes:
        if name not in self.board.parts:
            return part
        less = appended(self.board.parts[name], payload)
        return part if less is payload else packed(less)

    def whole(self) -> bytes:
        """The last state as JSON; empty before it was built."""
        with self._lock:
            return self._whole() if self.number else b""

    def _whole(self) -> bytes:
        return message(self.name, self.board, self._packed, True)

    def since(self, seen: int) -> tuple[bytes, int]:
        """(the events after the one that a reader has seen, the last one's number); 0 for who has seen none.

        Who comes late, or falls out of the ring, is given the whole state.
        """
        with self._lock:
            if seen == self.number:
                return b"", seen
            missed = [event for event in self._ring if event.before >= seen]
            if seen and missed and missed[0].before == seen:
                return b"".join(framed(event.number, event.data) for event in missed), self.number
            return framed(self.number, self._whole()), self.number


def framed(number: int, data: bytes) -> bytes:
    """A server-sent event."""
    return b"id: %d\ndata: %b\n\n" % (number, data)
