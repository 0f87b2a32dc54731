"""Clearing the board: what the teacher of a shared server does to the runs of all others."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_hex

from aedash.history import Run
from aedash.registry import Refused
from aedash.training.classroom import check_teacher
from aedash.training.manager import RunManager
from aedash.training.owning import Who


def of_others(manager: RunManager, who: Who) -> list[Run]:
    """All runs that another person started, newest first; those that nobody owns are the teacher's."""
    return [run for run in manager.runs() if run.owner not in ("", who.visitor)]


def stop_others(manager: RunManager, who: Who) -> None:
    """Stop all runs of others, also those that several watch as theirs. Raises Refused for anyone but the teacher."""
    check_teacher(who)  # newest first: the waiting ones, or each would start as another stops
    _each([run for run in of_others(manager, who) if run.state.alive], lambda run: manager.stop(run.id, who))


def clear(manager: RunManager, who: Who) -> None:
    """Stop all runs of others, and delete those that are over. Raises Refused for anyone but the teacher."""
    over, together = [run for run in of_others(manager, who) if not run.state.alive], token_hex(4)
    stop_others(manager, who)
    _each(over, lambda run: manager.delete(run.id, who, together))


def _each(runs: Sequence[Run], act: Callable[[Run], object]) -> None:
    """What refuses, because another process trains it, say, keeps the others from nothing."""
    for run in runs:
        with suppress(Refused):
            act(run)
