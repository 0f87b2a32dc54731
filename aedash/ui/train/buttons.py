"""The buttons beside the recipe: Start, or Pause, Resume and Stop for a run under way."""

from typing import Any

import streamlit as st

from aedash.events import RunState
from aedash.history import Run
from aedash.ui.desk.manager import present
from aedash.ui.widgets import draft
from aedash.ui.widgets.steer import again, pause, resume, start, stop


def buttons(run: Run | None) -> None:
    """Start, or Pause, Resume and Stop for a run under way."""
    if run is None or not run.state.alive:
        word = "Start training" if run is None else "Train again" if run.config == draft.draft() else "Train this"
        ready, begin = present(draft.draft().data.name), again if word == "Train again" else start
        st.button(
            word, type="primary", icon=":material/play_arrow:", on_click=begin, disabled=not ready, width="content"
        )
        return
    steer: dict[str, Any] = {"disabled": not run.own, "width": "content", "args": (run.id,)}
    why = None if run.own else "Another process trains this run; it can be steered only there."
    if run.state is RunState.PAUSED:
        st.button("Resume", icon=":material/play_arrow:", on_click=resume, help=why, **steer)
    elif run.state is RunState.RUNNING:
        st.button("Pause", icon=":material/pause:", on_click=pause, help=why, **steer)
    st.button("Stop", icon=":material/stop:", on_click=stop, help=why, **steer)
