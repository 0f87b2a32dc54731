"""Faults: what a person sees where a page itself is broken, and what the log then holds."""

import logging

import streamlit as st

from aedash.log import logged
from aedash.ui.shell.frame import problem

log = logging.getLogger("aedash")


def shown(error: Exception) -> bool:
    """For `st.App`: the error is logged under an id, and a sentence with it stands in the place of a traceback."""
    told = f"This page failed ({type(error).__name__}); {logged(log, 'a page', error)}"
    with st.container(key="fault"):
        st.html(problem(f"{told} Runs go on: reload, or open another page."))
    return True
