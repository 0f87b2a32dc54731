"""The table of runs: a page of the list, sorted by any heading, a click on a title opens its run, ticks choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aedash.events import RunState
from aedash.formatting import MISSING, count, number, size
from aedash.history import Run
from aedash.kinds import kind
from aedash.recipe_words import value_word
from aedash.store.folder import RUN_ID
from aedash.store.listing import Choices, Wanted
from aedash.training.records import Page
from aedash.ui.components import runs as component
from aedash.ui.components.runs import Head, Line, Table
from aedash.ui.desk.manager import manager
from aedash.ui.runs import filters
from aedash.ui.shell import frame, notice
from aedash.ui.shell.visitor import mine
from aedash.ui.widgets.measured import CLEAN, NOISY
from aedash.ui.widgets.run_words import age, data_title, duration, sweep_of, titles
from aedash.ui.widgets.steer import show
from aedash.ui.widgets.waiting import waiting

CHOSEN, STAMP, KEY, OPENED = "runs-chosen", "runs-stamp", "runs-table", "runs-opened"  # keys of the session
LINES = 50  # of a page
MOST_CHOSEN = 10_000


@dataclass(frozen=True)
class Listed:
    """A run in the list. title: no other's on the page; sweep: name of the one that it belongs to, or empty.

    parameters: numbers in its model, None before it has begun.
    """

    run: Run
    title: str
    sweep: str = ""
    parameters: int | None = None


@dataclass(frozen=True)
class Column:
    """text: what a run's cell says. head: its heading, whose name is empty where nothing is sorted by it."""

    head: Head
    text: Callable[[Listed], str]


def listed(runs: Sequence[Run]) -> list[Listed]:
    """The runs in their order."""
    told = titles(runs, {run.id: f"{data_title(run)} {run.epochs_done}" for run in runs})
    swept, parameters = sweep_of(), manager().store.listing.parameters(run.id for run in runs)
    names = {run.id: swept[run.id].name for run in runs if run.id in swept}
    return [Listed(run, told[run.id], names.get(run.id, ""), parameters.get(run.id)) for run in runs]


def table(asked: Wanted, page: Page, at: int, choices: Choices) -> None:
    """The table of one page of what is asked for. at: its number, from 1."""
    if not page.runs:
        frame.empty("Nothing found", "No run holds all of these words and filters.", 220)
        return
    rows, columns = listed(page.runs), columns_of(choices)
    lines = tuple(
        Line(row.run.id, row.run.state, tuple(c.text(row) for c in columns), row.run.pinned, row.run.note)
        for row in rows
    )
    heads, stamp = tuple(column.head for column in columns), st.session_state.setdefault(STAMP, 0)
    pages = -(-page.found // LINES)
    component.runs(
        Table(heads, lines, tuple(chosen_ids()), stamp, asked.sort, asked.rising, at, pages),
        key=KEY,
        on_sort=lambda name: filters.sort_by(asked, str(name)),
        on_page=lambda number: filters.turn(asked, str(number)),
        on_open=_open,
        on_choose=_ticked,
    )


def opened() -> None:
    """Go to the run whose title was pressed; nothing where none was."""
    if identifier := st.session_state.pop(OPENED, ""):
        show(identifier)
        st.switch_page("pages/train/train.py")


def chosen_ids() -> list[str]:
    """Ids of what is ticked, on whatever page of the list."""
    return list(st.session_state.get(CHOSEN, ()))


def choose(identifiers: Sequence[str]) -> None:
    """Tick these and no others."""
    st.session_state.update({CHOSEN: list(identifiers)[:MOST_CHOSEN], STAMP: st.session_state.get(STAMP, 0) + 1})


def chosen() -> list[Run]:
    """The runs that are ticked; what is gone is so no more."""
    asked = chosen_ids()
    found = manager().some(asked) if asked else []
    if len(found) < len(asked):
        choose([run.id for run in found])
    return found


def _open(identifier: Any) -> None:
    if RUN_ID.fullmatch(str(identifier)):
        st.session_state[OPENED] = str(identifier)


def _ticked(identifiers: Any) -> None:
    notice.act()
    told = identifiers if isinstance(identifiers, list) else []  # a browser may tell anything
    known = [each for each in map(str, told) if RUN_ID.fullmatch(each)]
    st.session_state[CHOSEN] = list(dict.fromkeys(known))[:MOST_CHOSEN]


def columns_of(choices: Choices) -> list[Column]:
    """All columns but those that would tell nothing of any run of the folder."""
    shared = manager().settings.shared
    told = {"noisy": "denoising" in choices.kind, "kl": "variational" in choices.kind, "whose": shared}
    told |= {"group": bool(choices.group), "tags": bool(choices.tag)}
    shown = [column for name, column in COLUMNS.items() if told.get(name, True)]
    return shown if told["noisy"] else [PLAIN if column is COLUMNS["clean"] else column for column in shown]


def _figure(name: str) -> Callable[[Listed], str]:
    def text(row: Listed) -> str:
        return number(getattr(row.run.figures["test"], name)) if "test" in row.run.figures else MISSING

    return text


def _kl(row: Listed) -> str:
    return number(row.run.figures["test"].terms.get("kl")) if "test" in row.run.figures else MISSING


def _code_size(row: Listed) -> str:
    """Measured, else as it is planned where the recipe says it."""
    measured = row.run.figures["test"].code_units if "test" in row.run.figures else None
    planned = measured or getattr(row.run.config.architecture, "latent", None)
    return MISSING if planned is None else count(planned)


def _state(row: Listed) -> str:
    return (waiting(row.run) if row.run.state is RunState.QUEUED else "") or row.run.word


def _epochs(row: Listed) -> str:
    return MISSING if row.run.uploaded else count(row.run.epochs_done)


def _seconds(row: Listed) -> str:
    return duration(row.run.seconds) if row.run.seconds else MISSING


def _whose(row: Listed) -> str:
    return ("mine" if mine(row.run) else "another's") if row.run.owner else MISSING


def ago(seconds: float) -> str:
    """How long since, in words that fit a cell."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago" if seconds < 86400 else f"{seconds / 86400:.0f} d ago"


def _size(row: Listed) -> str:
    return size(row.run.bytes) if row.run.bytes else MISSING


MSE = "Mean square over test pixels on 0..1."
COLUMNS: dict[str, Column] = {
    "title": Column(Head("title", "Run", brief=True), lambda row: row.title),
    "state": Column(Head("state", "State", brief=True), _state),
    "data": Column(Head("data", "Data set", brief=True), lambda row: data_title(row.run)),
    "started": Column(Head("started", "Started", brief=True, end=True), lambda row: ago(age(row.run))),
    "kind": Column(Head("kind", "Kind"), lambda row: kind(row.run.config)),
    "epochs": Column(Head("epochs", "Epochs", "Done up to now.", end=True), _epochs),
    "noisy": Column(Head("noisy", f"Test MSE, {NOISY}", MSE, end=True), _figure("mse_corrupted")),
    "clean": Column(Head("clean", f"Test MSE, {CLEAN}", MSE, brief=True, end=True), _figure("mse")),
    "kl": Column(Head("kl", "Test KL", "Of the code to N(0, I), mean over test images, in nats.", end=True), _kl),
    "whose": Column(Head("", "Whose"), _whose),
    "group": Column(Head("group", "Group", brief=True), lambda row: row.run.group or MISSING),
    "tags": Column(Head("", "Tags", brief=True), lambda row: ", ".join(row.run.tags) or MISSING),
    "code": Column(Head("code", "Code size", "How many numbers an image becomes.", end=True), _code_size),
    "rate": Column(
        Head("rate", "Learning rate", end=True), lambda row: value_word(row.run.config.optimizer.learning_rate)
    ),
    "seed": Column(Head("seed", "Seed", end=True), lambda row: str(row.run.config.seed)),
    "seconds": Column(Head("seconds", "In training", end=True), _seconds),
    "parameters": Column(
        Head("parameters", "Parameters", "Weights and biases.", end=True),
        lambda row: MISSING if row.parameters is None else count(row.parameters),
    ),
    "bytes": Column(Head("bytes", "Size", "What its folder takes on the disk.", end=True), _size),
    "loss": Column(
        Head("loss", "Test loss", "What the run minimises, each in its own unit.", end=True), _figure("loss")
    ),
    "sweep": Column(Head("sweep", "Sweep"), lambda row: row.sweep or MISSING),
    "id": Column(Head("", "Id"), lambda row: row.run.id),
}
PLAIN = Column(Head("clean", "Test MSE", MSE, brief=True, end=True), _figure("mse"))
