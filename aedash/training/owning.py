"""Owning: who may do what to a run. Everybody may watch, compare, fork and repeat; the rest is its owner's."""

from dataclasses import dataclass
from typing import Any

from aedash.history import Run
from aedash.registry import Refused
from aedash.store.folder import MOST_JOINED
from aedash.sweep import Sweep

NOBODY_ELSE = "Another person started this {}; only they can {} it."


@dataclass(frozen=True)
class Who:
    """Somebody who asks. visitor: as `Run.owner`, empty for whoever asks from the command line.

    free: whether they may do everything: the teacher, and anybody on a server that is not shared. teacher: whether
    they are that one.
    """

    visitor: str = ""
    free: bool = True
    teacher: bool = False


ANYBODY = Who()


def may(who: Who, owned: Run | Sweep) -> bool:
    """Whether they may stop, pause, change, rename or delete it. What nobody owns is the teacher's."""
    return who.free or (bool(owned.owner) and owned.owner == who.visitor)


def check(who: Who, owned: Run | Sweep, verb: str, alone: bool = False) -> None:
    """Raises Refused unless they may. verb: as it stands before "it": stop, rename.

    alone: it must not be done to a run that others joined, either: it would be done to them.
    """
    if not may(who, owned):
        what = "run" if isinstance(owned, Run) else "comparison"
        raise Refused(NOBODY_ELSE.format(what, verb), what, "your own")
    if alone and not who.free and isinstance(owned, Run) and owned.joined:
        raise Refused(f"{joined_words(owned)}, so you cannot {verb} it any more; train a copy of your own.", "run")


def check_here(run: Run) -> None:
    """Raises Refused for a run that another process trains."""
    if not run.own:
        raise Refused("This run belongs to another process; it can be steered only there.", "run")


def holds(visitor: str, run: Run) -> bool:
    """Whether the run is among that person's: they started it, or asked for the very same while it was under way."""
    return bool(visitor) and (run.owner == visitor or visitor in run.joined)


def joining(run: Run, visitor: str) -> dict[str, Any]:
    """Marks of a run that somebody joins; none where they hold it already, nobody asks, or it has room for no more."""
    full = len(run.joined) >= MOST_JOINED
    return {} if not visitor or full or holds(visitor, run) else {"joined": (*run.joined, visitor)}


def leaving(run: Run, visitor: str) -> dict[str, Any]:
    """Marks of a run that somebody leaves whose it is, too: it is the next one's; none where nobody else holds it."""
    if visitor == run.owner:
        return {"owner": run.joined[0], "joined": run.joined[1:]} if run.joined else {}
    return {"joined": tuple(each for each in run.joined if each != visitor)} if visitor in run.joined else {}


def joined_words(run: Run) -> str:
    """How many others watch a run as theirs: the beginning of a sentence."""
    count = len(run.joined)
    return "Another person watches it as theirs" if count == 1 else f"{count:,} others watch it as theirs"
