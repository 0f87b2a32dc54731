"""Joining: many people ask for the same recipe, and it is trained once."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.history import Run
from aedash.training.owning import Who

JOINED = (RunState.QUEUED, RunState.RUNNING)  # nobody knows when a paused one goes on

SEEDS = 20  # that are looked up at once
STOPPED_BY_TEACHER = "Stopped by the teacher."


class Begun(NamedTuple):
    """What somebody gets who asks for a run. new: whether it was made for them."""

    run: Run
    new: bool


def equal_run(runs: Iterable[Run], config: RunConfig) -> Run | None:
    """The first of the runs that trains this very config, seed and all, else one that has trained it, whole.

    One that was changed on the way, stopped, or broke is another run.
    """
    equal = [run for run in runs if run.config == config and not run.changes]
    under_way = (run for run in equal if run.state in JOINED)
    return next(under_way, None) or next((run for run in equal if run.whole), None)


def free_seed(runs: Iterable[Run], config: RunConfig) -> int:
    """The first seed behind the config's own with which none of the runs trains it, or has trained it."""
    kept = [run for run in runs if run.state.alive or run.state is RunState.FINISHED]
    taken = {run.config.seed for run in kept if run.config.model_copy(update={"seed": config.seed}) == config}
    return next(seed for seed in count(config.seed + 1) if seed not in taken)


def next_seed(config: RunConfig, alike: Callable[[Sequence[RunConfig]], list[Run]]) -> int:
    """As `free_seed`, of all runs. alike: gives those that have one of some configs, so that no others are read."""
    near = [config.model_copy(update={"seed": config.seed + i}) for i in range(1, SEEDS + 1)]
    seed = free_seed(alike(near), config)
    return seed if seed <= near[-1].seed else next_seed(near[-1], alike)


def end_of(run: Run, who: Who) -> str:
    """What the run's owner is told who finds it stopped by the teacher; empty where it was not."""
    return STOPPED_BY_TEACHER if who.teacher and run.owner not in ("", who.visitor) else ""
