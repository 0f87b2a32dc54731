"""Twins: two runs that are the same up to one step, and differ in one number from there on."""

from dataclasses import dataclass, replace
from math import ceil

from aedash import registry, words
from aedash.changes import Schedule, changeable, changed
from aedash.config import RunConfig, flat, training_images, vary
from aedash.events import Changed
from aedash.formatting import many
from aedash.history import Run
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Axis, Sweep, sweep
from aedash.training.checkpoint import kept_states
from aedash.training.manager import RunManager
from aedash.training.plan import Fork, Plan

KIND = "twins"
RATE = "optimizer.learning_rate"


@dataclass(frozen=True)
class Start:
    """Where twins begin: at a kept state or, with None, at the initial weights; replayed: epochs up to the fork."""

    fork: Fork | None
    replayed: int


def from_the_start(
    manager: RunManager, config: RunConfig, path: str, value: object, preset: str = "", owner: str = ""
) -> Sweep:
    """Train the config and the same with one field changed, side by side; the sweep of both, as it was saved.

    path, value: as `config.vary` takes them; owner: of both runs. Raises Refused where both would be equal, or do not
    pass the gates.
    """
    other = _different(config, vary(config, path, value), path, value)
    pair = _pair(config, path, value, "From the start", preset)
    ids = manager.submit_all([Plan(each, preset, owner=owner) for each in (config, other)], together=True)
    return records.save(manager.settings.runs_dir, pair, ids, owner)


def fork(manager: RunManager, run: Run, epoch: int, path: str, value: float, epochs: int, owner: str = "") -> Sweep:
    """Go on with a run after one of its epochs twice: as it was, and with one number changed; the sweep of both.

    epoch: 0 to those done, after which they part; path: one of `changeable`, value: behind the fork; epochs: how many
    are trained behind it; owner: of both runs. The state after that epoch is kept, or reached by replaying from the
    nearest kept one before it, which is exact on the CPU. Raises Refused for another epoch or path, and where both
    would be equal.
    """
    if not 0 <= epoch <= run.epochs_done:
        raise Refused(f"The run has {many(run.epochs_done, 'epoch')}; fork after 0 to {run.epochs_done}.", "epoch")
    config = vary(run.config, "epochs", epoch + epochs)
    step = epoch * steps_per_epoch(config)
    before = tuple(change for change in run.changes if change.step < step)
    now = Schedule(config, before).at(step)
    _different(now, changed(now, path, value), path, value)
    fork = start(run, epoch).fork
    same = Plan(config, run.preset, before, run.threads, fork, owner)
    other = replace(same, changes=(*before, Changed(step, path, value)))
    pair = _pair(now, path, value, f"{run.title} after epoch {epoch}", run.preset)
    return records.save(manager.settings.runs_dir, pair, manager.submit_all([same, other], together=True), owner)


def slower(manager: RunManager, run: Run, owner: str = "") -> str:
    """Go on from the last epoch of a run that diverged, at a tenth of its learning rate then; the new run's id.

    Raises Refused for a run without an epoch to go on from.
    """
    if not run.diverged or not run.epochs_done:
        raise Refused("Only a run that diverged after an epoch can be forked at a tenth of its rate.", "run")
    step = run.epochs_done * steps_per_epoch(run.config)
    before = tuple(change for change in run.changes if change.step < step)
    changes = (*before, Changed(step, RATE, calmer_rate(run)))
    fork = start(run, run.epochs_done).fork
    return manager.submit_all([Plan(run.config, run.preset, changes, run.threads, fork, owner)])[0]


def calmer_rate(run: Run) -> float:
    """A tenth of the learning rate in force at the end of a run's last epoch, where it goes on or is forked.

    To six digits. A change at that very step may be what made it diverge, and is part of what is divided.
    """
    step = run.epochs_done * steps_per_epoch(run.config)
    return float(f"{Schedule(run.config, run.changes).at(step).optimizer.learning_rate / 10:.6g}")


def start(run: Run, epoch: int) -> Start:
    """The nearest kept state at or before an epoch of the run; the initial weights where none is."""
    kept = {at: path for at, path in kept_states(run.folder).items() if at <= epoch}
    at = max(kept, default=0)
    return Start(Fork(run, kept[at]) if at else None, epoch - at)


def kept(run: Run) -> list[int]:
    """Epochs after which the whole state is kept, in order: every tenth, the best, the last; empty without a save."""
    return list(kept_states(run.folder))


def replay_seconds(run: Run, epoch: int) -> float:
    """What the replay up to the fork costs, by the pace that the run itself had; 0 where the state is kept."""
    return start(run, epoch).replayed * run.seconds / max(run.epochs_done, 1)


def steps_per_epoch(config: RunConfig) -> int:
    """Optimiser steps in one epoch: the last one may see fewer images.

    >>> from aedash.config import parse
    >>> steps_per_epoch(parse({"optimizer": {"batch_size": 100}}))
    12
    """
    info = registry.datasets.get(config.data.name).info
    return ceil(training_images(config.data, info) / config.optimizer.batch_size)


def numbers(run: Run, epoch: int) -> dict[str, float]:
    """{path: value in force after that epoch} of what a fork may change: a form's initial values."""
    config = Schedule(run.config, run.changes).at(epoch * steps_per_epoch(run.config) - 1)
    return {path: float(flat(config)[path]) for path in changeable(config)}


def _different(config: RunConfig, other: RunConfig, path: str, value: object) -> RunConfig:
    if other == config:
        raise Refused(f"{words.capital(words.field(path))} is {value} already; twins must differ.", path)
    return other


def _pair(config: RunConfig, path: str, value: object, name: str, preset: str) -> Sweep:
    now = {**config.model_dump(mode="json"), **flat(config)}.get(path)
    name = f"{name}: {words.field(path)} {now} or {value}"
    return sweep(name=name[:120], base=config, axes=[Axis(path=path, values=(now, value))], preset=preset, kind=KIND)
