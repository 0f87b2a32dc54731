"""Refreshing of a comparison page, and its sentence."""

from collections.abc import Callable

import streamlit as st

from aedash.sweep import Sweep
from aedash.ui.components.live import STILL, Feed
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared import broadcast
from aedash.ui.experiments.shared.cells import Cell, alive, cells
from aedash.ui.experiments.shared.touched import subjects
from aedash.ui.shell import frame, notice
from aedash.ui.specimen.dock import dock
from aedash.ui.widgets import download


def outset(shown: Sweep | None) -> bool | None:
    """Whether a sweep trains, told before its buttons are drawn: it may end while they are. None of a recipe."""
    return alive(cells(shown)) if shown else None


def live(sweep: Sweep, draw: Callable[[list[Cell], Desk], None], page: bool | None = None) -> None:
    """Draw the sweep now, and again when something happened to a member or an analysis that this page waits for is
    there. What moves meanwhile comes by the wire.

    page: the `outset` of the page around it, which is drawn anew where that is no longer true.
    """
    trained = alive(cells(sweep)) if page is None else page

    def tick() -> None:
        now, desk = cells(sweep), Desk()
        download.offer(sweep.base.data.name, "Till then: what the runs have stored.")
        if alive(now) != trained:  # the buttons above change
            st.rerun()
        draw(now, desk)
        dock(subjects(now), desk=desk)
        broadcast.follow(sweep, now)
        awaited(desk)

    st.fragment(tick)()


def slot(sentence: str, feed: Feed = STILL) -> None:
    """The refusal of the last action, else what the figures say, which goes on by the wire."""
    refused = notice.shown()
    frame.slot(refused or sentence, STILL if refused else feed)
