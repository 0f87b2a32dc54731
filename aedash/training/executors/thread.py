"""Runs in threads of this process: nothing to start, the default for one person on one machine."""

from collections.abc import Iterator
from queue import SimpleQueue

from aedash.events import Event
from aedash.training.executors.task import Executor, Task
from aedash.training.worker import Command, Inbox, Job, work


class _ThreadTask(Task):
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._inbox: Inbox = SimpleQueue()

    def told(self) -> Iterator[Event]:
        return work(self.job, self._inbox)

    def send(self, command: Command) -> None:
        self._inbox.put(command)

    def kill(self) -> None:
        """A thread ends only with its process."""


class ThreadExecutor(Executor):
    """Close it before the interpreter exits: a live torch thread aborts the process then.

    Runs share the server's memory: one that takes too much ends all of them (`training.limits`).
    """

    def __init__(self) -> None:
        super().__init__(_ThreadTask)
