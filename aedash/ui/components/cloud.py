"""The large map of Explore: up to ten thousand test images that can be pointed at, pinned and chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from aedash.figures import payloads
from aedash.figures.cloud import Cloud
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.cloud", html='<div class="root"></div>', css=style("map", "cloud"), js=script("cloud")
)


def cloud(
    view: Cloud,
    *,
    key: str,
    height: int,
    on_pin: Callable[[Any], None],
    on_choose: Callable[[Any], None],
) -> None:
    """Draw the map `height` CSS pixels high.

    on_pin: called with the place of the image that was clicked or entered; on_choose: with what was chosen, {"class",
    "lasso", "picks"}. Both before the page runs again, and with whatever a browser may send.
    """

    def told(name: str, act: Callable[[Any], None]) -> Callable[[], None]:
        return lambda: act(st.session_state[key][name])

    _mount(
        key=key,
        data=payloads.cloud(view) | {"height": height},
        height=height,
        on_pinned_change=told("pinned", on_pin),
        on_chosen_change=told("chosen", on_choose),
    )
