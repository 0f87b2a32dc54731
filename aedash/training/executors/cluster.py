"""Runs on a Ray cluster, through a helper that has joined it: `ray.py`.

Every node sees the code, the data and the runs under the same paths. When a worker dies, another one goes on from the
last save; what both tell makes one history, because Started voids what stands behind its step.
"""

import logging
import pickle
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from importlib.util import find_spec
from threading import RLock

from aedash.changes import noted
from aedash.events import Changed, EpochEnd, RunState, Started, StateChanged, StepBlock
from aedash.registry import Refused
from aedash.training.executors.line import Helper, Line
from aedash.training.executors.task import Executor, Task, Told
from aedash.training.worker import Change, Command, Interrupt, Job, Stop

RETRIES = 2
KNOCK_SECONDS = 3.0
JOIN_SECONDS = 30.0
STOPPED = StateChanged(RunState.STOPPED, "Stopped; no worker was left to take its figures.")
INTERRUPTED = StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
LOST = StateChanged(RunState.INTERRUPTED, "The Ray cluster was lost; go on with the run from its last save.")
NOT_BEGUN = StateChanged(RunState.FAILED, "No worker of the Ray cluster could begin it; the log file has the details.")
log = logging.getLogger("aedash")


class RayExecutor(Executor):
    """A worker of the cluster a run. A worker that dies is replaced twice, from the last save.

    Raises Refused when no cluster can be joined at `address`, host:port of its head, or Ray is not installed.
    """

    def __init__(self, address: str) -> None:
        _join(address)
        super().__init__(partial(_RayTask, _driver(address)))


class _RayTask(Task):
    """A line to each worker that tries; the driver passes on what is said, without a look into it."""

    def __init__(self, driver: Helper, job: Job) -> None:
        super().__init__(replace(job, folder=job.folder.resolve(), data_root=job.data_root.resolve()))
        self._driver = driver
        self._lock = RLock()
        self._line: Line | None = None
        self._commands: list[Command] = []
        self._begun = self._killed = False

    def told(self) -> Iterator[Told]:
        job = self.job
        for _ in range(1 + RETRIES):
            last_word = None
            for told in self._begin(job).received():
                if isinstance(told, str):
                    last_word = told
                    break
                self._begun = True
                job = _noted(job, told)
                if isinstance(told, Changed):
                    self._obeyed(told)
                yield told
            if last_word == "":
                return
            log.warning("run %s: %s", job.run, last_word or "the line to the cluster is cut")
            if end := self._end_without_worker(last_word):
                yield end
                return
            job = replace(job, resume=True)
        if not self._begun:
            yield NOT_BEGUN

    def _begin(self, job: Job) -> Line:
        """A line to another worker, which is given all commands so far."""
        with self._lock:
            self._begun = False
            self._line = self._driver.connect()
            if self._killed:  # before there was a line
                self._line.close()
            commands = [pickle.dumps(command) for command in self._commands]
            self._line.send((pickle.dumps(job), job.threads, job.device != "cpu", commands))
            return self._line

    def _obeyed(self, told: Changed) -> None:
        """A change in force is in the job, at its step: another worker is not asked for it again."""
        with self._lock:
            if (change := Change(told.path, told.value)) in self._commands:
                self._commands.remove(change)

    def _end_without_worker(self, last_word: str | None) -> StateChanged | None:
        """How a run ends that lost its worker, unless another one shall go on with it."""
        for command, end in ((Interrupt, INTERRUPTED), (Stop, STOPPED)):
            if any(isinstance(sent, command) for sent in self._commands):
                return end
        return LOST if last_word is None else None

    def send(self, command: Command) -> None:
        with self._lock:
            self._commands.append(command)
            if self._line is not None:
                self._line.send(pickle.dumps(command))
        if isinstance(command, Stop | Interrupt) and not self._begun:
            self.kill()  # it may wait for a free worker for ever

    def kill(self) -> None:
        with self._lock:
            self._killed = True
            if self._line is not None:
                self._line.close()


def _noted(job: Job, told: Told) -> Job:
    """The job for a worker that goes on: with what was told by then, which is what its record will hold."""
    match told:
        case Started():
            past = tuple(end for end in job.past if end.step <= told.step)
            return replace(job, past=past, recorded=min(job.recorded, told.step))
        case StepBlock():
            return replace(job, recorded=told.step, spent=job.spent + told.seconds)
        case EpochEnd():
            past = (*(end for end in job.past if end.epoch < told.epoch), told)
            return replace(job, past=past, spent=job.spent + told.seconds)
        case Changed():
            return replace(job, changes=noted(job.changes, told))
    return job


@cache
def _driver(address: str) -> Helper:
    """One a process and cluster: its workers stay warm as long as it lives."""
    return Helper("aedash.training.executors.ray", address)


def _join(address: str) -> None:
    """Start the driver. Raises Refused within seconds when there is no cluster to join."""
    if find_spec("ray") is None:
        sentence = "AEDASH_RAY_ADDRESS is set but Ray is not installed: pip install -r requirements-ray.txt."
        raise Refused(sentence, "AEDASH_RAY_ADDRESS")
    if not _answers(address):
        sentence = f"No Ray cluster answers at AEDASH_RAY_ADDRESS={address}; it is host:port of a running `ray start`."
        raise Refused(sentence, "AEDASH_RAY_ADDRESS")
    driver = _driver(address)
    if driver.start() and not driver.ready(JOIN_SECONDS):
        driver.end()
        sentence = (
            f"This machine cannot join the Ray cluster at AEDASH_RAY_ADDRESS={address}: `ray start` must have run here,"
            " with the same token and the same versions of Python and Ray."
        )
        raise Refused(sentence, "AEDASH_RAY_ADDRESS")


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError, ValueError), socket.create_connection((host, int(port)), KNOCK_SECONDS):
        return True
    return False
