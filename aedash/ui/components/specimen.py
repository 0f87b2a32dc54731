"""The card of what was touched: pictures, code and neighbours; it stays where it is while its content changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from aedash.figures.payloads import packed
from aedash.figures.specimen import SpecimenCard
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.specimen", html='<div class="root"></div>', css=style("code_view", "specimen"), js=script("specimen")
)


def specimen(
    card: SpecimenCard,
    *,
    key: str,
    on_go: Callable[[int], None],
    on_close: Callable[[], None],
    on_follow: Callable[[int], None] | None = None,
    followed: bool = False,
    explore: str = "",
) -> None:
    """Draw the card. on_go: a neighbour was chosen; on_follow: its dot is to be followed, or no longer; None: cannot.

    Each is called before the page runs again. explore: address of the page where it can be touched further; empty:
    none.
    """

    def told(name: str) -> int:
        return int(st.session_state[key][name])

    data = asdict(card) | {"code": packed(card.code, "<f4"), "follow": on_follow is not None, "followed": followed}
    data["explore"] = explore
    _mount(
        key=key,
        data=data,
        on_go_change=lambda: on_go(told("go")),
        on_close_change=on_close,
        on_follow_change=lambda: on_follow(told("follow")) if on_follow else None,
    )
