"""Work for pages that takes longer than a tick: done once in one thread beside them, looked up by its key."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from aedash.analysis.trained import on_one_thread

T = TypeVar("T")
KEPT = 1000  # several sweeps of 100 runs: a page whose results do not fit would compute them for ever

_results: "OrderedDict[Hashable, Future[Any]]" = OrderedDict()
_lock = Lock()
_missed = 0
# one thread: analyses wait for one another, never a run for all of them together
_thread = ThreadPoolExecutor(1, thread_name_prefix="analysis", initializer=on_one_thread)


class Waiting(LookupError):
    """The result is not there yet."""


def computed(key: Hashable, work: Callable[[], T]) -> T:
    """The result of `work`, begun at the first call with this key. Raises Waiting until it is there, then its error."""
    global _missed
    with _lock:
        if key not in _results:
            _results[key] = _thread.submit(work)
            while len(_results) > KEPT:
                _results.popitem(last=False)
        _results.move_to_end(key)
        future = _results[key]
        there = future.done()
        _missed += not there
    if not there:
        raise Waiting
    return future.result()


def missed() -> int:
    """How often a result was asked for before it was there: when it has risen, something was drawn without."""
    return _missed


def busy() -> bool:
    """Whether anything that was begun is still being computed."""
    with _lock:
        return any(not future.done() for future in _results.values())


def settle(timeout: float = 60.0) -> None:
    """Wait for all that has been begun: for tests."""
    with _lock:
        begun = list(_results.values())
    for future in begun:
        future.exception(timeout)


def forget() -> None:
    """Drop all results: for tests, whose runs may reuse ids."""
    with _lock:
        _results.clear()
