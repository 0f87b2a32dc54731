"""A code under the hand: rows of pictures along the decoder's directions, sliders, and what is decoded as they move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from aedash.figures.edit import EditCard
from aedash.figures.payloads import packed
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.edit", html='<div class="root"></div>', css=style("edit"), js=script("edit")
)


def edit(card: EditCard, *, key: str, on_edit: Callable[[str], None]) -> None:
    """Draw the card. on_edit: called with the edits as text when a slider is let go, or a picture is chosen."""
    data = asdict(card) | {"code": packed(card.code, "<f4"), "steps": packed(card.steps, "<f4")}
    _mount(key=key, data=data, on_edited_change=lambda: on_edit(str(st.session_state[key]["edited"])))
