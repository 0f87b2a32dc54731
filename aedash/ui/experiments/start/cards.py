"""Cards of the questions, each with a picture of its finished answer and what the answer shows."""

from html import escape

import streamlit as st

from aedash.ui.experiments.shared.asked import ASKED, Asked

LEDE = (
    "A question is answered by training small networks that differ in one thing and measuring each. Open an answer, "
    "then ask it anew with your own values."
)


def cards() -> None:
    """A card a question; the whole of it leads to the answer."""
    with st.container(key="cards-questions"):
        for each in ASKED.values():
            with st.container(border=True, key=f"question-{each.id}"):
                card(each)


def card(each: Asked) -> None:
    """The question, and what to look for in its answer."""
    st.page_link(each.script, label=each.title, query_params=each.query or None)
    st.html(f"<p>{escape(each.look_for)}</p>")
