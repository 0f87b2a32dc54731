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


def inspector(
    payload: Payload, *, key: str, on_go: Callable[[int], None], on_pin: Callable[[int], None] | None = None
) -> None:
    """Draw the card of `figures.inspector`.

    on_go: another test image was chosen; on_pin: the image is to be kept, or no longer; None: it cannot. Each is called
    before the page runs again.
    """

    def told(name: str, act: Callable[[int], None] | None) -> None:
        if act:
            act(int(st.session_state[key][name]))

    _mount(
        key=key,
        data=payload | {"pins": on_pin is not None},
        on_go_change=lambda: told("go", on_go),
        on_pin_change=lambda: told("pin", on_pin),
    )
