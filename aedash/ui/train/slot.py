"""The slot: what is said of the run at this moment, whole, with what a press does about it and the ways on."""

import streamlit as st

from aedash.events import Finding, RunState
from aedash.formatting import setting
from aedash.history import Run
from aedash.training.outcome import result
from aedash.ui.components.live import STILL, Feed
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice
from aedash.ui.train.formula import formula
from aedash.ui.train.next_steps import next_steps
from aedash.ui.train.view import View
from aedash.ui.widgets.verdict import verdict


def slot(view: View, feed: Feed) -> None:
    """A refusal, else what is told of the view, which follows the feed. After a run: where to go."""
    refused = notice.shown()
    frame.slot(refused or told(view), STILL if refused else feed)
    if view.over:
        finding = None if refused else said(view)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="next_steps"):
            next_steps(view, finding)


def told(view: View) -> str:
    """HTML: why a run ended early, else a finding, else the formula; with the badge in the same text."""
    run, finding = view.run, said(view)
    whose = "ours" if run and manager().is_shipped(run) else "yours"
    badge = verdict(run, whose) if run and view.over and view.live else ""
    if run and view.history.state.state in (RunState.FAILED, RunState.INTERRUPTED) and view.history.state.sentence:
        kept = " What it saved is kept, and training can go on from there." if _goes_on(run) else ""
        return frame.problem(f"{view.history.state.sentence}{kept}")
    if run and view.history.state.state is RunState.STOPPED and view.history.state.sentence:
        return frame.note(view.history.state.sentence)
    return frame.finding_line(finding, badge) if finding else f"{formula(view)}{badge}"


def _goes_on(run: Run) -> bool:
    return run.state is RunState.INTERRUPTED and run.resumable


def said(view: View) -> Finding | None:
    """The most serious thing that is true at this moment; of a finished run what it is worth, then and on its way."""
    found = [*view.end.findings] if view.end else []
    serious = [finding for finding in found if finding.severity in ("warn", "bad")]
    worth = _worth(view)
    return next(iter(serious or [finding for finding in (worth, *found) if finding]), None)


def _worth(view: View) -> Finding | None:
    """Of the end of a run, or of the last epoch before the moment that one has travelled to."""
    references, state = view.history.references, view.history.state.state
    if not view.live:
        end = view.end
        when = f"After epoch {end.epoch}: " if end else ""
        return result(end.figures, references, view.in_force, end.split, when) if end else None
    if not view.run or "test" not in view.run.figures or not view.over:
        return None
    if view.run.uploaded:
        return result(view.run.figures["test"], references, view.in_force, when="Uploaded, not trained here: ")
    early = "" if state is RunState.FINISHED else f"{state.capitalize()} at epoch {setting(round(view.epoch, 1))}: "
    return result(view.run.figures["test"], references, view.in_force, when=early)
