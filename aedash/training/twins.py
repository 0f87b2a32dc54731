"""Twins: two runs that are the same up to one step, and differ in one number from there on."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from aedash import registry
from aedash.changes import changeable, changed
from aedash.config import RunConfig, flat, training_images, vary
from aedash.events import Changed
from aedash.history import Run
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Axis, Sweep, sweep
from aedash.training.checkpoint import kept_states
from aedash.training.runs import Plan, RunManager

KIND = "twins"


@dataclass(frozen=True)
class Start:
    """Where twins begin: a kept state or, with None, the initial weights; replayed: epochs up to the fork."""

    state: Path | None
    replayed: int


def from_the_start(manager: RunManager, config: RunConfig, path: str, value: object, preset: str = "") -> Sweep:
    """Train the config and the same with one field changed, side by side. Raises Refused."""
    pair = _pair(config, path, value, f"from the start: {path}", preset)
    other = vary(config, path, value)
    if other == config:
        raise Refused(f"{path} is {value} already; twins must differ.", path)
    ids = manager.submit_together([Plan(config, preset), Plan(other, preset)])
    return records.save(manager.settings.runs_dir, pair, ids)


def fork(manager: RunManager, run: Run, epoch: int, path: str, value: float, epochs: int) -> Sweep:
    """Go on with a run after one of its epochs twice: as it was, and with one number changed. Raises Refused.

    The state after that epoch is kept, or reached by replaying from the nearest kept one before it, which is exact on
    the CPU. epochs: how many are trained behind the fork. path: one of `changeable`.
    """
    if not 0 <= epoch <= run.epochs_done:
        raise Refused(f"The run has {run.epochs_done} epochs; fork after 0 to {run.epochs_done}.", "epoch")
    config = vary(run.config, "epochs", epoch + epochs)
    changed(config, path, value)
    step = epoch * steps_per_epoch(config)
    before = tuple(change for change in run.changes if change.step < step)
    begin = start(run, epoch)
    same = Plan(config, run.preset, before, run.threads, begin.state)
    other = Plan(config, run.preset, (*before, Changed(step, path, value)), run.threads, begin.state)
    pair = _pair(config, path, value, f"{run.title} after epoch {epoch}: {path}", run.preset)
    return records.save(manager.settings.runs_dir, pair, manager.submit_together([same, other]))


def start(run: Run, epoch: int) -> Start:
    """The nearest kept state at or before an epoch of the run."""
    kept = {at: path for at, path in kept_states(run.folder).items() if at <= epoch}
    at = max(kept, default=0)
    return Start(kept.get(at), epoch - at)


def replay_seconds(run: Run, epoch: int) -> float:
    """What the replay up to the fork costs, by the pace that the run itself had."""
    return start(run, epoch).replayed * run.seconds / max(run.epochs_done, 1)


def steps_per_epoch(config: RunConfig) -> int:
    """Optimiser steps in one epoch."""
    info = registry.datasets.get(config.data.name).info
    return ceil(training_images(config.data, info) / config.optimizer.batch_size)


def numbers(config: RunConfig) -> dict[str, float]:
    """{path: value} of what a fork may change."""
    return {path: float(flat(config)[path]) for path in changeable(config)}


def _pair(config: RunConfig, path: str, value: object, name: str, preset: str) -> Sweep:
    now = {**config.model_dump(mode="json"), **flat(config)}.get(path)
    return sweep(name=name[:120], base=config, axes=[Axis(path=path, values=(now, value))], preset=preset, kind=KIND)
