"""Cards of the questions, each with what its answer shows."""

import streamlit as st

from aedash.ui.experiments.shared.asked import ASKED, Asked


def cards() -> None:
    """A card a question; the whole of it leads to the answer."""
    with st.container(key="cards-questions"):
        for each in ASKED.values():
            with st.container(border=True, key=f"question-{each.id}"):
                card(each)


def card(each: Asked) -> None:
    """The question, and what to look for in its answer."""
    st.page_link(each.script, label=each.title, query_params=each.query or None)
    st.html(f"<p>{each.look_for}</p>")
