"""Runs on a Ray cluster, a task a run. The only file that imports Ray.

Every node sees the code, the data and the runs under the same paths. When a worker dies, another one goes on from the
last save; what both tell makes one history, because Started voids what stands behind its step.
"""

import logging
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import aedash
from aedash.changes import noted
from aedash.events import Changed, EpochEnd, RunState, StateChanged
from aedash.registry import Refused
from aedash.training.executors.task import Task, TaskExecutor, Told, tell
from aedash.training.worker import Change, Command, Inbox, Interrupt, Job, Stop

# Before Ray is imported, which reads them:
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Ray ends a process that has not reached the cluster's head for this long; the default, a minute, would end the server.
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "100000000")

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

RETRIES = 2
KNOCK_SECONDS = 3.0
JOIN_SECONDS = 10.0
WAIT_SECONDS = 0.2  # between two looks into the mailbox
JOIN = "import ray, sys; ray.init(sys.argv[1], log_to_driver=False)"
log = logging.getLogger("aedash")


class RayExecutor(TaskExecutor):
    """Implements `Executor`. Raises Refused when no cluster can be joined at `address`, host:port of its head."""

    def __init__(self, address: str) -> None:
        _connect(address)
        super().__init__(partial(_RayTask, address, _mailbox()))


def _mailbox() -> Any:
    """An actor beside the server that holds the commands to each run; workers fetch them."""

    class Mailbox:  # inside, so that it is sent as code; and of bytes: its process need not import torch
        def __init__(self) -> None:
            self._commands: dict[str, bytes] = {}

        def put(self, run: str, commands: bytes) -> None:
            self._commands[run] = commands

        def get(self, run: str) -> bytes:
            return self._commands[run]

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(Mailbox).options(num_cpus=0, scheduling_strategy=here).remote()


class _RayTask(Task):
    def __init__(self, address: str, mailbox: Any, job: Job) -> None:
        super().__init__(replace(job, folder=job.folder.resolve(), data_root=job.data_root.resolve()))
        self._address, self._mailbox = address, mailbox
        self._commands: list[Command] = []
        self._stream: Any = None
        self._begun = False

    def told(self) -> Iterator[Told]:
        job = self.job
        for _ in range(1 + RETRIES):
            try:
                for told in self._trained(job):
                    job = _noted(job, told)
                    yield told
                return
            except ray.exceptions.RayError as error:
                log.warning("run %s: %s", job.run, error)
            if end := self._end_without_worker():
                yield end
                return
            job = replace(job, resume=True)
            for change in [command for command in self._commands if isinstance(command, Change)]:
                self._commands.remove(change)  # they are in the job now, each at its step
        if not self._begun:
            yield StateChanged(
                RunState.FAILED, "No worker of the cluster could begin it; the log file has the details."
            )

    def _trained(self, job: Job) -> Iterator[Told]:
        """What one worker tells, who is given all commands so far. Raises RayError when it dies."""
        self._begun = False
        commands = pickle.dumps(self._commands)
        ray.get(self._mailbox.put.remote(job.run, commands))
        train = ray.remote(_train).options(num_returns="streaming", max_retries=0, **_needs(job))
        self._stream = train.remote(job, commands, self._mailbox)
        for reference in self._stream:
            told = ray.get(reference)
            self._begun = True
            yield told

    def _end_without_worker(self) -> StateChanged | None:
        """How a run ends that lost its worker, unless another one shall go on with it."""
        if any(isinstance(command, Interrupt) for command in self._commands):
            return StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
        if any(isinstance(command, Stop) for command in self._commands):
            return StateChanged(RunState.STOPPED, "Stopped; no worker was left to take its figures.")
        if not _answers(self._address):
            sentence = (
                f"The Ray cluster at {self._address} is lost; go on with the run once it and this server are back."
            )
            return StateChanged(RunState.INTERRUPTED, sentence)
        return None

    def send(self, command: Command) -> None:
        self._commands.append(command)
        self._mailbox.put.remote(self.job.run, pickle.dumps(self._commands))
        if isinstance(command, Stop | Interrupt) and not self._begun:
            self.kill()  # it may wait for a free worker for ever

    def kill(self) -> None:
        if self._stream is not None:
            ray.cancel(self._stream, force=True)


def _train(job: Job, commands: bytes, mailbox: Any) -> Iterator[Told]:
    """The far side: train in a worker of the cluster, which keeps torch and the data sets warm for its next run."""
    inbox: Inbox = SimpleQueue()
    over = Event()
    taken = _deliver(commands, 0, inbox)
    Thread(target=_fetch, args=(job.run, taken, mailbox, inbox, over), daemon=True).start()
    try:
        yield from tell(job, inbox)
    finally:
        over.set()


def _fetch(run: str, taken: int, mailbox: Any, inbox: Inbox, over: Event) -> None:
    while not over.wait(WAIT_SECONDS):
        taken = _deliver(ray.get(mailbox.get.remote(run)), taken, inbox)


def _deliver(commands: bytes, taken: int, inbox: Inbox) -> int:
    """Move the commands that are new to the inbox; how many there were in all."""
    known: list[Command] = pickle.loads(commands)
    for command in known[taken:]:
        inbox.put(command)
    return len(known)


def _noted(job: Job, told: Told) -> Job:
    """The job for a worker that goes on: with the epochs that were done and the changes that were made."""
    match told:
        case EpochEnd():
            return replace(job, past=(*(end for end in job.past if end.epoch < told.epoch), told))
        case Changed():
            return replace(job, changes=noted(job.changes, told))
    return job


def _needs(job: Job) -> dict[str, float]:
    """What to ask the cluster for: not more than its largest node has, else the run would wait for ever."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cpus = max((node.get("CPU", 0) for node in nodes), default=0)
    gpu = job.device != "cpu" and any(node.get("GPU") for node in nodes)
    return {"num_cpus": max(1, min(job.threads, cpus)), "num_gpus": int(gpu)}


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError, ValueError), socket.create_connection((host, int(port)), KNOCK_SECONDS):
        return True
    return False


def _connect(address: str) -> None:
    """Join the cluster, once a process. Raises Refused within seconds when that cannot be done.

    A process that can be killed tries first: ray.init itself would try for minutes. And it runs in a thread of its own:
    in the main thread it would take SIGTERM from the server.
    """
    if not _answers(address):
        sentence = f"No Ray cluster answers at AEDASH_RAY_ADDRESS={address}; it is host:port of a running `ray start`."
        raise Refused(sentence, "AEDASH_RAY_ADDRESS")
    if ray.is_initialized():
        return
    try:
        subprocess.run([sys.executable, "-c", JOIN, address], timeout=JOIN_SECONDS, check=True, capture_output=True)
    except subprocess.SubprocessError:
        sentence = (
            f"This machine cannot join the Ray cluster at AEDASH_RAY_ADDRESS={address}: `ray start` must have run here,"
            " with the same token and the same versions of Python and Ray."
        )
        raise Refused(sentence, "AEDASH_RAY_ADDRESS") from None
    code = {"env_vars": {"PYTHONPATH": str(Path(aedash.__file__).parents[1])}}
    join = partial(ray.init, address, log_to_driver=False, logging_level=logging.ERROR, runtime_env=code)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(join).result()
