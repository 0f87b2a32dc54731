"""The row above a comparison: begin it, stop, go on, forget it, and the earlier ones."""

from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any

import streamlit as st

from aedash.formatting import many
from aedash.registry import Refused
from aedash.sweep import Sweep, members
from aedash.training import sweeps
from aedash.training.owning import may
from aedash.training.plan import check_cells
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared import choice
from aedash.ui.experiments.shared.asked import OWN, asked
from aedash.ui.experiments.shared.cells import Cell, alive, cells
from aedash.ui.experiments.shared.choice import QUESTION, show
from aedash.ui.shell import address, notice
from aedash.ui.shell.visitor import visitor, who
from aedash.ui.widgets import teacher
from aedash.ui.widgets.run_words import data_title, when_asked


def begin(make: Callable[[], Sweep]) -> None:
    """Make and start a sweep and show it; a refusal becomes the sentence in the slot."""
    with notice.acting():
        show(sweeps.start(manager(), make(), visitor()))


def offer(make: Callable[[], Sweep]) -> Sweep | None:
    """The button that begins it; what would be trained, None while a value is wrong, which the slot then says."""
    plan = None
    try:
        made = make()
        check_cells(len(members(made)), manager().settings)
        plan = made
    except Refused as error:
        notice.say(str(error))
    word = f"Train {many(len(members(plan)), 'run')}" if plan else "Train"
    how: dict[str, Any] = {"type": "primary", "icon": ":material/play_arrow:", "width": "content"}
    st.button(word, on_click=begin, args=(make,), disabled=plan is None, **how)
    address.write(address.fields())
    return plan


def bar(
    question: str,
    shown: Sweep | None,
    recipe: Callable[[], Sweep | None],
    what: str = "",
    lead: Callable[[], object] = lambda: None,
) -> Sweep | None:
    """The row above the board: the recipe of a sweep, or what to do with the one that is shown; returns either.

    question: id of the one that the page answers. what: is compared, in words. lead: draws what comes first in the row.
    """
    if shown:
        address.write({"sweep": shown.id})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
        lead()
        plan = shown or recipe()
        if shown:
            buttons(shown, cells(shown))
        earlier(question, shown)
        if shown:
            st.html(f'<div class="meta about">{escape(about(shown, what or shown.name))}</div>')
    notice.question()
    teacher.paused()
    return plan


def about(sweep: Sweep, what: str) -> str:
    """What was trained, and when, in one line."""
    epochs = many(sweep.base.epochs, "epoch")
    seeds = f", {many(sweep.seeds, 'seed')}" if sweep.seeds > 1 else ""
    return f"{what}, on {data_title(sweep)}, {epochs}{seeds}; {when_asked(sweep)}"


def buttons(sweep: Sweep, found: list[Cell]) -> None:
    """Stop all, go on with all, ask it anew, forget this one; what comes with the app is only read."""
    theirs = not manager().is_shipped(sweep) and may(who(), sweep)
    runs = [run for cell in found for run in cell.runs]
    others = sweeps.of_others(sweep, runs, who()) if theirs else 0
    left = f"{many(others, 'run')} of another person {'is' if others == 1 else 'are'} left alone." if others else None
    how: dict[str, Any] = {"args": (sweep,), "help": left, "width": "content"}
    if theirs and alive(found):
        st.button("Stop all", icon=":material/stop:", on_click=_stop, **how)
    if theirs and any(sweeps.can_go_on(run) for run in runs):
        st.button("Go on", icon=":material/resume:", on_click=_go_on, **how)
    st.button("Ask it anew", icon=":material/add:", on_click=_new, args=(sweep,), width="content")
    if theirs and not alive(found):
        words = "Takes this comparison off the list; its runs stay."
        st.button("", icon=":material/delete:", on_click=_forget, args=(sweep,), help=words, width="content")


def _new(sweep: Sweep) -> None:
    """To the recipe of the same question."""
    notice.act()
    address.keep(QUESTION, asked(sweep).id)
    show(None)


def _forget(sweep: Sweep) -> None:
    _new(sweep)
    if may(who(), sweep):
        with suppress(Refused, OSError):  # another tab was quicker
            sweeps.delete(manager(), sweep, who())


def _stop(sweep: Sweep) -> None:
    with notice.acting():
        sweeps.stop(manager(), sweep, who())


def _go_on(sweep: Sweep) -> None:
    with notice.acting():
        sweeps.resume(manager(), sweep, who())


def earlier(question: str, shown: Sweep | None) -> None:
    """A picker of what was asked before on this page; nothing where that is on screen already."""
    known = {sweep.id: sweep for sweep in choice.earlier(question)}
    if not set(known) - {shown.id if shown else ""}:
        return
    key = f"earlier-{question}-{shown.id if shown else ''}"
    index = list(known).index(shown.id) if shown and shown.id in known else None

    def pick() -> None:
        notice.act()
        show(known.get(st.session_state[key]))

    label, place = "Earlier", f"{many(len(known), 'answer')} to open"
    lines = {identifier: _line(sweep, question) for identifier, sweep in known.items()}
    st.selectbox(label, list(known), index, lines.__getitem__, key, placeholder=place, on_change=pick, width=330)


def _line(sweep: Sweep, question: str) -> str:
    """One of the answers to a question in so few words that none is cut."""
    name = f", {sweep.name}" if question == OWN else ""
    return f"{when_asked(sweep)}, {many(len(sweep.runs), 'run')} on {data_title(sweep)}{name}"
