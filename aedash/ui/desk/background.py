"""Work for pages that takes longer than a tick: done once in a thread beside them, looked up by its key."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from aedash.analysis.trained import on_one_thread
from aedash.data.image_data import Unavailable
from aedash.ui.desk.weight import weight

T = TypeVar("T")
MOST_BYTES = 512 * 2**20  # of all results: the codes of 10,000 images are up to 16 MB a model
KEPT = 1000  # several sweeps of 100 runs: a page whose results do not fit would compute them for ever
RETRY_SECONDS = 5.0  # images that are not there may be downloaded meanwhile; any other error stands
TELL_SECONDS = 1.0  # between two words of how far a work is: each makes the pages run that wait for it
FRAME_SECONDS = 0.5  # the same, where something can be seen already
PASS_SECONDS = 1.0  # in which a page asks for all that it wants
PATIENCE_SECONDS = 10.0  # longer than a page without a stream takes to ask again


class Abandoned(Exception):
    """Nobody has asked for the work since it told how far it is."""


class Work(Future[Any]):
    """progress: which share is done, 0..1, where the work tells it by `told`; else 0. so_far: what there is of the
    result, where it tells that. asked: when somebody wanted it last, by the monotonic clock.
    """

    def __init__(self) -> None:
        super().__init__()
        self.progress = 0.0
        self.so_far: Any = None
        self.asked = self._told = monotonic()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """From now on the listener is called, once a second at most, as the work gets further."""
        self._listeners.append(listener)

    def silence(self) -> None:
        """It is over: nobody is told any more, nor kept for it."""
        self._listeners.clear()

    def wanted(self) -> None:
        """Somebody still waits for it."""
        self.asked = monotonic()

    def begin(self) -> None:
        """Its turn has come: who has waited till now has heard nothing, and could not ask again."""
        self.asked = self._told = monotonic()

    def tell(self, share: float, so_far: Any = None) -> None:
        """For the thread that does it. Raises Abandoned when nobody has asked for it for ten seconds."""
        self.progress, self.so_far, now = share, so_far, monotonic()
        if now - self.asked > PATIENCE_SECONDS:
            raise Abandoned
        if now - self._told >= (TELL_SECONDS if so_far is None else FRAME_SECONDS):
            self._told = now
            for listener in self._listeners:
                listener()

    @property
    def abandoned(self) -> bool:
        """Whether it ended because nobody waited; it begins anew when somebody does."""
        return self.done() and not self.cancelled() and isinstance(self.exception(), Abandoned)


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def told(share: float, so_far: Any = None) -> None:
    """How far the work is that this thread does, 0..1, and what there is of its result, which must not change any more;
    nothing elsewhere. Raises Abandoned: nobody waits any more.
    """
    if work := _current.get():
        work.tell(share, so_far)


@dataclass
class _Result:
    """future: the work. missing: when it was first told that images are not there, by the monotonic clock.

    bytes: of the result, once it is there.
    """

    future: Work
    missing: float | None = None
    bytes: int = 0

    @property
    def stale(self) -> bool:
        late = self.missing is not None and monotonic() - self.missing > RETRY_SECONDS
        return late or self.future.abandoned


@dataclass(frozen=True)
class _Job:
    future: Work
    work: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        self.future.begin()
        _current.set(self.future)
        try:
            self.future.set_result(self.work())
        except BaseException as error:  # it belongs to whoever asks; the thread goes on
            self.future.set_exception(error)
        finally:
            self.future.silence()


_lock = Lock()


class _Lane:
    """One thread, whose visitors take turns."""

    def __init__(self, name: str) -> None:
        self._waiting: OrderedDict[str, deque[_Job]] = OrderedDict()  # by who asked
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=on_one_thread)

    def begin(self, work: Callable[[], Any], visitor: str) -> Work:
        """A job beside the visitor's others, called under the lock; the thread gets one turn for each."""
        job = _Job(Work(), work)
        self._waiting.setdefault(visitor, deque()).append(job)
        self._thread.submit(self._turn)
        return job.future

    def settle(self, timeout: float) -> None:
        """Wait until its thread has nothing to do."""
        self._thread.submit(lambda: None).result(timeout)

    def _turn(self) -> None:
        """A job of the visitor who has waited longest for a turn: the first of those that the last pass asked for.

        Who turns a knob waits for where it stands, and then for where it stood.
        """
        with _lock:
            visitor, jobs = next(iter(self._waiting.items()))
            job = next(
                job for job in jobs if job.future.asked >= max(each.future.asked for each in jobs) - PASS_SECONDS
            )
            jobs.remove(job)
            if jobs:
                self._waiting.move_to_end(visitor)
            else:
                del self._waiting[visitor]
        job.run()


_results: OrderedDict[Hashable, _Result] = OrderedDict()
# one thread: analyses wait for one another, never a run for all of them together
_quick = _Lane("analysis")
# what takes seconds, for which nobody else shall wait; each of the two computes on one core
_long = _Lane("long analysis")


class Waiting(LookupError):
    """The result is not there yet. work: what it comes from."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work


def computed(key: Hashable, work: Callable[[], T], visitor: str = "", patience: float = 0.0, long: bool = False) -> T:
    """The result of `work`, begun at the first call with this key. Raises Waiting until it is there, or its error.

    patience: seconds that a result is waited for which is not there yet: what is quick comes with the same drawing.
    long: it takes seconds, in a thread of its own beside that of all others.

    Visitors take turns, so that one who asks for a hundred results does not keep the others waiting. Where images were
    missing a later call tries again; another error stays as it is, since the same work on the same key would repeat it.
    """
    with _lock:
        if key not in _results or _results[key].stale:
            _results[key] = _Result((_long if long else _quick).begin(work, visitor))
        _results.move_to_end(key)
        _make_room()
        result = _results[key]
        result.future.wanted()
    if patience and not result.future.done():
        wait([result.future], patience)
    with _lock:
        there = result.future.done() and not result.future.abandoned
        if there and result.missing is None and isinstance(result.future.exception(), Unavailable):
            result.missing = monotonic()
    if not there:
        raise Waiting(result.future)
    return result.future.result()


def _make_room() -> None:
    """Drop what was not asked for the longest, but for the newest; called under the lock."""
    for result in _results.values():
        if (
            not result.bytes
            and result.future.done()
            and not result.future.cancelled()
            and not result.future.exception()
        ):
            result.bytes = weight(result.future.result())
    while len(_results) > 1 and (len(_results) > KEPT or sum(one.bytes for one in _results.values()) > MOST_BYTES):
        _results.popitem(last=False)


def forgotten(key: Hashable) -> None:
    """Drop a result: the next call with its key computes it anew."""
    with _lock:
        _results.pop(key, None)


def cancel() -> None:
    """Give up what has not begun: the server ends, and would wait for it."""
    with _lock:
        for result in _results.values():
            result.future.cancel()


def settle(timeout: float = 300.0) -> None:
    """Wait for all that has been begun, and until all have been told of it: for tests."""
    with _lock:
        begun = [result.future for result in _results.values()]
    for future in begun:
        future.exception(timeout)
    for lane in (_quick, _long):
        lane.settle(timeout)


def forget() -> None:
    """Drop all results: for tests, whose runs may reuse ids."""
    with _lock:
        _results.clear()
