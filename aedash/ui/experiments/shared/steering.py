"""The row above a comparison: begin it, stop, go on, forget it, and the earlier ones."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.formatting import many
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Sweep, members
from aedash.training import sweeps
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared.cells import Cell, alive, cells
from aedash.ui.experiments.shared.choice import show
from aedash.ui.shell import address, notice
from aedash.ui.shell.visitor import visitor
from aedash.ui.widgets.run_words import moment
from aedash.ui.widgets.steer import ask_first

NARROW, WIDE = 190, 340  # CSS pixels of the picker beside a recipe, and where it has the row to itself


def begin(make: Callable[[], Sweep]) -> None:
    """Make and start a sweep and show it; a refusal becomes the sentence in the slot."""
    with notice.acting():
        show(sweeps.start(manager(), make(), visitor()))


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
    notice.question()
    return plan


def about(sweep: Sweep, what: str) -> str:
    """What is trained, in one line."""
    epochs = many(sweep.base.epochs, "epoch")
    seeds = f", {many(sweep.seeds, 'seed')}" if sweep.seeds > 1 else ""
    title = registry.datasets.get(sweep.base.data.name).info.title
    return f"{what}, on {title}, {epochs}{seeds}"


def buttons(sweep: Sweep, found: list[Cell]) -> None:
    """Stop all, go on with all, make another one, forget this one."""
    if alive(found):
        st.button("Stop all", icon=":material/stop:", on_click=_stop, args=(sweep, found), width="content")
    if any(sweeps.can_go_on(run) for cell in found for run in cell.runs):
        st.button("Go on", icon=":material/resume:", on_click=_go_on, args=(sweep, found), width="content")
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


def _stop(sweep: Sweep, found: list[Cell]) -> None:
    stop = partial(_do, sweeps.stop, sweep, visitor())
    ask_first("Stop", stop, *(run.id for cell in found for run in cell.runs if run.state.alive))


def _go_on(sweep: Sweep, found: list[Cell]) -> None:
    resume = partial(_do, sweeps.resume, sweep)
    ask_first("Go on with", resume, *(run.id for cell in found for run in cell.runs if sweeps.can_go_on(run)))


def _do(action: Callable[..., None], *about: Any) -> None:
    with notice.acting():
        action(manager(), *about)


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

    width = WIDE if shown else NARROW
    st.selectbox("Earlier", options, index, words, key=key, on_change=pick, width=width)
