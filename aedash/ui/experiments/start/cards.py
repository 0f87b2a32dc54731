"""Cards of the questions, each with a picture of its finished answer and what the answer shows."""

from html import escape

import streamlit as st

from aedash.figures.cards import picture
from aedash.ui.desk.manager import manager
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
    """The question, a picture of the answer that comes with the app and its sentence; else what an answer shows."""
    st.page_link(each.script, label=each.title, query_params=each.query or None)
    known = manager().illustration(each.id)
    st.html(f"<p>{escape(known.sentence if known else each.look_for)}</p>{picture(known)}")
