"""The text of the components, and how it gets to the browser: once a page, not with each change of their data.

Streamlit sends a component's code anew with every message in which its data changes. So what it is given is a line that
waits for the code, and one hidden component, the same on every page and at every time, brings the code of them all.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_SHELF = """
const shelf = (globalThis.aedashCode ??= {});
function place(name) {
  const slot = (shelf[name] ??= {});
  slot.code ??= new Promise((given) => { slot.give = given; });
  return slot;
}
"""
_SHARED = (("wire",), ("decoder", "lab"))  # one of each a page
_PARTS = {
    "live": ("live",),
    "canvas": ("vendor/signature_pad", "canvas"),
    "cloud": (
        *("scatter_view", "scatter_draw", "scatter_hand"),
        *("cloud_view", "cloud_lasso", "cloud_draw", "cloud_hand", "cloud"),
    ),
    "curve": ("curve_scale", "curve_plot", "curve"),
    "edit": ("edit",),
    "inspector": ("code_view", "inspector"),
    "mosaic": ("mosaic",),
    "pad": ("pad_path", "pad_ground", "pad_marks", "pad_film", "pad_plane", "pad"),
    "odd": ("odd_scores", "odd_draw", "odd"),
    "scatter": ("scatter_view", "scatter_draw", "scatter_hand", "scatter"),
    "scatter_atlas": ("scatter_atlas",),
    "ridges": ("ridges",),
    "runs": ("runs",),
    "specimen": ("code_view", "specimen"),
    "status": ("status",),
    "units": ("units",),
    "wipe": ("wipe",),
}


def code(*names: str) -> str:
    """Join base.js and the named files; only the last may have a default export."""
    return "\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in ("base", *names))


def script(component: str) -> str:
    """An ES module that waits for the code of a component, which `deliver` brings."""
    return f'{_SHELF}export default await place("{component}").code;'


def deliver() -> None:
    """Bring the code of all components, once a run of the page."""
    _carrier()(key="code")


@cache
def _carrier() -> Any:
    shared = [f"(() => {{\n{code(*names)}\n}})();" for names in _SHARED]
    given = [f'place("{name}").give((() => {{\n{_returned(code(*parts))}\n}})());' for name, parts in _PARTS.items()]
    whole = "\n".join([_SHELF, *shared, *given, "export default () => {};"])
    return st.components.v2.component("aedash.code", js=whole)


def _returned(module: str) -> str:
    return re.sub("^export default ", "return ", module, flags=re.MULTILINE)


def style(*names: str) -> str:
    """Join base.css and the named files."""
    return "\n".join((_FOLDER / f"{part}.css").read_text("utf-8") for part in ("base", *names))
