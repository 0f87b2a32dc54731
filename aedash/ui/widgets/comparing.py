"""What the Compare page opens with."""

import streamlit as st

from aedash.history import Run
from aedash.ui.desk.manager import manager

MOST = 8  # runs beside one another
LESSON = ("R0-simple", "R0-vae-meant", "R1-dense")  # shown while nothing was chosen


def begin_with(run: Run) -> None:
    """Next time the page opens it shows this run beside up to two others of the same images, the lesson's first."""
    others = [other for other in [*manager().gallery().values(), *manager().runs()] if "test" in other.figures]
    same = [other for other in others if other.config.data.name == run.config.data.name and other.id != run.id]
    same.sort(key=lambda other: other.preset not in LESSON)
    st.session_state.compared = [run.id, *(other.id for other in same[:2])]
