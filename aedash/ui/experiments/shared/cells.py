"""Cells: the values of a sweep, each with its runs and what has happened in them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.figures.sweep import Group, colors, pair
from aedash.formatting import value_label
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.sweep import Sweep, members
from aedash.training import sweeps, twins
from aedash.training.manager import RunManager
from aedash.ui.desk.manager import manager

RESTLESS = (  # states of several runs: whose stands for all
    *(RunState.RUNNING, RunState.PAUSED, RunState.QUEUED),
    *(RunState.FAILED, RunState.INTERRUPTED, RunState.STOPPED, RunState.FINISHED),
)


@dataclass(frozen=True)
class Cell:
    """One value of a sweep: what was varied, and its runs, one a seed; a run that was deleted is left out."""

    varied: dict[str, Any]
    config: RunConfig
    runs: tuple[Run, ...]
    group: Group

    @property
    def finished(self) -> tuple[Run, ...]:
        """Runs that rest after an epoch or more: the figures of one that goes on are those of its stop."""
        return tuple(run for run in self.runs if "test" in run.figures and not run.state.alive and run.epochs_done)


def cells(sweep: Sweep) -> list[Cell]:
    """The values of a sweep in their order, with what there is of their runs by now."""
    planned = members(sweep)
    known = manager()
    runs = sweeps.runs_of(known, sweep) if sweep.id else [None] * len(planned)
    count = planned[-1].cell + 1
    found = []
    for i, color in enumerate(pair() if sweep.kind == twins.KIND and count == 2 else colors(count)):
        mine = [(member, run) for member, run in zip(planned, runs, strict=True) if member.cell == i]
        there = [(run, told) for _, run in mine if run and (told := _history(known, run))]
        group = Group(label(mine[0][0].varied), color, tuple(told for _, told in there))
        found.append(Cell(mine[0][0].varied, mine[0][0].config, tuple(run for run, _ in there), group))
    return found


def _history(known: RunManager, run: Run) -> History | None:
    """What has happened in the run; None when another tab has just deleted it."""
    with suppress(Refused):
        return known.history(run)
    return None


def label(varied: dict[str, Any]) -> str:
    """The varied values alone; what they are the page's title says."""
    return " & ".join(value_label(value) for value in varied.values())


def second_curve(plan: Sweep) -> str:
    """Which split the second curve of its runs is of."""
    return "validation" if plan.base.data.validation else "test"


def alive(found: list[Cell]) -> bool:
    """Whether anything may still change by itself."""
    return any(run.state.alive for cell in found for run in cell.runs)


def foremost(runs: Sequence[Run]) -> Run:
    """The run whose state stands for all of them: the least at rest, then what went wrong. runs: at least one."""
    return min(runs, key=lambda run: RESTLESS.index(run.state))


def mean_of(cell: Cell, value: Callable[[Run], float | None]) -> float | None:
    """Mean over the finished seeds, or None."""
    values = [found for run in cell.finished if (found := value(run)) is not None]
    return sum(values) / len(values) if values else None
