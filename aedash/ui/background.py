"""Work for pages that takes longer than a tick: done once in one thread beside them, looked up by its key."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from aedash.analysis.trained import on_one_thread

T = TypeVar("T")
KEPT = 1000  # several sweeps of 100 runs: a page whose results do not fit would compute them for ever

RETRY_SECONDS = 5.0  # a refusal stands for as long, then its cause may be gone: a data set was downloaded


@dataclass
class _Result:
    """future: the work. refused: when its error was first told, in seconds of the monotonic clock."""

    future: "Future[Any]"
    refused: float | None = None

    @property
    def stale(self) -> bool:
        return self.refused is not None and monotonic() - self.refused > RETRY_SECONDS


_results: OrderedDict[Hashable, _Result] = OrderedDict()
_lock = Lock()
_missed = 0
# one thread: analyses wait for one another, never a run for all of them together
_thread = ThreadPoolExecutor(1, thread_name_prefix="analysis", initializer=on_one_thread)


class Waiting(LookupError):
    """The result is not there yet."""


def computed(key: Hashable, work: Callable[[], T]) -> T:
    """The result of `work`, begun at the first call with this key. Raises Waiting until it is there, or its error.

    Work that failed is begun again by a later call.
    """
    global _missed
    with _lock:
        if key not in _results or _results[key].stale:
            _results[key] = _Result(_thread.submit(work))
            while len(_results) > KEPT:
                _results.popitem(last=False)
        _results.move_to_end(key)
        result = _results[key]
        there = result.future.done()
        _missed += not there
        if there and result.refused is None and result.future.exception():
            result.refused = monotonic()
    if not there:
        raise Waiting
    return result.future.result()


def missed() -> int:
    """How often a result was asked for before it was there: when it has risen, something was drawn without."""
    return _missed


def busy() -> bool:
    """Whether anything that was begun is still being computed."""
    with _lock:
        return any(not result.future.done() for result in _results.values())


def cancel() -> None:
    """Give up what has not begun: the server ends, and would wait for it."""
    with _lock:
        for result in _results.values():
            result.future.cancel()


def settle(timeout: float = 60.0) -> None:
    """Wait for all that has been begun: for tests."""
    with _lock:
        begun = [result.future for result in _results.values()]
    for future in begun:
        future.exception(timeout)


def forget() -> None:
    """Drop all results: for tests, whose runs may reuse ids."""
    with _lock:
        _results.clear()
