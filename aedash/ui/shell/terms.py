"""Terms: the glossary's words are explained where they first stand on a page, and nowhere else."""

import streamlit as st

from aedash import glossary

EXPLAINED = "explained"  # key of the session: {word: place of the page}


def begin() -> None:
    """A pass over a page begins: no word is explained yet."""
    st.session_state[EXPLAINED] = {}


def explain(html: str, place: str) -> str:
    """HTML with the glossary's words marked that no other place of this pass has explained.

    place: names where it stands; what is drawn there again, by a tick, is marked as before.
    """
    told = st.session_state.setdefault(EXPLAINED, {})
    return glossary.mark(html, lambda word: told.setdefault(word, place) == place)


def every_term(html: str) -> str:
    """HTML with each of the glossary's words marked, for whoever cannot know what a page has explained."""
    return glossary.mark(html, lambda word: True)
