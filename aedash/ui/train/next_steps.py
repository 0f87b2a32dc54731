"""After a run: its badge, and where to go from here."""

import streamlit as st

from aedash.formatting import setting
from aedash.history import Run
from aedash.training import twins
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address
from aedash.ui.widgets import comparing, draft
from aedash.ui.widgets.steer import replay, resume, slower
from aedash.ui.widgets.verdict import verdict


def mark(run: Run) -> None:
    """Say where the recipe above is not that of the run below."""
    if run.config != draft.draft():
        st.html('<span class="badge">recipe differs from the run shown</span>', width="content")


def next_steps(run: Run) -> None:
    """After a run: its figure beside the published one, and where to go from here."""
    shipped = any(run.id == one.id for one in manager().gallery().values())
    badge = verdict(run, "ours" if shipped else "yours")
    if badge:
        st.html(badge, width="content")
    if run.diverged:
        _slower(run)
    elif run.resumable and st.button(
        "Go on", icon=":material/resume:", type="tertiary", help="Resume from its last save"
    ):
        resume(run.id)
        st.rerun()
    if run.changes and st.button(
        "Replay", icon=":material/replay:", type="tertiary", help="Train it anew, with every change at its step"
    ):
        replay(run.id)
        st.rerun()
    if "test" in run.figures and st.button("Compare", icon=":material/compare:", type="tertiary"):
        comparing.begin_with(run)
        st.switch_page("pages/compare/compare.py")
    mine = run.epochs_done and not run.state.alive and run.folder.parent == manager().settings.runs_dir
    if mine and st.button(
        "What if?", icon=":material/call_split:", type="tertiary", help="Fork it: what had another number done?"
    ):
        address.keep("of", run.id, page=twins.KIND)
        st.session_state[f"sweep-{twins.KIND}"] = ""
        st.switch_page("pages/experiments/twins.py")
    if st.button("All runs", icon=":material/table_rows:", type="tertiary"):
        st.switch_page("pages/train/runs.py")


def _slower(run: Run) -> None:
    """Going on is exact, so it would diverge again; a tenth of the rate may not: from its last kept epoch, or anew."""
    rate = twins.calmer_rate(run)
    how = f"Go on from epoch {run.epochs_done} at a tenth of its rate" if run.epochs_done else "A tenth of its rate"
    if st.button(f"Train at {setting(rate)}", icon=":material/play_arrow:", type="tertiary", help=how):
        slower(run.id)
        st.rerun()
