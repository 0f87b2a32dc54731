"""The status row: state, progress as a timeline to travel on, and the numbers of the moment."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aedash.figures import payloads
from aedash.figures.payloads import Status
from aedash.glossary import meanings
from aedash.ui.components.live import STILL, Feed
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.status", html='<div class="root"></div>', css=style("pill", "status"), js=script("status")
)


def status(row: Status, *, key: str, position: float | None = None, feed: Feed = STILL) -> int | None:
    """Draw the row and return the index into `row.frames` that the person looks at; None = live.

    position: where one looks as the row comes on screen, 0 to 1.

    The browser sends a position, not an index, so that thinning the snapshots does not move the view.
    """
    said = {"meanings": meanings(" ".join(label for _, label in row.metrics)), "position": looking(key, position)}
    data = payloads.status(row) | payloads.timeline(row) | said | feed.data()
    result = _mount(key=key, data=data, default={"position": position}, on_position_change=lambda: None)
    return nearest(row.frames, _position(result))


def looking(key: str, position: float | None = None) -> float | None:
    """Return the position that the person chose, before the row is drawn, so that its numbers can be of that moment."""
    state = st.session_state.get(key)
    return position if state is None else _position(state)


def nearest(frames: tuple[float, ...], position: float | None) -> int | None:
    """Return the index of the frame nearest to a position; None when live or with fewer than two frames."""
    if position is None or len(frames) < 2:
        return None
    return min(range(len(frames)), key=lambda index: abs(frames[index] - position))


def _position(state: Any) -> float | None:
    """Read the chosen position from the component's state."""
    position = (state or {}).get("position")
    return None if position is None else float(position)
