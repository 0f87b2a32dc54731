"""Runs in processes of their own, niced, one a run: pages keep their speed, and what kills a run leaves the server."""

import atexit
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

import aedash
from aedash.training.executors.task import Task, TaskExecutor, Told
from aedash.training.worker import Command, Job

ENVIRONMENT = {
    "PYTHONPATH": str(Path(aedash.__file__).parents[1]),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow, which scikit-learn imports: who forks has one thread
}


class _Nursery:
    """The near side of `nursery.py`. The kernel closes its line however this process ends, and so ends the nursery."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it unless it lives."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._control, far = socket.socketpair()
            command = [sys.executable, "-m", "aedash.training.executors.nursery", str(far.fileno())]
            with far:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, env=os.environ | ENVIRONMENT, pass_fds=[far.fileno()]
                )
            atexit.register(self._end, self._process, self._control)

    @staticmethod
    def _end(process: subprocess.Popen[bytes], control: socket.socket) -> None:
        control.close()
        process.kill()  # it may still be warming up
        process.wait()

    def fork(self, line: socket.socket) -> None:
        """A child that trains the run whose job comes in on the line."""
        self.start()
        socket.send_fds(self._control, [b"+"], [line.fileno()])


_nursery = _Nursery()  # one a process: it takes seconds to warm up


class _ProcessTask(Task):
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._line, self._far = socket.socketpair()
        self._writing = Lock()

    def told(self) -> Iterator[Told]:
        with self._line, self._line.makefile("rb") as messages:
            with self._far:
                _nursery.fork(self._far)
            self.send(self.job)
            with suppress(EOFError, OSError, pickle.UnpicklingError):  # killed, perhaps in the middle of a word
                while True:
                    yield pickle.load(messages)

    def send(self, message: Command | Job) -> None:
        with self._writing, suppress(OSError):
            self._line.sendall(pickle.dumps(message))

    def kill(self) -> None:
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)


class ProcessExecutor(TaskExecutor):
    """Implements `Executor`. A child dies with this process, however it ends."""

    def __init__(self) -> None:
        super().__init__(_ProcessTask)
        _nursery.start()
