"""Runs in threads of this process: nothing to start, the default for one person on one machine."""

from queue import SimpleQueue
from threading import Condition, Thread
from time import monotonic

from aedash.events import Event
from aedash.training.worker import Command, Inbox, Interrupt, Job, work


class _Task:
    def __init__(self, job: Job) -> None:
        self.inbox: Inbox = SimpleQueue()
        self.events: list[Event] = []
        self.news = Condition()
        self.thread = Thread(target=self._work, args=(job,), name=f"run-{job.run}", daemon=True)
        self.thread.start()

    def _work(self, job: Job) -> None:
        for event in work(job, self.inbox):
            with self.news:
                self.events.append(event)
                self.news.notify_all()


class ThreadExecutor:
    """Implements `Executor`. Close it before the interpreter exits: a live torch thread aborts the process then."""

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}

    def submit(self, job: Job) -> None:
        self._tasks[job.run] = _Task(job)

    def send(self, run: str, command: Command) -> None:
        if run in self._tasks:
            self._tasks[run].inbox.put(command)

    def events(self, run: str, after: int, timeout: float = 0.0) -> list[Event]:
        task = self._tasks.get(run)
        if task is None:
            return []
        with task.news:
            task.news.wait_for(lambda: len(task.events) > after, timeout)
            return task.events[after:]

    def join(self, run: str) -> None:
        if run in self._tasks:
            self._tasks[run].thread.join()

    def forget(self, run: str) -> None:
        """Drop the events of a run that has ended."""
        self._tasks.pop(run, None)

    def close(self, timeout: float) -> None:
        until = monotonic() + timeout
        for task in list(self._tasks.values()):
            task.inbox.put(Interrupt())
        for task in list(self._tasks.values()):
            task.thread.join(max(0.0, until - monotonic()))
