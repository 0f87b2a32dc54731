"""Visit: what one browser session waits for, and the channel that tells it alone when a result is there."""

import secrets
from threading import Lock
from weakref import WeakValueDictionary

import streamlit as st

from aedash.ui.desk import news
from aedash.ui.desk.background import Work

KEY = "desk"
_lock = Lock()


class Visit:
    """version: rises with every result that the session waited for, and as one gets further. Forgotten with the
    session, which alone keeps it.

    token: 128 random bits, so that nobody else finds its channel.
    """

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self.version = 0
        self._awaited: set[int] = set()
        with _lock:
            _visits[self.token] = self

    @property
    def channel(self) -> str:
        return f"desk/{self.token}"

    def wait_for(self, work: Work) -> None:
        """Be told as that work gets further and is done, once each, however often a page asks for it."""
        with _lock:
            known = id(work) in self._awaited
            self._awaited.add(id(work))
        if not known:
            work.listen(self._moved)
            work.add_done_callback(lambda _: self._done(work))

    def _done(self, work: Work) -> None:
        with _lock:
            self._awaited.discard(id(work))
        self._moved()

    def _moved(self) -> None:
        with _lock:
            self.version += 1
        news.tell(self.channel)


_visits: WeakValueDictionary[str, Visit] = WeakValueDictionary()


def visit() -> Visit:
    """This session's."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Visit()
    return st.session_state[KEY]


def visit_of(token: str) -> Visit | None:
    """The visit of that token; None where there is none, or its session has gone."""
    with _lock:
        return _visits.get(token)
