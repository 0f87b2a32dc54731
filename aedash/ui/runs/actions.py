"""What can be done with the runs that are chosen in the table. It stands above the table, whatever is chosen."""

from collections.abc import Callable, Sequence
from html import escape
from secrets import token_hex
from typing import Any

import streamlit as st

from aedash.analysis.trained import written
from aedash.formatting import many
from aedash.history import Run
from aedash.store.listing import Choices, Wanted
from aedash.training.records import Page
from aedash.training.sweeps import can_go_on
from aedash.ui.desk.manager import manager
from aedash.ui.runs import labels, table
from aedash.ui.shell import frame, notice
from aedash.ui.shell.visitor import anothers, who
from aedash.ui.widgets import comparing, draft, exploring
from aedash.ui.widgets.run_words import title
from aedash.ui.widgets.steer import each, show


def bar(runs: Sequence[Run], choices: Choices) -> None:
    """A button for each thing that can be done; grey while it cannot be done with what is chosen."""
    free = [run for run in runs if not anothers(run)]
    over = [run for run in free if not run.state.alive]
    if st.button("Open", type="primary", icon=":material/arrow_forward:", disabled=len(runs) != 1):
        show(runs[0].id)
        st.switch_page("pages/train/train.py")
    if _button("Explore", "touch_app", [run for run in runs if len(runs) == 1 and written(run)]):
        exploring.go(runs[0])
    if _button("Compare", "compare", runs) and comparing.choose(runs):
        st.switch_page("pages/compare/compare.py")
    if st.button("Copy", icon=":material/content_copy:", disabled=len(runs) != 1, help="Train with its recipe to edit"):
        draft.load(runs[0].preset, runs[0].config)
        show("")
        st.switch_page("pages/train/train.py")
    labels.popover(free, choices)
    _pin(free)
    _button("Go on", "resume", [run for run in free if can_go_on(run)], _go_on)
    _button("Stop", "stop", [run for run in free if run.state.alive and run.own], _stop)
    with st.popover(_counted("Delete", over), icon=":material/delete:", disabled=not over, width="content"):
        st.markdown(_loss(over, len(free) - len(over), len(runs) - len(free)))
        word = "Delete this run" if len(over) == 1 else f"Delete {many(len(over), 'run')}"
        st.button(word, type="primary", on_click=_delete, args=(over,))


def _loss(over: Sequence[Run], alive: int, theirs: int) -> str:
    """What is lost with runs that are over, and what stays: so many of those chosen are not over, or another's."""
    whole = f"{'Its' if len(over) == 1 else 'Their'} weights, curves and pictures"
    gone = f"{whole} can be brought back for ten minutes, then they are gone for good."
    stay = f" {many(alive, 'run')} still under way will stay." * bool(alive)
    return gone + stay + f" {many(theirs, 'run')} of other people will stay." * bool(theirs)


def _pin(runs: Sequence[Run]) -> None:
    loose = [run for run in runs if not run.pinned]
    word, which = ("Unpin", list(runs)) if runs and not loose else ("Pin", loose)
    told = "Pinned runs are never removed to make room"
    how: dict[str, Any] = {"key": "runs-keep", "help": told, "on_click": labels.pin, "args": (which, word == "Pin")}
    st.button(_counted(word, which), icon=":material/keep:", disabled=not which, **how)


def said(chosen: Sequence[Run], found: int, of: int) -> str:
    """HTML of the line below: what was refused, else what is chosen, else what is there."""
    if refused := notice.shown():
        return refused
    there = many(of, "run") if found == of else f"{found:,} of {many(of, 'run')}"
    if len(chosen) == 1:
        [run] = chosen
        sentence = f"<span>{escape(run.sentence)}</span>" * bool(run.sentence)
        noted = f"<span>{escape(run.note)}</span>" * bool(run.note)
        return f'<div class="meta"><b>1 chosen</b>{frame.pill(run)}<b>{escape(title(run))}</b>{sentence}{noted}</div>'
    if chosen:
        return f'<div class="meta"><span><b>{len(chosen):,} chosen</b> of {there}</span></div>'
    how = "A press on a title opens the run. Tick some to compare, label, go on with, stop or delete them."
    return f'<div class="meta"><span><b>{there}</b></span><span>{how}</span></div>'


def more(asked: Wanted, chosen: Sequence[Run], page: Page) -> None:
    """Tick all that are found, or none."""
    if page.found > len(page.runs) and len(chosen) < page.found:
        every = f"Choose all {page.found:,}"
        st.button(every, type="tertiary", on_click=lambda: _tick(manager().ids(asked)), key="runs-all")
    if chosen:
        st.button("Choose none", type="tertiary", on_click=lambda: _tick([]), key="runs-none")


def _tick(identifiers: Sequence[str]) -> None:
    notice.act()
    table.choose(identifiers)


def _button(word: str, icon: str, runs: Sequence[Run], act: Callable[..., None] | None = None) -> bool:
    how: dict[str, Any] = {"on_click": act, "args": (runs,)} if act else {}
    return st.button(_counted(word, runs), icon=f":material/{icon}:", disabled=not runs, key=f"runs-{icon}", **how)


def _counted(word: str, runs: Sequence[Run]) -> str:
    return f"{word} {len(runs):,}" if len(runs) > 1 else word


def _go_on(runs: Sequence[Run]) -> None:
    with notice.acting():
        manager().resume(*(run.id for run in runs), who=who())


def _stop(runs: Sequence[Run]) -> None:
    each(lambda run: manager().stop(run.id, who()), runs)  # newest first: those that wait leave their queue


def _delete(runs: Sequence[Run]) -> None:
    together = token_hex(4)

    def delete(run: Run) -> bool:
        gone = manager().delete(run.id, who(), together)
        if st.session_state.get("run") == run.id:
            show("")
        return gone

    each(delete, runs)


def nothing() -> None:
    """No run yet."""
    frame.empty("No runs yet", "Train one on the Train page.", 220)


def unreadable(folders: dict[str, str], repaired: str = "") -> None:
    """Folders that hold no run that this version can read, and what happened to the index."""
    if repaired:
        st.html(frame.note(repaired))
    for name, why in folders.items():
        st.html(frame.note(f"The folder {name[:60]} in the runs folder was left alone: {why}."))
