"""A live grid of images that is repainted in place, without a blank frame."""

from __future__ import annotations

import streamlit as st

from aedash.figures.grids import Mosaic
from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.mosaic", html='<div class="root"></div>', css=style("mosaic"), js=script("mosaic")
)


def mosaic(grid: Mosaic, *, key: str) -> None:
    """Draw a grid of tiles as wide as the container allows; calls with the same key repaint it."""
    filled = grid.rows if grid.filled is None else grid.filled
    data = {
        "image": grid.image,
        "columns": grid.columns,
        "rows": grid.rows,
        "filled": filled,
        "group": grid.group,
        "labels": list(grid.labels),
        "swatches": list(grid.swatches),
        "room": grid.room,
        "foot": list(grid.foot),
        "alt": grid.alt,
        "maxTile": grid.max_tile,
        "minTile": grid.min_tile,
    }
    _mount(key=key, data=data)
