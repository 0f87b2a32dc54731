"""Owning: who may do what to a run. Everybody may watch, compare, fork and repeat; the rest is its owner's."""

from dataclasses import dataclass

from aedash.history import Run
from aedash.registry import Refused


@dataclass(frozen=True)
class Who:
    """Somebody who asks. visitor: as `Run.owner`, empty for whoever asks from the command line.

    free: whether they may do everything: the teacher, and anybody on a server that is not shared.
    """

    visitor: str = ""
    free: bool = True


ANYBODY = Who()


def may(who: Who, run: Run) -> bool:
    """Whether they may stop, pause, change, rename or delete it. What nobody owns is the teacher's."""
    return who.free or (bool(run.owner) and run.owner == who.visitor)


def check(who: Who, run: Run, verb: str) -> None:
    """Raises Refused unless they may. verb: as it stands before "it": stop, rename."""
    if not may(who, run):
        raise Refused(f"Another person started this run; only they can {verb} it here.", "run", "your own runs")
