"""Runs in processes of their own, niced, one a run: pages keep their speed, and what kills a run leaves the server."""

from collections.abc import Iterator

from aedash.training.executors.line import Helper
from aedash.training.executors.task import Task, TaskExecutor, Told
from aedash.training.worker import Command, Job

_nursery = Helper("aedash.training.executors.nursery")  # one a process: it takes seconds to warm up


class _ProcessTask(Task):
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._line = _nursery.open()

    def told(self) -> Iterator[Told]:
        self._line.say(self.job)
        return self._line.said()

    def send(self, command: Command) -> None:
        self._line.say(command)

    def kill(self) -> None:
        self._line.cut()


class ProcessExecutor(TaskExecutor):
    """Implements `Executor`. A run dies with this process, however it ends."""

    def __init__(self) -> None:
        super().__init__(_ProcessTask)
        _nursery.start()
