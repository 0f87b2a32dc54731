"""Work for pages that takes longer than a tick: done once in one thread beside them, looked up by its key."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from aedash.analysis.trained import on_one_thread
from aedash.data.image_data import Unavailable

T = TypeVar("T")
KEPT = 1000  # several sweeps of 100 runs: a page whose results do not fit would compute them for ever
RETRY_SECONDS = 5.0  # images that are not there may be downloaded meanwhile; any other error stands


@dataclass
class _Result:
    """future: the work. missing: when it was first told that images are not there, by the monotonic clock."""

    future: "Future[Any]"
    missing: float | None = None

    @property
    def stale(self) -> bool:
        return self.missing is not None and monotonic() - self.missing > RETRY_SECONDS


@dataclass(frozen=True)
class _Job:
    future: "Future[Any]"
    work: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.work())
        except BaseException as error:  # it belongs to whoever asks; the thread goes on
            self.future.set_exception(error)


_results: OrderedDict[Hashable, _Result] = OrderedDict()
_waiting: OrderedDict[str, deque[_Job]] = OrderedDict()  # by who asked: they take turns
_lock = Lock()


# one thread: analyses wait for one another, never a run for all of them together
_thread = ThreadPoolExecutor(1, thread_name_prefix="analysis", initializer=on_one_thread)


class Waiting(LookupError):
    """The result is not there yet. work: what it comes from."""

    def __init__(self, work: "Future[Any]") -> None:
        super().__init__()
        self.work = work


def computed(key: Hashable, work: Callable[[], T], visitor: str = "") -> T:
    """The result of `work`, begun at the first call with this key. Raises Waiting until it is there, or its error.

    Visitors take turns, so that one who asks for a hundred results does not keep the others waiting. Where images were
    missing a later call tries again; another error stays as it is, since the same work on the same key would repeat it.
    """
    with _lock:
        if key not in _results or _results[key].stale:
            _results[key] = _Result(_begun(work, visitor))
            while len(_results) > KEPT:
                _results.popitem(last=False)
        _results.move_to_end(key)
        result = _results[key]
        there = result.future.done()
        if there and result.missing is None and isinstance(result.future.exception(), Unavailable):
            result.missing = monotonic()
    if not there:
        raise Waiting(result.future)
    return result.future.result()


def _begun(work: Callable[[], Any], visitor: str) -> "Future[Any]":
    """A job behind the visitor's others; `_thread` gets one turn for each."""
    job = _Job(Future(), work)
    _waiting.setdefault(visitor, deque()).append(job)
    _thread.submit(_turn)
    return job.future


def _turn() -> None:
    """The first job of the visitor who has waited longest for a turn."""
    with _lock:
        visitor, jobs = next(iter(_waiting.items()))
        job = jobs.popleft()
        if jobs:
            _waiting.move_to_end(visitor)
        else:
            del _waiting[visitor]
    job.run()


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
