"""News: that something has happened in a run, for whoever waits for it and whoever listens."""

from collections.abc import Callable
from threading import Condition


class News:
    """Of all runs of a process. A listener is told ids, in the thread in which it happened, and must be quick."""

    def __init__(self) -> None:
        self._happened = Condition()
        self._listeners: list[Callable[[str], None]] = []

    def tell(self, *runs: str) -> None:
        """Something happened in the runs of these ids."""
        with self._happened:
            self._happened.notify_all()
        for listener in self._listeners[:]:
            for run in runs:
                listener(run)

    def listen(self, listener: Callable[[str], None]) -> None:
        """From now on the listener is told the id of every run that has news."""
        self._listeners.append(listener)

    def wait_for(self, what: Callable[[], bool], timeout: float) -> bool:
        """Wait until it is so, looked at with all news; False where it is not after `timeout` seconds."""
        with self._happened:
            return self._happened.wait_for(what, timeout)
