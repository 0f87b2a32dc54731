"""The classroom: who is the teacher on a shared server, and whether others may start runs.

All of it is in memory: it ends with the server.
"""

from collections import deque
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from time import monotonic

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.owning import Who

TRIES, TRIES_OF_ALL = 5, 30  # in MINUTE
GUESSABLE = 16  # a key of fewer characters
MINUTE = 60.0  # seconds
PAUSED = "The teacher has paused new runs."


class Classroom:
    """One a process. frozen: whether nobody but the teacher may start runs. Safe in several threads."""

    def __init__(self, settings: Settings) -> None:
        self.frozen = False
        self._shared = settings.shared
        self._key = settings.teacher_key.get_secret_value() if settings.shared else ""
        self._teachers: set[str] = set()
        self._tries: deque[tuple[float, str]] = deque(maxlen=1000)
        self._lock = Lock()

    @property
    def has_key(self) -> bool:
        """Whether somebody can become the teacher."""
        return bool(self._key)

    def who(self, visitor: str) -> Who:
        """That person, with what they may."""
        teacher = visitor in self._teachers
        return Who(visitor, teacher or not self._shared, teacher)

    def enter(self, visitor: str, key: str, now: float | None = None) -> None:
        """Make them the teacher. now: seconds of a clock that only rises.

        Raises Refused for another key, and after a few tries in a minute, of theirs. Where the key is short enough
        to be guessed by many at once, also after those of all; then a flood of wrong keys keeps the teacher out.
        """
        with self._lock:
            self._count(visitor, monotonic() if now is None else now)
            if not self._key or not compare_digest(_digest(key), _digest(self._key)):
                raise Refused("This is not the teacher's key.", "AEDASH_TEACHER_KEY")
            self._teachers.add(visitor)

    def leave(self, visitor: str) -> None:
        """They are as everybody else from now on."""
        self._teachers.discard(visitor)

    def freeze(self, who: Who, frozen: bool) -> None:
        """Let nobody else start runs from now on, or let them again. Raises Refused for anyone but the teacher."""
        check_teacher(who)
        self.frozen = frozen

    def check_open(self, owners: Iterable[str]) -> None:
        """Raises Refused unless these people may start runs now."""
        if self.frozen and any(owner and owner not in self._teachers for owner in owners):
            raise Refused(PAUSED, "run")

    def _count(self, visitor: str, now: float) -> None:
        while self._tries and self._tries[0][0] <= now - MINUTE:
            self._tries.popleft()
        theirs = sum(each == visitor for _, each in self._tries)
        if theirs >= TRIES or (len(self._key) < GUESSABLE and len(self._tries) >= TRIES_OF_ALL):
            raise Refused("Too many keys were tried; try again in a minute.", "AEDASH_TEACHER_KEY")
        self._tries.append((now, visitor))


def check_teacher(who: Who) -> None:
    """Raises Refused for anyone but the teacher."""
    if not who.teacher:
        raise Refused("Only the teacher can do this.", "run")


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="replace")).digest()
