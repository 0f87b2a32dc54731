"""The board of the Twins page: the measured sentence, both grids and their difference, both curves and theirs."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from aedash import words
from aedash.figures import payloads
from aedash.figures.curves import LossChart, steady
from aedash.figures.payloads import Payload
from aedash.figures.sweep import Group
from aedash.figures.twins import difference_chart, fork_of, grid, loss
from aedash.formatting import number, setting
from aedash.objectives import objective
from aedash.sweep import Sweep
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared import refresh, tables
from aedash.ui.experiments.shared.broadcast import PICTURES, Build, feed
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.experiments.shared.touched import by_value
from aedash.ui.experiments.twins.answer import comparable, sentence
from aedash.ui.shell import frame
from aedash.ui.widgets.measured import CLEAN, NOISY

Chart = Callable[[Group, Group, float, str, int, str], LossChart]


def draw(shown: Sweep, found: list[Cell], _desk: Desk) -> None:
    """The measured sentence, both grids and their difference, both curves and theirs."""
    if any(not cell.runs for cell in found):
        refresh.slot(frame.note("One of the twins was deleted."))
        return
    one, two = (cell.group for cell in found)
    refresh.slot(sentence(shown, found), feed(shown, found, "twins-sentence", _of_both(partial(_told, shown))))
    denoise = any(run.config.corruption.name != "none" for cell in found for run in cell.runs)
    with st.container(key="live"):
        left, right = st.columns([0.55, 0.45], gap="small")
        with (
            left,
            frame.card("Both at the same step", "Difference: blue is darker in the second, orange brighter.", "rows"),
        ):
            picture = grid(one, two)
            if picture:
                moving = feed(shown, found, "twins-rows", _of_both(_repainted), PICTURES)
                mosaic(picture, key="twins", feed=moving, **by_value(found, before=picture.rows - 3))
            else:
                frame.empty("No pictures yet", "They appear with the first steps.", 270)
            columns = _columns(denoise)
            table = tables.table(found, columns, words.field(shown.axes[0].path), moving=dict(columns), sweep=shown)
            st.html(table + tables.beside(found))
        name = "loss" if comparable(shown) else "reconstruction"
        alone = "" if comparable(shown) else "Their sums do not compare, so this is the reconstruction alone. "
        with right:
            with frame.card(name.capitalize(), f"{alone}They part where the change comes into force.", "loss"):
                _curve(shown, found, loss, name, f"twins-{shown.id}")
            with frame.card("Difference", "Below zero: the second does better.", "difference"):
                _curve(shown, found, difference_chart, name, f"apart-{shown.id}", height=200)


def _curve(shown: Sweep, found: list[Cell], chart: Chart, term: str, key: str, height: int = 254) -> None:
    build = partial(_chart, shown, chart, term)
    moving = feed(shown, found, f"twins-{chart.__name__}", _of_both(lambda now: payloads.curve(build(now), steady)))
    curve(build(found), key=key, height=height, feed=moving)


def _chart(shown: Sweep, chart: Chart, term: str, found: list[Cell]) -> LossChart:
    one, two = (cell.group for cell in found)
    epochs = max(run.config.epochs for cell in found for run in cell.runs)
    return chart(one, two, fork_of(one, two, shown.axes[0]), term, epochs, objective.unit(shown.base.objective))


def _of_both(build: Build) -> Build:
    """The same, and nothing once a twin was deleted."""
    return lambda found: build(found) if all(cell.runs for cell in found) else {}


def _repainted(found: list[Cell]) -> Payload:
    return payloads.repainted(grid(*(cell.group for cell in found)))


def _told(shown: Sweep, found: list[Cell]) -> Payload:
    return {"html": frame.slot_of(sentence(shown, found))}


def _columns(denoise: bool) -> list[tables.Column]:
    def epoch(cell: Cell) -> str:
        return setting(round(cell.group.histories[0].epoch, 1))

    def mse(cell: Cell) -> str:
        ends = cell.group.histories[0].ends
        return number(ends[-1].figures.mse if ends else None)

    def noisy(cell: Cell) -> str:
        ends = cell.group.histories[0].ends
        return number(ends[-1].figures.mse_corrupted if ends else None)

    errors = [(f"MSE, {NOISY}", noisy), (f"MSE, {CLEAN}", mse)] if denoise else [("MSE per pixel", mse)]
    return [("epoch", epoch), *errors]
