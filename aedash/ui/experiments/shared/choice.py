"""Which sweep a comparison page shows."""

import streamlit as st

from aedash.registry import Refused
from aedash.sweep import Sweep
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, notice


def chosen() -> Sweep | None:
    """The sweep of the address, else the one last shown here; None when there is none or the address is wrong."""
    query = address.wish()
    if query is not None:
        st.session_state[_shown()] = (query.get("sweep") or [""])[-1]
    asked = st.session_state.get(_shown(), "")
    if not asked:
        return None
    try:
        return manager().sweep(asked)
    except Refused as error:
        refuse(str(error))
        return None


def show(sweep: Sweep | None) -> None:
    """Make this the sweep of the page; None: none, the recipe of the next."""
    st.session_state[_shown()] = sweep.id if sweep else ""


def _shown() -> str:
    return f"sweep-{address.page()}"


def refuse(sentence: str) -> None:
    """Say why the sweep of the address cannot be shown on this page, which then offers its recipe."""
    notice.say(sentence)
    show(None)
