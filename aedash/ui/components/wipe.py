"""Two picture sheets on top of one another with a divider to drag: left of it the one, right of it the other."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.wipe", html='<div class="root"></div>', css=style("wipe"), js=script("wipe")
)


@dataclass(frozen=True)
class Side:
    """name: what made the pictures; image: a sheet as a data URI; color: CSS, of the name's swatch, or none."""

    name: str
    image: str
    color: str = ""


@dataclass(frozen=True)
class Wipe:
    """Sheets of the same size, `columns` x `rows` tiles each, without gutters."""

    left: Side
    right: Side
    columns: int
    rows: int
    alt: str = ""


def wipe(pair: Wipe, *, key: str) -> None:
    """Draw the pair as wide as the container; the divider stays where it is when other sheets come."""
    sides = [{"name": side.name, "image": side.image, "color": side.color} for side in (pair.left, pair.right)]
    _mount(key=key, data={"sides": sides, "columns": pair.columns, "rows": pair.rows, "alt": pair.alt})
