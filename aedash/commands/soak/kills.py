"""Kill -9 at random moments: runs, changed runs, forks, sweeps and longer runs, in threads and in processes.

What is killed is the server or, where runs have processes of their own, in turn the process of a run. Afterwards each
run is held against the same run left alone.
"""

import os
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from pathlib import Path
from threading import Timer
from typing import Any

import torch

from aedash.commands.soak.outcome import Outcome
from aedash.commands.soak.victim import SCENARIOS, Work
from aedash.config import training_images
from aedash.events import RunState
from aedash.history import History, Run
from aedash.registry import datasets
from aedash.store import Store
from aedash.store.weights import read_tensors
from aedash.training.executors.line import Helper

EXECUTORS = ("thread", "process")
KILLS = {True: 10, False: 60}  # quick or not
SECONDS = {"thread": (0.1, 2.0), "process": (0.1, 6.0)}  # after which it is killed; the latter begin by importing torch
EACH = 3  # kills of one piece of work, one after the other
Words = dict[str, Any]


@dataclass
class Told:
    """What the victims of one piece of work have said: {run: its last recorded (step, epochs)}, runs and repetitions
    that belong together, faults; kills: how many of them were ended.
    """

    runs: dict[str, tuple[int, int]] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    kills: int = 0

    def hear(self, words: Words) -> None:
        """Remember it."""
        if "fault" in words:
            self.faults.append(words["fault"])
        if "pair" in words:
            self.pairs.append(tuple(words["pair"]))
        if "run" in words:
            self.runs[words["run"]] = (words.get("step", 0), words.get("epochs", 0))


@contextmanager
def stable() -> Iterator[Helper]:
    """The process that forks the victims."""
    helper = Helper("aedash.commands.soak.victim")
    try:
        yield helper
    finally:
        helper.end()


@dataclass(frozen=True)
class Blow:
    """When it falls: so many seconds after the beginning, or at the first word of which `at` is true.

    trainer: on the process of a run instead of the server; where there is none, on nobody.
    """

    seconds: float = inf
    at: Callable[[Words], bool] = lambda words: False
    trainer: bool = False


def attempt(helper: Helper, work: Work, told: Told, blow: Blow | None = None) -> bool:
    """Let a victim work, with a blow or undisturbed; whether it came to its end."""
    told.runs = dict.fromkeys(
        told.runs, (0, 0)
    )  # one that goes on voids what stands behind its save, and tells it anew
    line, done, timer = helper.connect(), False, None
    for words in line.received():
        if "pid" in words:
            line.send(work)
            strike = partial(_strike, words["pid"], work, blow or Blow(), told)
            if blow and blow.seconds < inf:
                timer = Timer(blow.seconds, strike)
                timer.start()
        elif blow and blow.at(words):
            strike()
            blow = None
        told.hear(words)
        done = done or "done" in words
    if timer:
        timer.cancel()
        timer.join()
    return done


def _strike(server: int, work: Work, blow: Blow, told: Told) -> None:
    victim = next(iter(trainers(Path(work.folder))), None) if blow.trainer else server
    with suppress(ProcessLookupError):
        if victim:
            os.kill(victim, signal.SIGKILL)
            told.kills += 1


def trainers(folder: Path) -> list[int]:
    """Ids of the processes that train in a folder: each holds the lock of a run there, and the kernel knows it."""
    places = {f":{lock.stat().st_ino}" for lock in folder.glob("*/lock")}
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [int(lock[4]) for lock in locks if lock[1] == "FLOCK" and f":{lock[5].rpartition(':')[2]}" in places]


def case(quick: bool) -> Outcome:
    """10 or 60 kills: none may cost a bit, a line or a piece of a curve."""
    dice, runs = random.Random(7), 0
    told: list[Told] = []
    with stable() as helper, tempfile.TemporaryDirectory() as folder:
        works = [Work(name, executor, "", seed) for seed in range(99) for name in SCENARIOS for executor in EXECUTORS]
        for number, work in enumerate(works):
            if sum(each.kills for each in told) >= KILLS[quick]:
                break
            here = replace(work, folder=str(Path(folder) / str(number)))
            told.append(survived(helper, here, dice))
            runs += len(told[-1].pairs)
    faults = tuple(fault for each in told for fault in each.faults)
    return Outcome({"kills": sum(each.kills for each in told), "runs compared": runs}, faults)


def survived(helper: Helper, work: Work, dice: random.Random) -> Told:
    """What is told of work that is killed at random moments, and then done and judged."""
    told = Told()
    for number in range(EACH):
        trainer = work.executor == "process" and number % 2 == 1
        seconds = dice.uniform(*(SECONDS["process"] if trainer else SECONDS[work.executor]))
        if attempt(helper, work, told, Blow(seconds, trainer=trainer)):
            break
        told.faults += missing(work, told)
    finish(helper, work, told)
    return told


def finish(helper: Helper, work: Work, told: Told) -> None:
    """Do what is left, then the same undisturbed, and find what differs; what is wrong stands in `told.faults`."""
    for part in (work, replace(work, scenario="repeat", executor="thread")):
        if not attempt(helper, part, told):
            told.faults.append(f"{part}: the work did not come to its end.")
            return
    with closing(Store(Path(work.folder))) as store:
        there = {run.id: run for run in store.runs()}
        told.faults += [f"{work}: run {run} is not listed." for run in told.runs if run not in there]
        told.faults += [f"{work}: {name} {why}." for name, why in store.unreadable.items()]
        for one, other in told.pairs:
            told.faults += [f"{work}: run {one} {why}." for why in wrong(store, there[one], there[other])]


def missing(work: Work, told: Told) -> list[str]:
    """What the folder lacks of what was told, right after a kill."""
    with closing(Store(Path(work.folder))) as store:
        there = {run.id: run for run in store.runs()}
        found = []
        for identifier, (step, epochs) in told.runs.items():
            if identifier not in there:
                found.append(f"{work}: run {identifier} was told of and is not listed.")
                continue
            history = store.history(there[identifier])
            if history.step < step or len(history.ends) < epochs:
                was = f"step {step} and {epochs} epochs were told, step {history.step} and {len(history.ends)} kept"
                found.append(f"{work}: of run {identifier}, {was}.")
        return found


def wrong(store: Store, run: Run, undisturbed: Run) -> Iterator[str]:
    """What is not as in the run that was left alone, each as the end of a sentence."""
    if run.state is not RunState.FINISHED:
        yield f"is {run.state}"
        return
    if list(run.folder.rglob("*.tmp")):
        yield "has left temporary files"
    yield from holes(store.history(run), run)
    for name in ("last.safetensors",):
        one, other = (read_tensors(each.folder / name)[0] for each in (run, undisturbed))
        if one.keys() != other.keys() or not all(torch.equal(one[key], other[key]) for key in one):
            yield f"has other bits in {name}"


def holes(history: History, run: Run) -> Iterator[str]:
    """What a curve lacks, or has twice."""
    images = run.config.epochs * training_images(run.config.data, datasets.get(run.config.data.name).info)
    if sum(block.images for block in history.blocks) != images:
        yield f"has a curve of {sum(block.images for block in history.blocks):,} images instead of {images:,}"
    if [end.epoch for end in history.ends] != list(range(1, run.config.epochs + 1)):
        yield f"has the epochs {[end.epoch for end in history.ends]}"
