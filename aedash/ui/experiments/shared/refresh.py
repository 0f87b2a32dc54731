"""Refreshing of a comparison page, and its sentence."""

from collections.abc import Callable

import streamlit as st

from aedash.sweep import Sweep
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared.cells import Cell, alive, cells
from aedash.ui.experiments.shared.touched import subjects
from aedash.ui.shell import frame, notice
from aedash.ui.specimen import touch
from aedash.ui.specimen.dock import dock
from aedash.ui.widgets import download

TICK = 1.0  # seconds
BOARD = "board"  # the part that draws the card of what is touched


def live(sweep: Sweep, draw: Callable[[list[Cell], Desk], None], every: float = TICK, name: str = BOARD) -> None:
    """Draw the sweep now, and again every so many seconds while a member is alive or this page waits for an analysis.

    name: of this part of the page.
    """
    waits = f"waits-{name}"
    trained, waiting = alive(cells(sweep)), st.session_state.get(waits, False)

    def tick() -> None:
        now, desk = cells(sweep), Desk()
        if name == BOARD:
            download.offer(sweep.base.data.name, "Till then: what the runs have stored.")
        if alive(now) != trained:
            st.rerun()
        draw(now, desk)
        if name == BOARD:
            dock(subjects(now), desk=desk)
        elif touch.changed():  # another part of the page draws the card
            st.rerun()
        if bool(desk.waiting) != waiting:  # the timer begins, or there is nothing left to wait for
            st.session_state[waits] = bool(desk.waiting)
            st.rerun()

    st.fragment(tick, run_every=every if trained or waiting else None)()


def slot(sentence: str) -> None:
    """The refusal of the last action, else what the figures say."""
    frame.slot(notice.shown() or sentence)
