"""The head of a question's page: the way back to all of them, and what is asked."""

import streamlit as st

from aedash.ui.experiments.shared.asked import ROOM
from aedash.ui.shell import frame


def heading(title: str) -> None:
    """The title with the way back to all experiments above it. title: plain text, of anybody."""
    frame.tab_title(title, "Experiments")
    with st.container(key="all_experiments"):
        st.page_link(f"{ROOM}/experiments.py", label="All experiments", icon=":material/arrow_back:")
    st.title(frame.literal(title), anchor=False)
