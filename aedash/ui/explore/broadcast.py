"""What tells the pages of Explore that a run has better weights, or another state, than those that they show."""

from aedash.analysis.trained import written
from aedash.history import Run
from aedash.registry import Refused
from aedash.ui.desk.manager import manager
from aedash.wire.board import Board

KIND = "weights"


def version(run: Run) -> str:
    """Another one where a script must run."""
    return f"{run.state} {written(run)}"


def board(identifier: str) -> Board | None:
    """The board of a run's weights: nothing but its version. None where there is no such run."""
    try:
        run = manager().run(identifier)
    except Refused:
        return None
    return Board({}, version(run), of=frozenset({f"run/{identifier}"}))
