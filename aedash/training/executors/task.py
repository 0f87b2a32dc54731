"""What all executors share: a run under way is a task, whose thread gathers the events from wherever it trains."""

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from logging import LogRecord
from logging.handlers import QueueHandler
from queue import SimpleQueue
from threading import Condition, Lock, Thread
from time import monotonic

from aedash.events import Event, RunState, StateChanged
from aedash.training.worker import Command, Inbox, Interrupt, Job, ended_by, work

KILLED = "The training process was killed; go on with it from its last save."
Told = Event | LogRecord
log = logging.getLogger("aedash")


class Task(ABC):
    """A run under way; start its thread once it is built. However it ends, its last event is the state it is in.

    job: what it trains. One that ends without saying so was killed, and is interrupted.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.thread = Thread(target=self._follow, name=f"run-{job.run}", daemon=True)
        self._events: list[Event] = []
        self._dropped = 0
        self._news = Condition()

    def events(self, after: int, timeout: float) -> list[Event]:
        """All from position `after` on, and those before it are dropped; waits for one up to `timeout` seconds."""
        with self._news:
            gone = min(max(0, after - self._dropped), len(self._events))
            del self._events[:gone]
            self._dropped += gone
            self._news.wait_for(lambda: self._dropped + len(self._events) > after, timeout)
            return self._events[max(0, after - self._dropped) :]

    @abstractmethod
    def told(self) -> Iterator[Told]:
        """Train, and yield what the run tells and what it logs, until nothing more can come.

        Called once, in the task's thread.
        """

    @abstractmethod
    def send(self, command: Command) -> None:
        """Pass a command on; a run that has ended ignores it."""

    @abstractmethod
    def kill(self) -> None:
        """End a run that did not obey in time, as far as that can be done."""

    def _follow(self) -> None:
        ended = False
        try:
            for told in self.told():
                if isinstance(told, LogRecord):
                    logging.getLogger(told.name).handle(told)
                else:
                    ended = isinstance(told, StateChanged) and not told.state.alive
                    self._add(told)
            if not ended:
                self._add(StateChanged(RunState.INTERRUPTED, KILLED))
        except BaseException as error:  # an exit, too, ends the run alone, and its slot is free again
            self._add(ended_by(error, self.job))

    def _add(self, event: Event) -> None:
        with self._news:
            self._events.append(event)
            self._news.notify_all()


class Executor:
    """Runs jobs somewhere, a thread a run. One reader a run pulls its events by position, so that none is lost. Raises
    nothing about a run that it does not know: commands to it are ignored, and it has no events.

    kind: builds the task of a job; what it raises, `submit` raises.
    """

    def __init__(self, kind: Callable[[Job], Task]) -> None:
        self._kind = kind
        self._tasks: dict[str, Task] = {}
        self._starting = Lock()

    def submit(self, job: Job) -> None:
        """Start the job now; who queues decides when. Returns at once."""
        task = self._kind(job)
        with self._starting:  # whoever closes interrupts it, or it does not begin until then
            self._tasks[job.run] = task
            task.thread.start()

    def send(self, run: str, command: Command) -> None:
        """Pass a command to a run; one that is not running here is ignored."""
        if task := self._tasks.get(run):
            task.send(command)

    def events(self, run: str, after: int, timeout: float = 0.0) -> list[Event]:
        """Events from position `after` on; waits for one up to `timeout` seconds. Empty once all were given.

        Those before `after` are dropped: whoever asks for what follows has them.
        """
        task = self._tasks.get(run)
        return task.events(after, timeout) if task else []

    def join(self, run: str) -> None:
        """Wait until a run that was told to end has ended."""
        if task := self._tasks.get(run):
            task.thread.join()

    def forget(self, run: str) -> None:
        """Drop the events of a run that has ended and was recorded."""
        self._tasks.pop(run, None)

    def close(self, timeout: float) -> None:
        """Interrupt every run and wait for their end, at most `timeout` seconds together; then kill what can be."""
        until = monotonic() + timeout
        with self._starting:
            tasks = [task for task in self._tasks.values() if task.thread.is_alive()]
        for task in tasks:
            task.send(Interrupt())
        for task in tasks:
            task.thread.join(max(0.0, until - monotonic()))
            if task.thread.is_alive():
                task.kill()


def tell(job: Job, inbox: Inbox) -> Iterator[Told]:
    """`work` in a process of its own: what it logs comes among its events, since the log file is the server's.

    A record comes before the event that follows it.
    """
    os.environ["AEDASH_RUNS_DIR"] = str(job.folder.parent)  # own images lie beside the runs, wherever this one began
    records: SimpleQueue[LogRecord] = SimpleQueue()
    handler = QueueHandler(records)
    log.addHandler(handler)
    try:
        for event in work(job, inbox):
            while not records.empty():
                yield records.get()
            yield event
    finally:
        log.removeHandler(handler)
