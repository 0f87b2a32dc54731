"""After a run: the ways on from here."""

import streamlit as st

from aedash.events import Finding
from aedash.formatting import setting
from aedash.history import Run
from aedash.training import twins
from aedash.training.remedies import Remedy, beyond_scale, remedy
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address
from aedash.ui.shell.visitor import anothers
from aedash.ui.train import further
from aedash.ui.train.view import View
from aedash.ui.widgets import comparing, draft, exploring, weights
from aedash.ui.widgets.steer import replay, resume, slower

FORKED = "Fork it: what had another number done?"
ANEW = "Train it twice from its start, with another number in one of them."


def next_steps(view: View, finding: Finding | None) -> None:
    """After a run: what the finding advises, more epochs, and the pages that take it further."""
    run = view.run
    if run is None:
        return
    cure = _cure(view, run, finding)
    if cure and st.button(cure.word, icon=":material/arrow_forward:", help="Does what the sentence advises"):
        further.apply(run, cure)
        st.rerun()
    if run.diverged and not cure:
        _slower(run)
    if (
        run.resumable
        and not anothers(run)
        and st.button("Go on", icon=":material/play_arrow:", type="tertiary", help="Train the rest, from its last save")
    ):
        resume(run.id)
        st.rerun()
    further.offer(run)
    if (run.changes or (run.resumable and anothers(run))) and st.button(
        "Repeat", icon=":material/repeat:", type="tertiary", help="Train it anew, with every change at its step"
    ):
        replay(run.id)
        st.rerun()
    _ways(run)


def _cure(view: View, run: Run, finding: Finding | None) -> Remedy | None:
    if run.diverged:
        return beyond_scale(run)
    return remedy(finding, run, view.history.ends, view.history.references) if finding and view.live else None


def _ways(run: Run) -> None:
    exploring.button(run)
    if "test" in run.figures and st.button("Compare", icon=":material/compare:", type="tertiary"):
        comparing.begin_with(run)
        st.switch_page("pages/compare/compare.py")
    shipped = manager().is_shipped(run)
    if run.epochs_done and st.button(
        "What if?", icon=":material/call_split:", type="tertiary", help=ANEW if shipped else FORKED
    ):
        if shipped:
            draft.load(run.preset, run.config)
        address.keep("of", None if shipped else run.id, page=twins.KIND)
        st.session_state[f"sweep-{twins.KIND}"] = ""
        st.switch_page("pages/experiments/twins.py")

    if run.epochs_done and st.button(
        "Film", icon=":material/movie:", type="tertiary", help="Its training as a GIF or WebP, for slides"
    ):
        exploring.go(run, "Film")
    weights.take_along(run)


def _slower(run: Run) -> None:
    """Going on is exact, so it would diverge again; a tenth of the rate may not: from its last kept epoch, or anew."""
    rate = twins.calmer_rate(run)
    how = f"Go on from epoch {run.epochs_done} at a tenth of its rate" if run.epochs_done else "A tenth of its rate"
    if st.button(f"Learning rate {setting(rate)}", icon=":material/arrow_forward:", help=how):
        slower(run.id)
        st.rerun()
