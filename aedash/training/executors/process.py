"""Runs in processes of their own, niced, one a run: pages keep their speed, and what kills a run leaves the server."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from threading import Event as Signal
from threading import RLock, Thread
from typing import Any

from aedash.training.executors.line import HEARD, Helper
from aedash.training.executors.task import Executor, Task, Told
from aedash.training.worker import Command, Interrupt, Job, Stop

WARM_SECONDS = 120.0  # until the nursery has imported everything
FORK_SECONDS = 10.0  # until a warm one has forked
ANSWER_SECONDS = 10.0  # until a child has heard a Stop; obeying it may take longer
log = logging.getLogger("aedash")
_nursery = Helper("aedash.training.executors.nursery")  # one a process: it takes seconds to warm up


class _ProcessTask(Task):
    """A line to a child of the nursery, which says its process id first."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._lock = RLock()  # around what is said, and what of it changes: the line, the child, its end
        self._line = _nursery.connect()
        self._commands: list[Command] = []
        self._pid = 0
        self._begun, self._heard, self._killed, self._over = Signal(), Signal(), Signal(), Signal()
        self._watchers: list[Thread] = []

    def told(self) -> Iterator[Told]:
        try:
            for word in self._begin():
                if word == HEARD:
                    self._heard.set()
                else:
                    yield word
        finally:
            with self._lock:  # from here on nobody begins to watch, or waits for an answer
                for change in (self._over, self._begun, self._heard):
                    change.set()
            for watcher in self._watchers:
                watcher.join()

    def _begin(self) -> Iterator[Any]:
        """What a child says, once there is one; a nursery that does not give one in time is replaced once."""
        for _ in range(2):
            messages = self._line.received(first=FORK_SECONDS)
            if _nursery.ready(WARM_SECONDS) and (pid := next(messages, 0)):
                self._pid = pid
                self._begun.set()
                self._line.send(self.job)
                return messages
            if not self._connect_anew():
                break
        return iter(())

    def _connect_anew(self) -> bool:
        """A line to another nursery, which is told all that was said to the one before; none for a killed run."""
        with self._lock:
            if self._killed.is_set():
                return False
            log.warning("run %s: its process does not begin; another one shall", self.job.run)
            _nursery.replace(self._line.helper)
            self._line = _nursery.connect()
            for command in self._commands:
                self._line.send(command)
            return True

    def send(self, command: Command) -> None:
        with self._lock:
            self._commands.append(command)
            self._say(command)
            if isinstance(command, Stop | Interrupt) and not self._over.is_set():
                watcher = Thread(target=self._watch, name=f"watch-{self.job.run}", daemon=True)
                watcher.start()
                self._watchers.append(watcher)

    def _say(self, message: Any) -> None:
        with self._lock:
            if not self._over.is_set():
                self._heard.clear()
            self._line.send(message)

    def _watch(self) -> None:
        """Until the run is over: a child that computes still hears what is said to it; one that does not is stuck."""
        self._begun.wait(WARM_SECONDS)
        while self._heard.wait(ANSWER_SECONDS) and not self._over.wait(ANSWER_SECONDS):
            self._say(HEARD)
        if not self._over.is_set():
            log.warning("run %s: its process does not answer and is killed", self.job.run)
            self.kill()

    def kill(self) -> None:
        with self._lock:
            self._killed.set()
            if self._pid and not self._over.is_set():  # else its number may be another process's by now
                with suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
            self._line.close()


class ProcessExecutor(Executor):
    """A run dies with this process, however it ends; what kills a run leaves this process.

    Needs a system that forks. A child that does not answer a Stop within seconds is killed, and its run is interrupted.
    """

    def __init__(self) -> None:
        super().__init__(_ProcessTask)
        _nursery.start()
