"""The board of the Sweeps page: the answer, pictures and figures by value, curves, and what the question measures."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from aedash import words
from aedash.events import Snapshot
from aedash.figures import payloads
from aedash.figures.curves import LossChart, steady
from aedash.figures.grids import Mosaic
from aedash.figures.lines import Axis, Series, error_grid, is_wide, line_chart
from aedash.figures.payloads import Payload
from aedash.figures.sweep import loss_chart, matrix, rows
from aedash.figures.theme import ROLES
from aedash.formatting import MISSING, count, number, value_label
from aedash.history import Run
from aedash.objectives import objective
from aedash.recipes.questions import Question, asking
from aedash.sweep import Sweep
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared import cells, refresh, tables
from aedash.ui.experiments.shared.broadcast import PICTURES, feed
from aedash.ui.experiments.shared.cells import Cell, mean_of
from aedash.ui.experiments.shared.touched import by_value
from aedash.ui.experiments.sweeps.answer import answer, chooses, chosen, error_of, of_noisy
from aedash.ui.experiments.sweeps.panels import PANELS
from aedash.ui.shell import address, frame
from aedash.ui.widgets.measured import CLEAN, NOISY

COLUMNS = [0.6, 0.4]
OUTLINED = {"validation": "Outlined: lowest on held-out images.", "test": "Outlined: lowest of all."}


def question_of(shown: Sweep) -> Question:
    """The ready-made question that the sweep asks; one of two fields, or made elsewhere, gets a plain one."""
    known = asking(shown.axes[0].path) if len(shown.axes) == 1 else None
    what = " & ".join(question.what for question in _fields(shown))
    return known or Question("own", shown.name, "Lower is better.", what, shown.preset, shown.axes[0])


def _fields(shown: Sweep) -> list[Question]:
    """What is known of each varied field."""
    own = partial(Question, "own", "", "")
    return [asking(axis.path) or own(words.field(axis.path), shown.preset, axis) for axis in shown.axes]


def draw(shown: Sweep, found: list[Cell], desk: Desk) -> None:
    """What the figures say, images and table at the left, curves and the measure at the right."""
    question = question_of(shown)
    refresh.slot(answer(question, [field.what for field in _fields(shown)], found, desk))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            if len(shown.axes) == 2:
                _grid(shown, _fields(shown), found)
            else:
                _images(shown, question, found)
        with right:
            if len(shown.axes) == 2:  # the map is the answer, and curves of a whole grid are hard to tell apart
                _measure(shown, question, found)
            _curves(shown, found)
            if len(shown.axes) == 1:
                _measure(shown, question, found)
        for name in question.shows:
            if name in PANELS:
                PANELS[name](found, desk)


def _images(shown: Sweep, question: Question, found: list[Cell]) -> None:
    with frame.card("Value by value", "The same test images, or the same random codes, through each.", "rows"):
        options = ["Reconstructions", "Samples"]
        default = "Samples" if "samples" in question.shows else "Reconstructions"
        kind = address.switch("view-rows", "Shown", options, default, question.id, "switch-rows")
        samples = kind == "Samples"
        build = partial(_rows, samples=samples)
        if picture := build(found):
            moving = feed(shown, found, f"rows-{kind}", partial(_repainted, build), PICTURES)
            mosaic(picture, key="rows", feed=moving, **by_value(found, before=0 if samples else 1, samples=samples))
        else:
            frame.empty("No pictures yet", "They appear with the first steps of each run.", 250)
        st.html(tables.table(found, columns(found), question.what) + tables.beside(found))


def _repainted(build: Callable[[list[Cell]], Mosaic | None], found: list[Cell]) -> Payload:
    return payloads.repainted(build(found))


def _grid(shown: Sweep, fields: list[Question], found: list[Cell]) -> None:
    """One image, and the error, of every cell of two fields."""
    across, down = ([cell.varied[field.axis.path] for cell in found] for field in fields)
    with frame.card("Cell by cell", "The same test image through each; below, the error of each.", "rows"):
        size = sum(value == across[0] for value in across)
        labels = list(map(value_label, across[::size])), list(map(value_label, down[:size]))
        build = partial(_cells, labels)
        if picture := build(found):
            mosaic(picture, key="cells", feed=feed(shown, found, "cells", partial(_repainted, build), PICTURES))
            st.html(f'<p class="hint">Across: {escape(fields[0].scale)}. Down: {escape(fields[1].scale)}.</p>')
        else:
            frame.empty("No pictures yet", "They appear with the first steps of each run.", 250)
        mse, noisy = error_of(found), f", {NOISY}" * of_noisy(found)
        heads = fields[0].what, fields[1].what
        table = tables.matrix(found, heads, lambda cell: number(mean_of(cell, mse)), f"Test MSE per pixel{noisy}")
        st.html(table + tables.beside(found))


def _cells(labels: tuple[Sequence[str], Sequence[str]], found: list[Cell]) -> Mosaic | None:
    """One image as every cell rebuilds it now. labels: across and down."""
    probes = next((h.probes for cell in found for h in cell.group.histories if h.probes), None)
    return matrix([cell.group for cell in found], *labels, probes.originals[0] if probes else None)


def _rows(found: list[Cell], samples: bool) -> Mosaic | None:
    groups = [cell.group for cell in found]
    probes = next((h.probes for group in groups for h in group.histories if h.probes), None)
    if samples:
        return rows(groups, None, lambda snapshot: snapshot.samples)
    return rows(groups, probes.originals if probes else None, lambda snapshot: _reconstructions(snapshot))


def _reconstructions(snapshot: Snapshot) -> Any:
    return snapshot.reconstructions


def columns(found: list[Cell]) -> list[tables.Column]:
    """Test figures that these runs have: error, each further term, live code units."""
    terms = {name: None for cell in found for run in cell.finished for name in run.figures["test"].terms}
    shown: list[tables.Column] = [("test MSE", lambda cell: number(mean_of(cell, _clean)))]
    if any(run.figures["test"].mse_corrupted is not None for cell in found for run in cell.finished):
        noisy = (f"test MSE, {NOISY}", lambda cell: number(mean_of(cell, _noisy)))
        shown = [noisy, (CLEAN, shown[0][1])]
    shown += [(words.plain(name), partial(_term, name)) for name in list(terms)[1:4]]
    shown.append(("code in use", _in_use))
    return shown


def _clean(run: Run) -> float:
    return run.figures["test"].mse


def _noisy(run: Run) -> float | None:
    return run.figures["test"].mse_corrupted


def _term(name: str, cell: Cell) -> str:
    return number(mean_of(cell, lambda run: run.figures["test"].terms.get(name)))


def _in_use(cell: Cell) -> str:
    live = mean_of(cell, lambda run: run.figures["test"].code_size)
    units = mean_of(cell, lambda run: run.figures["test"].code_units)
    return MISSING if live is None or units is None else f"{live:,.3g} of {count(units)}"


def _curves(shown: Sweep, found: list[Cell]) -> None:
    with frame.card("Loss", "Bands are ranges over seeds.", "loss"):
        options = ["train", cells.second_curve(shown)]
        split = address.switch("view-loss", "Of", options, "train", options[1], "switch-loss")
        chart = partial(_losses, shown, split == options[1])
        moving = feed(shown, found, f"loss-{split}", lambda now: payloads.curve(chart(now), steady))
        curve(chart(found), key=f"curves-{shown.id}-{split}", feed=moving)


def _losses(shown: Sweep, second: bool, found: list[Cell]) -> LossChart:
    groups, unit = [cell.group for cell in found], objective.unit(shown.base.objective)
    return loss_chart(groups, "reconstruction", second, _epochs(shown, found), unit)


def _epochs(shown: Sweep, found: list[Cell]) -> int:
    return max((run.config.epochs for cell in found for run in cell.runs), default=shown.base.epochs)


def _measure(shown: Sweep, question: Question, found: list[Cell]) -> None:
    noisy = f", {NOISY}," * of_noisy(found)
    with frame.card("Error", f"Test MSE per pixel{noisy} against {question.what}.", "measure"):
        if not any(cell.finished for cell in found):
            frame.empty("No figures yet", "Each run is measured at its end.", 259)  # chart and hint
            return
        figure = _line(question, found) if len(shown.axes) == 1 else _map(_fields(shown), found)
        st.plotly_chart(figure, theme=None, key="measure", config=frame.QUIET)
        hint = question.look_for if len(shown.axes) == 1 else f"Bold: lowest of its column. {OUTLINED[chooses(found)]}"
        st.html(f'<p class="hint">{escape(hint)}</p>')


def _line(question: Question, found: list[Cell]) -> Any:
    mse = error_of(found)
    measured = [(cell, error) for cell in found if (error := mean_of(cell, mse)) is not None]
    values = [next(iter(cell.varied.values())) for cell, _ in measured]
    planned = [next(iter(cell.varied.values())) for cell in found]
    numeric = all(isinstance(value, int | float) for value in planned)
    x = [float(value) for value in values] if numeric else list(range(len(measured)))
    low, high = ([f([mse(run) for run in cell.finished]) for cell, _ in measured] for f in (min, max))
    line = Series("test MSE", x, [error for _, error in measured], ROLES["train"], low, high)
    names = () if numeric else tuple(cell.group.label for cell, _ in measured)
    scale = Axis(question.scale, log=numeric and is_wide(question.values or planned), categories=names)
    return line_chart([line], scale, Axis("MSE per pixel"), frame.dark())


def _map(fields: list[Question], found: list[Cell]) -> Any:
    """Error by both fields; what has none says why."""
    values = [[cell.varied[field.axis.path] for cell in found] for field in fields]
    errors = [mean_of(cell, error_of(found)) for cell in found]
    states = ["" if cell.finished or not cell.runs else cell.runs[0].state.value for cell in found]
    scales = [field.scale for field in fields]
    best = next((i for i, cell in enumerate(found) if cell is chosen(found)), None)
    return error_grid(values, scales, errors, states, best, frame.dark())


def compared(shown: Sweep) -> str:
    """What was varied in which model, in words."""
    model = words.model(shown.preset) if shown.preset else words.plain(shown.base.architecture.name)
    return f"{words.capital(question_of(shown).what)} of {model}"
