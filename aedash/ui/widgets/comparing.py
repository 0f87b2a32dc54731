"""What the Compare page opens with."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from aedash.formatting import count, many
from aedash.history import Run
from aedash.store.listing import Wanted
from aedash.training.records import Page
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice

LESSON = ("R0-simple", "R0-vae-meant", "R1-dense")  # shown while nothing was chosen
MOST = 8  # models side by side
LISTED = 50  # runs in a list to pick from; a link, and the Runs page, have any other
MEASURED = Wanted(measured=True)


def begin_with(run: Run) -> None:
    """Next time the page opens it shows this run beside up to two others of the same images, the lesson's first."""
    others = [*manager().gallery().values(), *newest(MEASURED).runs]
    same = [other for other in others if other.config.data.name == run.config.data.name and other.id != run.id]
    same.sort(key=lambda other: other.preset not in LESSON)
    st.session_state.compared = [run.id, *(other.id for other in same[:2])]


def choose(runs: Sequence[Run]) -> bool:
    """Whether the page will show these runs next time it opens; a sentence says why not, or which it leaves out."""
    notice.act()
    measured = [run.id for run in runs if measurable(run)]
    if not 1 <= len(measured) <= MOST:
        what = f"{count(len(runs))} runs are chosen" if measured else "None of them has been measured yet"
        notice.say(f"{what}; Compare takes up to {MOST} that have ended.")
        return False
    if gone := len(runs) - len(measured):
        were = "run was" if gone == 1 else "runs were"
        notice.say(f"{gone} {were} left out: not measured yet.")
    st.session_state.compared = measured
    return True


def newest(wanted: Wanted) -> Page:
    """The newest runs of the folder that are wanted, as many as a list to pick from shows; no others are read."""
    return manager().page(wanted, LISTED)


def older(page: Page, way: str) -> None:
    """That the list has the newest alone, and how to get at any other; nothing where it has them all. way: in words."""
    if page.found > len(page.runs):
        runs = frame.link("runs", {}, "Runs")
        listed = f"The newest {count(len(page.runs))} of {many(page.found, 'run')} are listed."
        st.html(f'<p class="hint">{listed} To get any other, find and tick it on {runs}, and press {escape(way)}.</p>')


def measurable(run: Run) -> bool:
    """Whether a run has ended with figures of the test images."""
    return "test" in run.figures and not run.state.alive
