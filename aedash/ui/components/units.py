"""One bar a unit of a code, and the histogram of one unit by class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import streamlit as st

from aedash.figures.units import Bar, Histogram
from aedash.ui.components.source import script, style

_bars = st.components.v2.component(
    "aedash.units", html='<div class="root"></div>', css=style("units"), js=script("units")
)
_ridges = st.components.v2.component(
    "aedash.ridges", html='<div class="root"></div>', css=style("ridges"), js=script("ridges")
)


def units(
    bars: Sequence[Bar],
    chosen: int,
    loudest: Sequence[tuple[int, str]],
    loudest_of: str,
    unit: str,
    *,
    key: str,
    on_choose: Callable[[int], None],
) -> None:
    """Draw the bars; one is chosen by a click or with the arrows. chosen: a unit's number; loudest: (unit, in words) of
    one image, `loudest_of`; unit: what the bars' height is.

    on_choose: called with a unit's number before the page runs again.
    """
    data = {"bars": [asdict(bar) for bar in bars], "chosen": chosen, "loudest": [list(each) for each in loudest]}
    data |= {"of": loudest_of, "unit": unit}
    _bars(key=key, data=data, on_unit_change=lambda: on_choose(int(st.session_state[key]["unit"])))


def ridges(histogram: Histogram, *, key: str) -> None:
    """Draw one row a class."""
    _ridges(key=key, data=asdict(histogram))
