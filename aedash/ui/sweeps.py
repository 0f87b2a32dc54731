"""What the comparison pages share: which sweep is shown, its groups, its buttons, its table, its refreshing."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from math import inf, isfinite, nan
from typing import Any

import streamlit as st

from aedash import registry
from aedash.config import RunConfig
from aedash.events import RunState
from aedash.figures.sweep import Group, colors, value_label
from aedash.formatting import many
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Sweep, members
from aedash.training import sweeps
from aedash.ui import address, frame, notice
from aedash.ui.compared import moment
from aedash.ui.desk import Desk
from aedash.ui.recipe import present
from aedash.ui.server import manager

TICK = 1.0  # seconds


@dataclass(frozen=True)
class Cell:
    """One value of a sweep: what was varied, and its runs, one a seed; a run that was deleted is left out."""

    varied: dict[str, Any]
    config: RunConfig
    runs: tuple[Run, ...]
    group: Group

    @property
    def finished(self) -> tuple[Run, ...]:
        """Runs that rest after an epoch or more: the figures of one that goes on are those of its stop."""
        return tuple(run for run in self.runs if "test" in run.figures and not run.state.alive and run.epochs_done)


def chosen() -> Sweep | None:
    """The sweep of the address, else the one last shown here; None when there is none or the address is wrong."""
    query = address.wish()
    if query is not None:
        st.session_state[_shown()] = (query.get("sweep") or [""])[-1]
    asked = st.session_state.get(_shown(), "")
    if not asked:
        return None
    try:
        return records.load(manager().settings.runs_dir, asked)
    except Refused as error:
        refuse(str(error))
        return None


def show(sweep: Sweep | None) -> None:
    """Make this the sweep of the page; None: none, the recipe of the next."""
    st.session_state[_shown()] = sweep.id if sweep else ""


def _shown() -> str:
    return f"sweep-{address.page()}"


def refuse(sentence: str) -> None:
    """Say why the sweep of the address cannot be shown on this page, which then offers its recipe."""
    notice.say(sentence)
    show(None)


def begin(make: Callable[[], Sweep]) -> None:
    """Make and start a sweep and show it; a refusal becomes the sentence in the slot."""
    with notice.acting():
        show(sweeps.start(manager(), make()))


def offer(make: Callable[[], Sweep]) -> Sweep | None:
    """The button that begins it; what would be trained, None while a value is wrong, which the slot then says."""
    plan = None
    try:
        plan = make()
    except Refused as error:
        notice.say(str(error))
    word = f"Train {many(len(members(plan)), 'run')}" if plan else "Train"
    how: dict[str, Any] = {"type": "primary", "icon": ":material/play_arrow:", "width": "content"}
    st.button(word, on_click=begin, args=(make,), disabled=plan is None, **how)
    address.write(address.fields())
    return plan


def bar(
    kind: str,
    shown: Sweep | None,
    recipe: Callable[[], Sweep | None],
    what: str = "",
    lead: Callable[[], object] = lambda: None,
) -> Sweep | None:
    """The row above the board: the recipe of a sweep, or what to do with the one that is shown; returns either.

    what: is compared, in words. lead: draws what comes first in the row.
    """
    if shown:
        address.write({"sweep": shown.id})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
        lead()
        plan = shown or recipe()
        if shown:
            buttons(shown, cells(shown))
        earlier(kind, shown)
        if shown:
            st.html(f'<div class="meta about">{escape(about(shown, what or shown.name))}</div>')
    return plan


def about(sweep: Sweep, what: str) -> str:
    """What is trained, in one line."""
    epochs = many(sweep.base.epochs, "epoch")
    seeds = f", {many(sweep.seeds, 'seed')}" if sweep.seeds > 1 else ""
    title = registry.datasets.get(sweep.base.data.name).info.title
    return f"{what}, on {title}, {epochs}{seeds}"


def dataset(wanted: str = "mnist", context: str = "") -> str:
    """A picker of the data sets that are there; returns the name of one, at first the wanted one or the digits."""
    names = [name for name in registry.datasets.names() if present(name)]
    first = wanted if wanted in names else "digits"
    return address.select("data", "Dataset", names, first, context, format_func=_title, width=130)


def _title(name: str) -> str:
    return registry.datasets.get(name).info.title


def length(usual: int, context: str) -> int:
    """How many epochs, as they are typed; the usual number at first. context: what it is usual for."""
    return int(address.number("epochs", "Epochs", usual, context, width=105))


def repeats(what: str) -> int:
    """How many seeds, as they are typed. what: has as many runs, in words."""
    return int(address.number("seeds", "Seeds", 1, width=95, help=f"Runs of each {what}, shown as mean and range."))


def bounded(epochs: int, seeds: int) -> None:
    """Raises Refused when either is not what a comparison may have."""
    address.within("Epochs", epochs, 1, 100)
    address.within("Seeds", seeds, 1, 10)


def numbers(text: str, what: str, field: str, most: float = inf) -> set[float]:
    """The numbers from 0 to `most` that stand between commas. Raises Refused with one sentence."""
    allowed, found = f"0 to {most:g}" if isfinite(most) else "0 up", set()
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            value = float(part)
        except ValueError:
            value = nan
        if not isfinite(value) or not 0 <= value <= most:
            sentence = f"{what} must be numbers from {allowed}, between commas; got '{part[:20]}'."
            raise Refused(sentence, field, allowed)
        found.add(value)
    return found


def cells(sweep: Sweep) -> list[Cell]:
    """The values of a sweep in their order, with what there is of their runs by now."""
    planned = members(sweep)
    runs = sweeps.runs_of(manager(), sweep) if sweep.id else [None] * len(planned)
    count = planned[-1].cell + 1
    found = []
    for i, color in enumerate(colors(count)):
        mine = [(member, run) for member, run in zip(planned, runs, strict=True) if member.cell == i]
        there = [(run, told) for _, run in mine if run and (told := history(run))]
        group = Group(label(mine[0][0].varied), color, tuple(told for _, told in there))
        found.append(Cell(mine[0][0].varied, mine[0][0].config, tuple(run for run, _ in there), group))
    return found


def history(run: Run) -> History | None:
    """What has happened in the run; None when another tab has just deleted it."""
    with suppress(Refused):
        return manager().history(run)
    return None


def label(varied: dict[str, Any]) -> str:
    """The varied values alone; what they are the page's title says."""
    return " & ".join(value_label(value) for value in varied.values())


def second_curve(plan: Sweep) -> str:
    """Which split the second curve of its runs is of."""
    return "validation" if plan.base.data.validation else "test"


def alive(found: list[Cell]) -> bool:
    """Whether anything may still change by itself."""
    return any(run.state.alive for cell in found for run in cell.runs)


def live(sweep: Sweep, draw: Callable[[list[Cell], Desk], None], every: float = TICK, name: str = "board") -> None:
    """Draw the sweep now, and again every so many seconds while a member is alive or this page waits for an analysis.

    name: of this part of the page.
    """
    waits = f"waits-{name}"
    trained, waiting = alive(cells(sweep)), st.session_state.get(waits, False)

    def tick() -> None:
        now, desk = cells(sweep), Desk()
        if alive(now) != trained:
            st.rerun()
        draw(now, desk)
        if bool(desk.waiting) != waiting:  # the timer begins, or there is nothing left to wait for
            st.session_state[waits] = bool(desk.waiting)
            st.rerun()

    st.fragment(tick, run_every=every if trained or waiting else None)()


def buttons(sweep: Sweep, found: list[Cell]) -> None:
    """Stop all, go on with all, make another one, forget this one."""
    if alive(found):
        st.button("Stop all", icon=":material/stop:", on_click=_all, args=(sweeps.stop, sweep), width="content")
    if any(sweeps.can_go_on(run) for cell in found for run in cell.runs):
        st.button("Go on", icon=":material/resume:", on_click=_all, args=(sweeps.resume, sweep), width="content")
    st.button("New", icon=":material/add:", on_click=_new, width="content")
    if not alive(found):
        words = "Takes this comparison off the list; its runs stay."
        st.button("", icon=":material/delete:", on_click=_forget, args=(sweep,), help=words, width="content")


def _new() -> None:
    notice.act()
    show(None)


def _forget(sweep: Sweep) -> None:
    _new()
    with suppress(Refused, OSError):  # another tab was quicker
        records.delete(manager().settings.runs_dir, sweep.id)


def _all(action: Callable[..., None], sweep: Sweep) -> None:
    with notice.acting():
        action(manager(), sweep)


def earlier(kind: str, shown: Sweep | None) -> None:
    """A picker of the sweeps that were made on this page; nothing while there is none."""
    known = {sweep.id: sweep for sweep in records.all_of(manager().settings.runs_dir) if sweep.kind == kind}
    if not known:
        return
    options, key = ["", *known], f"earlier-{kind}-{shown.id if shown else ''}"
    index = options.index(shown.id) if shown and shown.id in known else 0

    def pick() -> None:
        notice.act()
        show(known.get(st.session_state[key]))

    def words(identifier: str) -> str:
        return f"{moment(known[identifier].created)}, {known[identifier].name}" if identifier else "–"

    st.selectbox("Earlier", options, index, words, key=key, on_change=pick, width=190)


def slot(sentence: str) -> None:
    """The refusal of the last action, else what the figures say."""
    frame.slot(notice.shown() or sentence)


Column = tuple[str, Callable[[Cell], str]]


def table(found: list[Cell], columns: list[Column], what: str, below: str = "") -> str:
    """HTML: a row a value with its swatch and state, then the given columns. what: the heading of the values.

    below: further rows, HTML.
    """
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    head = f'<tr><th class="text">{escape(what)}</th><th class="text">state</th>{head}</tr>'
    return f'<table class="table">{head}{"".join(_row(cell, columns) for cell in found)}{below}</table>'


def _row(cell: Cell, columns: list[Column]) -> str:
    swatch = f'<i class="swatch" style="background:{cell.group.color}"></i>'
    figures = "".join(_figure(show(cell)) for _, show in columns)
    return (
        f'<tr><td class="text">{swatch}{escape(cell.group.label)}</td><td class="text">{state(cell)}</td>{figures}</tr>'
    )


def _figure(text: str) -> str:
    """A measured value; what follows a line break, its range over seeds, stands small below."""
    value, _, spread = text.partition("\n")
    return f"<td>{escape(value)}{f'<small>{escape(spread)}</small>' if spread else ''}</td>"


def state(cell: Cell) -> str:
    """The pill of a value: the state of its seeds, the least advanced first; what went wrong, on hover."""
    order = [RunState.FAILED, RunState.RUNNING, RunState.PAUSED, RunState.QUEUED]
    runs = sorted(cell.runs, key=lambda run: order.index(run.state) if run.state in order else len(order))
    if not runs:
        return "–"
    done = sum(run.state is RunState.FINISHED for run in runs)
    share = f" {done}/{len(runs)}" if len(runs) > 1 else ""
    return f'<span title="{escape(runs[0].sentence)}">{frame.pill(runs[0])}{share}</span>'


def mean_of(cell: Cell, value: Callable[[Run], float | None]) -> float | None:
    """Mean over the finished seeds, or None."""
    values = [found for run in cell.finished if (found := value(run)) is not None]
    return sum(values) / len(values) if values else None
