"""The table of runs: sorted by any heading, a click on a title opens its run, ticked boxes choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from aedash.events import RunState
from aedash.formatting import MISSING, count, number
from aedash.recipe_words import value_word
from aedash.ui.runs.listing import Listed
from aedash.ui.shell import frame
from aedash.ui.widgets.measured import CLEAN, NOISY
from aedash.ui.widgets.run_words import age, data_title, duration
from aedash.ui.widgets.steer import show
from aedash.ui.widgets.waiting import waiting

CHOSEN, CLICKED = "runs-chosen", "runs-clicked"  # keys of the session: ids of what is ticked; the title clicked last
TITLE = "Run"
LINE, HEAD = 33, 45  # CSS pixels; the headings grow with a projector's type
WIDTHS = {"State": 104, "Sweep": 180, "Started": 100}  # CSS pixels, where the browser's guess cuts words
QUEUED = 212  # CSS pixels of the states while one of them says its place in the queue
LETTER, WIDEST = 6.4, 440  # CSS pixels of a letter of a title; of its column
NOISY_MSE, CLEAN_MSE = f"Test MSE, {NOISY}", f"Test MSE, {CLEAN}"


@dataclass(frozen=True)
class Column:
    """value: of a run, which the table is sorted by; None where there is none. text: how a number is written."""

    value: Callable[[Listed], Any]
    text: Callable[[Any], str] | None = None
    help: str = ""


def table(rows: Sequence[Listed]) -> list[Listed]:
    """The table; the runs that are ticked in it."""
    if not rows:
        frame.empty("Nothing found", "No run holds all of these words.", 220)
        return []
    columns = columns_of(rows)
    values = pd.DataFrame({heading: [column.value(row) for row in rows] for heading, column in columns.items()})
    texts = {heading: column.text for heading, column in columns.items() if column.text}
    ids = [row.run.id for row in rows]
    kept = [ids.index(each) for each in st.session_state.get(CHOSEN, ()) if each in ids]
    with st.container(height=LINE * len(rows) + HEAD + 2, border=False, key="runs_table"):
        event = st.dataframe(
            values.style.format(texts, na_rep=MISSING),
            column_config=_config(rows, columns),
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": kept}},
            hide_index=True,
            placeholder=MISSING,
            height="stretch",
            row_height=LINE,
            key=f"runs-{hash(tuple(ids))}",  # places in another list are of other runs
            alt="All runs, a line each",
        )
    chosen = [rows[at] for at in event.selection.rows if at < len(rows)]
    st.session_state[CHOSEN] = [row.run.id for row in chosen]
    return chosen


def columns_of(rows: Sequence[Listed]) -> dict[str, Column]:
    """All columns but those that would tell nothing: errors from noisy input where no run has any, whose where all
    runs are mine or anybody's.
    """
    noisy = any(COLUMNS[NOISY_MSE].value(row) is not None for row in rows)
    several = any(row.whose == "another's" for row in rows)
    told, called = {NOISY_MSE: noisy, "Whose": several}, {} if noisy else {CLEAN_MSE: "Test MSE"}
    return {called.get(heading, heading): column for heading, column in COLUMNS.items() if told.get(heading, True)}


def _config(rows: Sequence[Listed], columns: dict[str, Column]) -> dict[str, Any]:
    def clicked() -> None:
        show(rows[st.session_state[CLICKED].row].run.id)
        st.switch_page("pages/train/train.py")

    queued = any(row.run.state is RunState.QUEUED for row in rows)
    widths = WIDTHS | ({"State": QUEUED} if queued else {})
    config: dict[str, Any] = {
        heading: st.column_config.Column(help=column.help or None, width=widths.get(heading))
        for heading, column in columns.items()
    }
    config[TITLE] = st.column_config.ButtonColumn(
        type="tertiary",
        alignment="left",
        pinned=True,
        width=int(min(40 + LETTER * max((len(row.title) for row in rows), default=0), WIDEST)),
        key=CLICKED,
        on_click=clicked,
        help="A click opens it.",
    )
    return config


def _code_size(row: Listed) -> int | None:
    """Measured, else as it is planned where the recipe says it."""
    return _figure("code_units")(row) or getattr(row.run.config.architecture, "latent", None)


def _figure(name: str) -> Callable[[Listed], Any]:
    def value(row: Listed) -> Any:
        return getattr(row.run.figures["test"], name) if "test" in row.run.figures else None

    return value


def _ago(seconds: float) -> str:
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago" if seconds < 86400 else f"{seconds / 86400:.0f} d ago"


COLUMNS: dict[str, Column] = {
    TITLE: Column(lambda row: row.title),
    "State": Column(lambda row: waiting(row.run) or row.run.state.capitalize()),
    "Whose": Column(lambda row: row.whose or None),
    "Data set": Column(lambda row: data_title(row.run)),
    "Code size": Column(_code_size, count, "How many numbers an image becomes."),
    "Learning rate": Column(lambda row: row.run.config.optimizer.learning_rate, value_word),
    "Seed": Column(lambda row: row.run.config.seed, str),
    "Epochs": Column(lambda row: row.run.epochs_done, count, "Done up to now."),
    NOISY_MSE: Column(_figure("mse_corrupted"), number, "Mean square over test pixels on 0..1."),
    CLEAN_MSE: Column(_figure("mse"), number, "Mean square over test pixels on 0..1."),
    "In training": Column(lambda row: row.run.seconds or None, duration),
    "Sweep": Column(lambda row: row.sweep or None),
    "Started": Column(lambda row: age(row.run), _ago),
    "Test loss": Column(_figure("loss"), number, "What the run minimises, each in its own unit."),
    "Id": Column(lambda row: row.run.id),
}
