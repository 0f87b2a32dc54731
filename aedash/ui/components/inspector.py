"""The card of one test image: the chosen one, and at once whichever the pointer is over on the map."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aedash.figures.payloads import Payload
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.inspector",
    html='<div class="root"></div>',
    css=style("code_view", "inspector"),
    js=script("inspector"),
)


def inspector(payload: Payload, *, key: str, on_go: Callable[[int], None]) -> None:
    """Draw the card of `figures.inspector`. on_go: another test image was chosen; called before the page runs again."""
    _mount(key=key, data=payload, on_go_change=lambda: on_go(int(st.session_state[key]["go"])))
