"""The live loss chart: an SVG that grows in place and keeps the reader's zoom."""

from __future__ import annotations

import streamlit as st

from aedash.figures import payloads
from aedash.figures.curves import LossChart
from aedash.ui.components.live import STILL, Feed
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.curve",
    html='<div class="root"></div>',
    css=style("curve"),
    js=script("curve"),
)


def curve(chart: LossChart, *, key: str, height: int = 254, feed: Feed = STILL) -> None:
    """Draw a loss chart `height` CSS pixels high; zoom, chips and switches survive calls with the same key."""
    _mount(key=key, data=payloads.curve(chart) | {"height": height} | feed.data(), height=height)
