"""What tells the pages of Explore that a run has better weights, or another state, than those that they show."""

from aedash.analysis.trained import written
from aedash.history import Run
from aedash.ui.desk.manager import run_of
from aedash.wire.board import Board

KIND = "weights"


def version(run: Run) -> str:
    """Another one where a script must run."""
    return f"{run.state} {written(run)}"


def board(identifier: str) -> Board | None:
    """The board of a run's weights: nothing but its version. None where there is no such run."""
    run = run_of(identifier)
    return None if run is None else Board({}, version(run), of=frozenset({f"run/{identifier}"}))
