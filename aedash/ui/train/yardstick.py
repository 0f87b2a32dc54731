"""The yardstick of a code's spread: a model of the gallery on the same images, so that a dead code looks dead."""

from aedash import words
from aedash.analysis.alignment import size
from aedash.history import Run
from aedash.recipe_words import reference
from aedash.ui.desk.manager import manager


def yardstick(run: Run, units: int) -> tuple[str, float] | None:
    """(title, spread of its code) of a pretrained model on the same images; None where there is none.

    units: numbers in the run's code. The preset that the run's title begins with is chosen, else the code nearest in
    size; never a dead one.
    """
    others = [one for one in manager().gallery().values() if one.config.data.name == run.config.data.name]
    alive = [one for one in others if one.id != run.id and one.figures["test"].code_size]
    told_from = reference(run.preset, run.config)[0]
    nearest = min(alive, key=lambda one: (words.model(one.preset) != told_from, abs(_units(one) - units)), default=None)
    kept = manager().history(nearest).snapshots if nearest else []
    return (nearest.title, size(kept[-1].scores)) if nearest and kept else None


def _units(run: Run) -> int:
    return run.figures["test"].code_units or 0
