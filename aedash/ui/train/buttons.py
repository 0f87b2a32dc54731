"""The buttons beside the recipe: Start, or Pause, Go on and Stop for a run under way.

Stop has one place for as long as a run is on screen: where it stood no other button comes to stand.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from aedash.events import RunState
from aedash.history import Run
from aedash.training.owning import joined_words
from aedash.ui.desk.manager import manager, present
from aedash.ui.shell import frame, notice
from aedash.ui.shell.visitor import anothers, mine, shares
from aedash.ui.train.changes import WIDTH
from aedash.ui.widgets import draft
from aedash.ui.widgets.steer import NOT_YOURS, again, leave, own, pause, resume, start, stop, why_not

WATCHED = "Another person's run, to watch. “Train yours” trains one that is your own."
JOINED = "You asked for this run, which another person had started: it is yours, too. Leave lets go of it."


def buttons(run: Run | None) -> None:
    """Start, or Pause, Go on and Stop for a run under way; Stop says that it stops until the run is over.

    Of another person's run the same can be trained as one's own, and whoever asked for it, too, can leave it.
    """
    if run is None:
        _start("Start training", start, "content")
    elif not run.state.alive:
        st.button("Stop", icon=":material/stop:", disabled=True, width="content", key="stopped")
        same = run.config == draft.draft()
        _start("Train again" if same else "Train this", again if same else start, WIDTH)
    elif anothers(run):
        if mine(run):
            st.button("Leave", icon=":material/logout:", on_click=leave, args=(run.id,), width="content", key="leave")
        else:
            st.button("Stop", icon=":material/stop:", disabled=True, help=NOT_YOURS, width="content", key="not_yours")
        _copy(run)
    else:
        _steer(run)


def whose(run: Run | None) -> None:
    """Under the recipe: whose a run under way is, where it is not this person's alone; nothing beside a question."""
    if run is None or not run.state.alive or notice.asked():
        return
    if anothers(run):
        st.html(frame.note(JOINED if mine(run) else WATCHED))
    elif shares(run):
        st.html(frame.note(f"{joined_words(run)}: it can no longer be paused or changed, and Stop leaves it to them."))


def _start(word: str, act: Callable[[], None], width: Any) -> None:
    ready = present(draft.draft().data.name)
    st.button(word, type="primary", icon=":material/play_arrow:", on_click=act, disabled=not ready, width=width)


def _copy(run: Run) -> None:
    """Of a run that is not this person's alone: the same recipe, or what they have made of it, as their own."""
    same = run.config == draft.draft()
    _start("Train yours" if same else "Train this", own if same else start, WIDTH)


def _steer(run: Run) -> None:
    stopping = manager().stopping(run.id)
    steer: dict[str, Any] = {"disabled": stopping or not run.own, "args": (run.id,)}
    why, joined = why_not(run), f"{joined_words(run)}: it goes on for them." if shares(run) else None
    how: dict[str, Any] = {"help": why or joined, "key": f"stop-{run.id}", "width": "content", **steer}
    st.button("Stopping" if stopping else "Stop", icon=":material/stop:", on_click=stop, **how)
    if run.state is RunState.PAUSED:
        st.button("Go on", icon=":material/play_arrow:", on_click=resume, help=why, width=WIDTH, **steer)
    elif joined:
        _copy(run)
    elif run.state is RunState.RUNNING:
        st.button("Pause", icon=":material/pause:", on_click=pause, help=why, width=WIDTH, **steer)
