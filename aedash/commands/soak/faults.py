"""Faults of disk, index and worker during a run: that run alone ends, with a sentence, and the next one trains.

Whatever was saved before can be read, and a run that goes on afterwards ends with the bits of one left alone.
"""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from aedash import atomic
from aedash.analysis.snapshots import Probe
from aedash.commands.soak.kills import holes
from aedash.commands.soak.outcome import Outcome
from aedash.config import RunConfig, parse, vary
from aedash.events import RunState
from aedash.history import Run
from aedash.settings import Settings
from aedash.store.weights import read_tensors
from aedash.training import recorder, trainer, worker
from aedash.training.checkpoint import TrainState
from aedash.training.manager import RunManager

SECONDS = 120.0
EVERY = {True: 7, False: 1}  # which of the writes of a run find no room: quick or not
Hurt = Callable[[Path], Callable[[], None]]  # of the index in a folder; gives what heals it
STAGES: dict[str, tuple[Any, str]] = {
    "the images": (worker, "images_of"),
    "the network": (TrainState, "fresh"),
    "a step": (trainer, "train_step"),
    "a picture": (Probe, "look"),
    "an evaluation": (trainer, "evaluate"),
    "a save": (worker, "save_state"),
}
SMALL = parse(
    {
        "data": {"name": "digits"},
        "architecture": {"name": "dense", "widths": [16], "latent": 4},
        "optimizer": {"batch_size": 64},
        "epochs": 3,
        "threads": 1,
    }
)
LONG = vary(SMALL, "epochs", 10_000)


def case(quick: bool) -> Outcome:
    """Room that ends at each write in turn, an index that is locked, garbage or gone, a folder that is gone, and errors
    at six stages of a worker.
    """
    found: dict[str, float] = {}
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder) / "alone") as manager:
            right, writes = _alone(manager)
        for number in range(0, writes, EVERY[quick]):
            with opened(Path(folder) / f"full-{number}") as manager:
                faults += [f"Write {number} of {writes} without room: {why}" for why in full(manager, number, right)]
        found["writes without room"] = len(range(0, writes, EVERY[quick]))
        for trouble, hurt in INDEX.items():
            with opened(Path(folder) / trouble.replace(" ", "-")) as manager:
                faults += [f"{trouble}: {why}" for why in hurt_index(manager, hurt, right)]
        with opened(Path(folder) / "gone") as manager:
            faults += [f"A folder that is gone: {why}" for why in folder_gone(manager)]
        for stage in STAGES:
            with opened(Path(folder) / stage.replace(" ", "-")) as manager:
                faults += [f"An error at {stage}: {why}" for why in broken(manager, stage, ValueError("a bug"))]
        found |= {"troubles of index and folder": len(INDEX) + 1, "stages of a worker": len(STAGES)}
    return Outcome(found, tuple(faults))


@contextmanager
def opened(folder: Path) -> Iterator[RunManager]:
    """A server without pages on a folder of its own."""
    here = {"runs_dir": folder, "gallery_dir": folder / "gallery", "executor": "thread", "ray_address": ""}
    with closing(RunManager(Settings().model_copy(update={"device": "cpu", "max_concurrent_runs": 1, **here}))) as one:
        yield one


def ended(manager: RunManager, config: RunConfig = SMALL) -> Run:
    """A run from its start to its end, whatever that is."""
    return over(manager, manager.submit(config))


def over(manager: RunManager, identifier: str) -> Run:
    """The run at its end, recorded."""
    manager.wait(identifier, lambda history: not history.state.state.alive, SECONDS)
    manager.news.wait_for(lambda: identifier not in manager.members, SECONDS)
    return manager.run(identifier)


def tensors(run: Run) -> dict[str, Tensor]:
    """All that a run's last save holds."""
    return read_tensors(run.folder / "last.safetensors")[0]


def _alone(manager: RunManager) -> tuple[dict[str, Tensor], int]:
    """(the last save of a run that is left alone, how many files it wrote)."""
    with patch("aedash.atomic.os.fsync", wraps=os.fsync) as fsync:
        run = ended(manager)
        return tensors(run), fsync.call_count


def full(manager: RunManager, number: int, right: dict[str, Tensor]) -> Iterator[str]:
    """One write of a run finds no room: what was not as it should be."""
    count = iter(range(10**9))
    real = os.fsync

    def fsync(file: int) -> None:
        if next(count) == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    with patch("aedash.atomic.os.fsync", fsync), patch.object(recorder, "RETRY_SECONDS", 0.01):
        try:
            run = ended(manager)
        except atomic.Full:  # it was not created
            yield from _next_one(manager)
            return
    yield from _readable(run)
    if run.state is RunState.FAILED:
        yield from unclear(run)
        manager.resume(run.id)
        run = over(manager, run.id)
    yield from _same(manager, run, right)
    yield from _next_one(manager)


def _locked(root: Path) -> Callable[[], None]:
    other = sqlite3.connect(root / "aedash.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def _garbage(root: Path) -> Callable[[], None]:
    (root / "aedash.sqlite").write_bytes(b"garbage" * 10_000)
    return lambda: None


def _gone(root: Path) -> Callable[[], None]:
    for path in root.glob("aedash.sqlite*"):
        path.unlink()
    return lambda: None


INDEX = {"An index that is locked": _locked, "An index of garbage": _garbage, "An index that is gone": _gone}


def hurt_index(manager: RunManager, hurt: Hurt, right: dict[str, Tensor]) -> Iterator[str]:
    """The index is hurt during a run, for two seconds where that passes: what was not as it should be."""
    run = manager.submit(SMALL)
    manager.wait(run, lambda history: history.step > 0, SECONDS)
    heal = hurt(manager.settings.runs_dir)
    Event().wait(2.0)
    heal()
    yield from _same(manager, over(manager, run), right)
    yield from _next_one(manager)


def folder_gone(manager: RunManager) -> Iterator[str]:
    """The run's folder is removed while it trains: what was not as it should be."""
    run = manager.submit(LONG)
    manager.wait(run, lambda history: history.step > 40, SECONDS)
    shutil.rmtree(manager.run(run).folder, ignore_errors=True)
    failed = over(manager, run)
    if failed.state is not RunState.FAILED:
        yield f"the run is {failed.state}."
    yield from unclear(failed)
    yield from _next_one(manager)


def broken(manager: RunManager, stage: str, error: Exception) -> Iterator[str]:
    """A stage of the worker raises the error: what was not as it should be."""
    with patch.object(*STAGES[stage], side_effect=error):
        failed = ended(manager)
    if failed.state is not RunState.FAILED:
        yield f"the run is {failed.state}."
    yield from unclear(failed)
    yield from _next_one(manager)


def unclear(run: Run) -> Iterator[str]:
    """What is wrong with the sentence of a run that ended badly."""
    said = run.sentence
    if not said.endswith(".") or "\n" in said or "/" in said or "Traceback" in said:
        yield f"the sentence is '{said}'."


def _readable(run: Run) -> Iterator[str]:
    for path in run.folder.glob("*.safetensors"):
        try:
            read_tensors(path)
        except ValueError as error:
            yield str(error)


def _same(manager: RunManager, run: Run, right: dict[str, Tensor]) -> Iterator[str]:
    if run.state is not RunState.FINISHED:
        yield f"the run is {run.state}: {run.sentence}"
        return
    yield from (f"the run {why}." for why in holes(manager.store.history(run), run))
    here = tensors(run)
    if here.keys() != right.keys() or not all(torch.equal(here[name], right[name]) for name in right):
        yield "the run has other bits."


def _next_one(manager: RunManager) -> Iterator[str]:
    found = ended(manager, vary(SMALL, "epochs", 1))
    if found.state is not RunState.FINISHED:
        yield f"the next run is {found.state}: {found.sentence}"
