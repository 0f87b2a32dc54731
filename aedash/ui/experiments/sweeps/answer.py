"""What the Sweeps page says in words, made from the measured numbers alone: a sentence that fits each question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aedash.analysis.level import Difference, compare
from aedash.events import Floats
from aedash.formatting import count, number, percent, value_label
from aedash.history import Run
from aedash.recipes.questions import Question
from aedash.training.findings import SAME_OUTPUT
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared.cells import Cell, mean_of
from aedash.ui.experiments.shared.remarks import ONE_SEED, against, answered, expected, progress, remarks
from aedash.ui.experiments.sweeps.panels import patterns_of, phases_of
from aedash.ui.shell import frame
from aedash.words import listed

ON_TEST = " Chosen on the test images that are quoted."
Error = Callable[[Run], float]


def error_of(cells: Sequence[Cell], split: str = "test") -> Error:
    """MSE per pixel of a measured run at what it is trained for; where noise is varied, from clean images alone."""
    if _several_noises(cells):
        return lambda run: run.figures[split].mse
    return lambda run: run.figures[split].task_mse


def chosen(cells: Sequence[Cell]) -> Cell | None:
    """The value with the lowest mean error on the images that choose; None while no run is measured."""
    error = error_of(cells, chooses(cells))
    measured = [cell for cell in cells if cell.finished]
    return min(measured, key=lambda cell: mean_of(cell, error) or 0.0, default=None)


def chooses(cells: Sequence[Cell]) -> str:
    """The split that chooses: validation images, or the test images where some run holds none out."""
    held_out = all("validation" in run.figures for cell in cells for run in cell.finished)
    return "validation" if held_out else "test"


def _several_noises(cells: Sequence[Cell]) -> bool:
    return len({cell.config.corruption for cell in cells}) > 1


def of_noisy(cells: Sequence[Cell]) -> bool:
    """Whether `error_of` is of noisy images."""
    runs = [run for cell in cells for run in cell.finished]
    return not _several_noises(cells) and any(run.figures["test"].mse_corrupted is not None for run in runs)


@dataclass(frozen=True)
class Value:
    """A value of the sweep that is measured. place: where in the grid it is, in words; errors: on the test images, one
    a seed."""

    cell: Cell
    place: str
    errors: tuple[float, ...]

    @property
    def label(self) -> str:
        return self.cell.group.label

    @property
    def mse(self) -> float:
        """Mean over seeds."""
        return sum(self.errors) / len(self.errors)

    @property
    def words(self) -> str:
        """The mean, with the range where there are several seeds."""
        spread = f" ({number(min(self.errors))} to {number(max(self.errors))})" if len(self.errors) > 1 else ""
        return f"{number(self.mse)}{spread}"

    @property
    def units(self) -> float | None:
        """Units of the code that carry anything, the mean over seeds."""
        return mean_of(self.cell, lambda run: run.figures["test"].code_size)

    @property
    def still(self) -> bool:
        """Whether every output of every seed is the same picture."""
        variations = [run.figures["test"].output_variation for run in self.cell.finished]
        return all(variation is not None and variation < SAME_OUTPUT for variation in variations)

    def term(self, name: str) -> float | None:
        """A term of the objective on the test images, the mean over seeds."""
        return mean_of(self.cell, lambda run: run.figures["test"].terms.get(name))

    def against(self, other: "Value") -> Difference:
        return compare(_known(self.errors), _known(other.errors))


def _known(errors: Sequence[float]) -> list[Floats]:
    """Runs of which the mean error alone is known."""
    return [np.array([error]) for error in errors]


Answer = tuple[str, str]  # bold clause, what follows


def answer(question: Question, names: Sequence[str], found: Sequence[Cell], desk: Desk) -> str:
    """HTML, one line: what the runs say to the question, and what did not go as planned.

    names: of the varied fields, in words.
    """
    aside = remarks(found, " & ".join(names).capitalize())
    if aside and not expected(found):
        return frame.caution(f"Nothing could be measured.{aside}")
    values, picked = _values(names, found), chosen(found)
    best = next((value for value in values if value.cell is picked), None)
    if best is None:
        return frame.note(question.look_for)
    if so_far := progress(sum(len(cell.finished) for cell in found), found):
        return frame.note(f"{so_far} {_rank(values, best)} so far: {best.words} at {best.place}.{aside}")
    special = ANSWERS.get(question.id) if len(values) > 1 else None
    first, rest = (special and special(values, best, desk)) or _lowest(values, best)
    notes = _notes(values, question.id, chooses(found) != "test") if len(values) > 1 else ""
    if of_noisy(found):
        notes = f" Errors are of noisy images.{notes}"
    return answered(_kind(values, best, question.id), first, f"{rest}{notes}{aside}")


def _values(names: Sequence[str], found: Sequence[Cell]) -> list[Value]:
    error = error_of(found)
    return [Value(cell, place(names, cell), tuple(map(error, cell.finished))) for cell in found if cell.finished]


def place(names: Sequence[str], cell: Cell) -> str:
    """Where in the grid the cell is: learning rate 0.01 and code size 16."""
    return " and ".join(
        f"{name} {value_label(cell.varied[path])}" for name, path in zip(names, cell.varied, strict=True)
    )


def _kind(values: list[Value], best: Value, question: str) -> str:
    """Green for a best value that several seeds bear out, else grey."""
    sure = any(best.against(other).lower and best.against(other).seeds > 1 for other in values if other is not best)
    return "good" if sure and question not in ("beta", "luck") else "info"


def _notes(values: list[Value], question: str, held_out: bool) -> str:
    if question == "luck":
        return ""
    seeds = ONE_SEED if min(len(value.errors) for value in values) == 1 else ""
    return seeds + ("" if held_out or question == "beta" else ON_TEST)


def _lowest(values: list[Value], best: Value) -> Answer:
    """The value that was chosen, those that are level with it, the lowest and the highest."""
    others = [value for value in values if value is not best]
    ends = {"lowest": min(values, key=lambda value: value.mse), "highest": max(values, key=lambda value: value.mse)}
    level = [value for value in others if value.against(best).level]
    if others and len(level) == len(others):
        errors = [value.mse for value in values]
        return f"All are level: test MSE {number(min(errors))} to {number(max(errors))}.", ""
    rest = f" Level with it: {', '.join(value.label for value in level)}." if level else ""
    for name, end in ends.items():
        if end not in (best, *level):
            rest += f" The {name}, {end.words} at {end.place}, is {against(end.against(best), 'that')}."
    first = f"{_rank(values, best)} {best.words} at {best.place}."
    return first, rest.replace("that of that", "that") + _one_picture(values)


def _rank(values: list[Value], best: Value) -> str:
    """What the chosen value is the best of: on the images that are quoted another one may be lower."""
    lowest = best.mse <= min(value.mse for value in values)
    return "Lowest test MSE" if lowest else "Best on held-out images, test MSE"


def _one_picture(values: list[Value]) -> str:
    still = [value.label for value in values if value.still]
    return f" At {listed(still)} every output is the same picture." if still else ""


def _beta(values: list[Value], _best: Value, _desk: Desk) -> Answer | None:
    """A low beta has the lower error by construction: what it costs, and which betas collapse."""
    values = _rising(values)
    low, high = values[0], values[-1]
    empty = [value.label for value in values if value.units == 0]
    first = f"Beta {listed(empty)}: no unit in use, every sample the mean picture." if empty else ""
    if not low.against(high).lower:
        return (first, "") if first else None
    first = first or "Every beta leaves units in use."
    rest = f" A lower beta has the lower error by construction: test MSE {low.words} at {low.label}, {high.words} at "
    nats = [value.term("kl") for value in (low, high)]
    far = f", KL {number(nats[0])} nats against {number(nats[1])}" if None not in nats else ""
    return first, f"{rest}{high.label}. It pays with codes far from N(0, I){far}, and so with worse samples."


def _code(values: list[Value], best: Value, _desk: Desk) -> Answer:
    """The smallest code that is level with the best."""
    values = _rising(values)
    enough = next(value for value in values if value is best or value.against(best).level)
    larger = f", level with {best.label} numbers, {best.words}" if enough is not best else ""
    first = f"{enough.label} numbers are enough: test MSE {enough.words}{larger}."
    before = values[values.index(enough) - 1] if enough is not values[0] else None
    if enough is values[-1]:
        first = f"More numbers still help: {enough.label} reach test MSE {enough.words}."
    rest = f" With {before.label} it is {number(before.mse)}, {_more(before, enough)}." if before else ""
    last = values[-1]
    used = f" Of {last.label} numbers {last.units:,.3g} are in use." if last.units is not None else ""
    return first, rest + used


def _depth(values: list[Value], best: Value, _desk: Desk) -> Answer:
    """Whether hidden layers better the shallowest network, and whether the deepest is too deep."""
    values = _rising(values)
    plain, deep = values[0], values[-1]
    beside = best.against(plain)
    if best is plain or not beside.lower:
        first = f"Depth does not help: {plain.place}, test MSE {plain.words}, is not beaten."
    else:
        first = f"Depth helps: {best.place}, test MSE {best.words}, is {against(beside, plain.label)}."
    apart = deep.against(best)
    again = deep is best or deep is plain
    rest = "" if again else f" The deepest, {deep.label}, {deep.words}, is {against(apart, best.label)}."
    return first, rest + _one_picture(values)


def _checkerboard(values: list[Value], _best: Value, desk: Desk) -> Answer | None:
    """What decoders draw before training, and how uneven their errors are after it."""
    cells = [value.cell for value in values]
    patterns, phases = patterns_of(cells, desk), phases_of(cells, desk)
    labels = [value.label for value in values if value.label in patterns and value.label in phases]
    if len(labels) < 2:
        return None
    most, least = (choose(labels, key=lambda label: patterns[label].variance) for choose in (max, min))
    if patterns[most].variance > 10 * patterns[least].variance:
        first = f"It comes from {most}: untrained, it favours some pixels already, {least} hardly any."
    else:
        first = "No decoder favours pixels before it is trained."
    uneven = [f"{percent(phases[label].unevenness)} for {label}" for label in labels]
    errors = [f"{value.words} for {value.label}" for value in values]
    return first, f" Unevenness of the trained error: {', '.join(uneven)}. Test MSE: {', '.join(errors)}."


def _luck(values: list[Value], _best: Value, _desk: Desk) -> Answer:
    """How far runs lie apart that differ in their seed alone."""
    errors, units = [value.mse for value in values], [value.units for value in values]
    low, high = min(errors), max(errors)
    first = f"{len(values)} seeds: test MSE {number(low)} to {number(high)}, {_times(high / max(low, 1e-12) - 1)}."
    used = [unit for unit in units if unit is not None]
    rest = f" Units in use: {count(min(used))} to {count(max(used))}." if used else ""
    return first, f"{rest} Nothing else differs: a smaller difference between two settings may be luck."


def _rising(values: list[Value]) -> list[Value]:
    """By the one varied number, or by how many there are of them, whatever the order in which they were typed."""

    def size(value: Value) -> float:
        varied = next(iter(value.cell.varied.values()))
        return len(varied) if isinstance(varied, list | tuple) else float(varied)

    return sorted(values, key=size)


def _more(value: Value, other: Value) -> str:
    apart = value.against(other)
    return "level" if apart.level else _times(apart.share)


def _times(share: float) -> str:
    """How much higher: 3.2 times as much; small differences in per cent."""
    return f"{share + 1:.1f} times as much" if share >= 0.5 else f"{percent(share)} more"


Special = Callable[[list[Value], Value, Desk], Answer | None]


ANSWERS: dict[str, Special] = {
    "beta": _beta,
    "code": _code,
    "depth": _depth,
    "checkerboard": _checkerboard,
    "luck": _luck,
}
