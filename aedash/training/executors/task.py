"""What all executors share: a run under way is a task, and its thread puts on tape what the run tells."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from logging import LogRecord
from logging.handlers import QueueHandler
from queue import SimpleQueue
from threading import Condition, Thread
from time import monotonic
from typing import Generic, TypeVar

from aedash.events import Event, RunState, StateChanged
from aedash.training.worker import Command, Inbox, Interrupt, Job, work

KILLED = "The training process was killed; go on with it from its last save."
Told = Event | LogRecord
T = TypeVar("T")
log = logging.getLogger("aedash")


class Tape(Generic[T]):
    """What was told, in order: one thread adds, any number read from where they are."""

    def __init__(self) -> None:
        self._told: list[T] = []
        self._news = Condition()

    def add(self, told: T) -> None:
        with self._news:
            self._told.append(told)
            self._news.notify_all()

    def after(self, position: int, timeout: float) -> list[T]:
        """All from `position` on; waits for one up to `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: len(self._told) > position, timeout)
            return self._told[position:]


class Task(ABC):
    """A run under way; start its thread once it is built. However it ends, the tape ends with the state it is in."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tape: Tape[Event] = Tape()
        self.thread = Thread(target=self._follow, name=f"run-{job.run}", daemon=True)

    @abstractmethod
    def told(self) -> Iterator[Told]:
        """Train, and yield what the run tells and what it logs, until nothing more can come."""

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
                    self.tape.add(told)
            if not ended:
                self.tape.add(StateChanged(RunState.INTERRUPTED, KILLED))
        except Exception as error:
            log.exception("run %s", self.job.run)
            sentence = f"Training failed with {type(error).__name__}; the log file has the details."
            self.tape.add(StateChanged(RunState.FAILED, sentence))


class TaskExecutor:
    """Implements `Executor` for one kind of task."""

    def __init__(self, kind: Callable[[Job], Task]) -> None:
        self._kind = kind
        self._tasks: dict[str, Task] = {}

    def submit(self, job: Job) -> None:
        self._tasks[job.run] = self._kind(job)
        self._tasks[job.run].thread.start()

    def send(self, run: str, command: Command) -> None:
        if run in self._tasks:
            self._tasks[run].send(command)

    def events(self, run: str, after: int, timeout: float = 0.0) -> list[Event]:
        task = self._tasks.get(run)
        return task.tape.after(after, timeout) if task else []

    def join(self, run: str) -> None:
        if run in self._tasks:
            self._tasks[run].thread.join()

    def forget(self, run: str) -> None:
        self._tasks.pop(run, None)

    def close(self, timeout: float) -> None:
        until = monotonic() + timeout
        tasks = [task for task in list(self._tasks.values()) if task.thread.is_alive()]
        for task in tasks:
            task.send(Interrupt())
        for task in tasks:
            task.thread.join(max(0.0, until - monotonic()))
            if task.thread.is_alive():
                task.kill()


def tell(job: Job, inbox: Inbox) -> Iterator[Told]:
    """`work` in a process of its own: what it logs comes among its events, since the log file is the server's."""
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
