"""A live grid of images that is repainted in place, without a blank frame."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aedash.figures import payloads
from aedash.figures.grids import Mosaic
from aedash.ui.components.live import STILL, Feed
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.mosaic", html='<div class="root"></div>', css=style("mosaic"), js=script("mosaic")
)


def mosaic(
    grid: Mosaic,
    *,
    key: str,
    on_touch: Callable[[int, int], None] | None = None,
    touched: int | None = None,
    feed: Feed = STILL,
) -> None:
    """Draw a grid of tiles as wide as the container allows; calls with the same key repaint it.

    on_touch: called with row and column of the tile that was clicked or entered, before the page runs again; None: no
    tile can be. touched: the column, or of a grid without labels the tile, row by row, that is marked.
    """
    data = payloads.mosaic(grid) | {"touchable": on_touch is not None, "touched": touched} | feed.data()

    def told() -> None:
        if on_touch:
            row, column = st.session_state[key]["touched"]
            on_touch(int(row), int(column))

    _mount(key=key, data=data, on_touched_change=told)
