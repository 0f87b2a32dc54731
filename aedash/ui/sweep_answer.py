"""What the Sweeps page says in words, made from the measured numbers alone."""

from collections.abc import Sequence

from aedash.figures.sweep import value_label
from aedash.history import Run
from aedash.ui import frame
from aedash.ui.answers import answered, expected, progress, remarks
from aedash.ui.sweeps import Cell, mean_of


def mse(run: Run) -> float:
    """Of a measured run on test images, per pixel."""
    return run.figures["test"].mse


def answer(names: Sequence[str], look_for: str, found: Sequence[Cell]) -> str:
    """HTML, one line: which values have the lowest error and by how much, and what did not go as planned.

    names: of the varied fields, in words; look_for: what is said while nothing is measured.
    """
    errors = [(mean_of(cell, mse), cell) for cell in found]
    known = sorted(((error, cell) for error, cell in errors if error is not None), key=lambda each: each[0])
    aside = remarks(found, " & ".join(names).capitalize())
    if aside and not expected(found):
        return frame.caution(f"Nothing could be measured.{aside}")
    if not known:
        return frame.note(look_for)
    (best, at), (worst, bad) = known[0], known[-1]
    if so_far := progress(sum(len(cell.finished) for cell in found), found):
        return frame.note(f"{so_far} Lowest test MSE so far: {best:.4f} at {place(names, at)}.{aside}")
    first, rest = f"Lowest test MSE {best:.4f} at {place(names, at)}.", aside
    if len(known) > 1:
        rest = f" The highest, {worst:.4f} at {place(names, bad)}, is {_above(worst, best)}.{aside}"
    return answered("good", first, rest)


def place(names: Sequence[str], cell: Cell) -> str:
    """Where in the grid the cell is: learning rate 0.01 and code size 16."""
    return " and ".join(
        f"{name} {value_label(cell.varied[path])}" for name, path in zip(names, cell.varied, strict=True)
    )


def _above(worst: float, best: float) -> str:
    """How much higher: 3.2 times that; small differences in per cent."""
    times = worst / max(best, 1e-12)
    return f"{times:.1f} times that" if times >= 1.5 else f"{times - 1:.1%}".replace("%", " %") + " above"
