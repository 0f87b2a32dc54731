"""The live loss chart: an SVG that grows in place and keeps the reader's zoom."""

from __future__ import annotations

from math import isfinite
from typing import Any

import streamlit as st

from aedash.figures.curves import Line, LossChart, thinned
from aedash.figures.theme import legible
from aedash.ui.components.source import packed, script, style

_mount = st.components.v2.component(
    "aedash.curve",
    html='<div class="root"></div>',
    css=style("curve"),
    js=script("curve"),
)


def curve(chart: LossChart, *, key: str, height: int = 254) -> None:
    """Draw a loss chart `height` CSS pixels high; zoom, chips and switches survive calls with the same key."""
    _mount(key=key, data=_payload(chart, height), height=height)


def _payload(chart: LossChart, height: int) -> dict[str, Any]:
    """Return what the browser needs, lines thinned and packed: at most 6.4 kB a line."""
    return {
        "lines": [_line(line) for line in chart.lines],
        "levels": [{"label": one.label, "value": float(one.value)} for one in chart.levels if isfinite(one.value)],
        "epochs": float(chart.epochs),
        "unit": chart.unit,
        "log": chart.log,
        "alt": chart.alt,
        "best": None if chart.best is None else [float(part) for part in chart.best],
        "marker": None if chart.marker is None else float(chart.marker),
        "marks": [[float(epoch), label] for epoch, label in chart.marks],
        "start": float(chart.start),
        "height": height,
    }


def _line(line: Line) -> dict[str, Any]:
    drawn = thinned(line)
    band = {name: packed(edge, "<f4") for name in ("low", "high") if (edge := getattr(drawn, name)) is not None}
    return {
        **band,
        "color": line.color,
        "ink": legible(line.color),
        "name": line.name,
        "role": line.role,
        "smooth": line.smooth and line.low is None,  # a mean over seeds is calm already
        "end": line.end,
        "shown": line.shown,
        "x": packed(drawn.x, "<f4"),
        "y": packed(drawn.y, "<f4"),
    }
