"""Small real data and short configs that many tests share."""

import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier, Event, Thread

import numpy as np
import torch

from aedash import config as config_module
from aedash import registry
from aedash.config import parse
from aedash.events import RunState, Snapshot, StateChanged
from aedash.training.checkpoint import TrainState
from aedash.training.executors.task import Executor, Task
from aedash.training.trainer import fit
from aedash.training.worker import Interrupt, Pause, Stop

LIMIT = 300.0  # seconds that a test waits for what has to come: a machine may have much else to do
CPU = torch.device("cpu")
GALLERY = Path(__file__).resolve().parents[1] / "checkpoints"  # the trained runs that come with the app


def without_id(sentence):
    """A sentence without the id of the error that it names, which is another one each time."""
    return re.sub(r" of error [0-9a-f]{8}\b", "", sentence)


def config(**fields):
    """A small dense network on digits, changed by top-level fields."""
    small = {
        "data": {"name": "digits"},
        "architecture": {"name": "dense", "widths": [16], "latent": 4},
        "optimizer": {"batch_size": 64},
        "epochs": 2,
        "seed": 3,
        "threads": 1,
    }
    return parse({**small, **fields})


def training_images(config):
    """How many images of the bundled digits an epoch has."""
    return config_module.training_images(config.data, registry.datasets.get("digits").info)


VARIATIONAL = {
    "architecture": {"name": "dense", "widths": [16], "latent": 4, "variational": True},
    "objective": ["reconstruction", {"name": "kl", "weight": 0.5}],
}


FRAGILE = {  # diverges in its second step at a learning rate of 10
    "architecture": {"name": "dense", "widths": [64, 64, 64, 64], "latent": 4, "output": "none"},
    "objective": [{"name": "reconstruction", "loss": "mse"}],
}


def subset(data, train, test):
    """The first images of each split, as a data set of its own."""
    few = data.train[slice(0, train)]
    per_class = tuple(few.labels.bincount(minlength=len(data.info.classes)).tolist())
    return replace(
        data, info=replace(data.info, per_class=per_class, test=test), train=few, test=data.test[slice(0, test)]
    )


def fresh(config, data):
    """The state in which a run begins."""
    return TrainState.fresh(config, data.info, CPU)


def fitted(config, data, **how):
    """(state, events) of a run from its start to its end."""
    state = fresh(config, data)
    return state, list(fit(data, state, config, **how))


def blank_snapshot(step):
    """A snapshot that shows nothing."""
    blank = np.zeros((1, 1, 1), np.uint8)
    return Snapshot(step, np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), blank, blank, np.zeros(1))


class Idle(Executor):
    """Trains nothing: a run is under way until `end`, or until it is told to stop. begun: ids in their order."""

    def __init__(self):
        super().__init__(_IdleTask)
        self.begun = []

    def submit(self, job):
        self.begun.append(job.run)
        super().submit(job)

    def end(self, run):
        """The run has trained to its end."""
        self._tasks[run].send(None)


class _IdleTask(Task):
    def __init__(self, job):
        super().__init__(job)
        self._inbox = SimpleQueue()

    def told(self):
        yield StateChanged(RunState.RUNNING)
        while not isinstance(command := self._inbox.get(), Stop | Interrupt | None):
            yield StateChanged(RunState.PAUSED if isinstance(command, Pause) else RunState.RUNNING)
        ends = {Stop: RunState.STOPPED, Interrupt: RunState.INTERRUPTED}
        yield StateChanged(ends.get(type(command), RunState.FINISHED), getattr(command, "sentence", ""))

    def send(self, command):
        self._inbox.put(command)

    def kill(self):
        self._inbox.put(Interrupt())


def only(kind, events):
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def unlike(one, other):
    """Names whose tensors are not the same bit for bit; takes models or {name: tensor}."""
    a, b = (x if isinstance(x, dict) else x.state_dict() for x in (one, other))
    return [name for name in {**a, **b} if name not in a or name not in b or not torch.equal(a[name], b[name])]


def at_once(count, act):
    """What `count` threads get that begin at the same moment."""
    barrier, found = Barrier(count), []

    def one(i):
        barrier.wait()
        found.append(act(i))

    threads = [Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def until(fact, seconds=LIMIT):
    """Wait for a fact that no event tells of; its value once it is true."""
    never = Event()
    for _ in range(int(seconds / 0.01)):
        if value := fact():
            return value
        never.wait(0.01)
    raise AssertionError("it did not come about in time")


def trainer_of(folder):
    """Id of the process that trains in a folder: it holds the lock, and the kernel knows it. None when none does."""
    place = f":{(folder / 'lock').stat().st_ino}"
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return next((int(lock[4]) for lock in locks if lock[1] == "FLOCK" and lock[5].endswith(place)), None)


def after_epoch(manager, run):
    """The folder of a run, once its first epoch is done and saved."""
    assert manager.wait(run, lambda history: bool(history.ends), LIMIT)
    return until(lambda: (found := manager.run(run).folder / "last.safetensors").exists() and found.parent)


def training(manager, run, steps=1):
    """Wait until the run has done some steps."""
    assert manager.wait(run, lambda history: history.step >= steps, LIMIT)


def over(manager, run):
    """The run, once it is over, whatever its end."""
    assert manager.wait(run, lambda history: not history.state.state.alive, LIMIT)
    return until(lambda: not (found := manager.run(run)).state.alive and found)


def unpacked(text):
    """The numbers of a live component's line."""
    return np.frombuffer(b64decode(text), "<f4").tolist()
