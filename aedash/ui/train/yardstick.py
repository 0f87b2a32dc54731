"""The yardstick of a code's spread: a model of the gallery on the same images, so that a dead code looks dead."""

from functools import lru_cache
from pathlib import Path

from aedash.analysis.alignment import size
from aedash.history import Run
from aedash.store.gallery import read_history
from aedash.ui.desk.manager import manager


def yardstick(run: Run, units: int) -> tuple[str, float] | None:
    """(title, spread of its code) of a pretrained model on the same images; None where there is none.

    units: numbers in the run's code. The same preset is chosen, else the code nearest in size; never a dead one.
    """
    others = [one for one in manager().gallery().values() if one.config.data.name == run.config.data.name]
    alive = [one for one in others if one.id != run.id and one.figures["test"].code_size]
    nearest = min(alive, key=lambda one: (one.preset != run.preset, abs(_units(one) - units)), default=None)
    return (nearest.title, _spread(nearest.folder)) if nearest else None


def _units(run: Run) -> int:
    return run.figures["test"].code_units or 0


@lru_cache(maxsize=64)
def _spread(folder: Path) -> float:
    return size(read_history(folder).snapshots[-1].scores)
