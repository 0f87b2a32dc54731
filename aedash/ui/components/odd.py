"""Odd one out: errors of two kinds of images, a threshold that is dragged, ROC curves, what is caught and missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from aedash.ui.components.source import script, style

_mount = st.components.v2.component("aedash.odd", html='<div class="root"></div>', css=style("odd"), js=script("odd"))


@dataclass(frozen=True)
class Odd:
    """pack: parcel of `analysis.odd.packed`; atlas: `Grid` of its pictured images, and name, of a parcel.

    names: of the scores, in their order; areas: the AUC of each; score: the one whose threshold is moved. odd: what the
    class left out is called. threshold: an error, None: where one in twenty of the others is a false alarm.
    """

    pack: str
    atlas: dict[str, Any]
    names: tuple[str, ...]
    areas: tuple[float, ...]
    score: int
    odd: str
    threshold: float | None


def odd(view: Odd, *, key: str, on_threshold: Callable[[float], None], on_pick: Callable[[int], None]) -> None:
    """Draw it. on_threshold: it was let go at an error; on_pick: a test image was chosen. Both before the page runs
    again.
    """
    _mount(
        key=key,
        data=asdict(view),
        on_threshold_change=lambda: on_threshold(float(st.session_state[key]["threshold"])),
        on_pick_change=lambda: on_pick(int(st.session_state[key]["pick"])),
    )
