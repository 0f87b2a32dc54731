"""The way to Explore, from every place that shows a run."""

from urllib.parse import urlencode

import streamlit as st

from aedash.analysis.trained import written
from aedash.history import Run
from aedash.ui.shell import address, frame

FIRST = ("R0-vae-meant", "R0-simple")  # of the gallery, while nothing is chosen
PAGE, HELP = "explore", "Touch what it has learned: its map, its code, what it draws"


def query(run: Run, place: int | None = None, tool: str = "") -> dict[str, str]:
    """What the address asks of Explore: the run, one of the test images, one of the page's tools."""
    image = {} if place is None else {"view-image": str(place)}
    return {"run": run.id, **image, **({"view-tool": tool} if tool else {})}


def href(run: Run, place: int | None = None) -> str:
    """The address of the run's page there; empty while it has no weights."""
    return f"{PAGE}?{urlencode(query(run, place))}" if written(run) else ""


def link(run: Run, word: str = "Explore", tool: str = "") -> str:
    """HTML: a link there, to one of its tools; nothing while the run has no weights."""
    return frame.link(PAGE, query(run, tool=tool), word, HELP) if written(run) else ""


def button(run: Run, key: str | None = None, word: str = "Explore") -> None:
    """A button that opens it; nothing while the run has no weights."""
    if written(run) and st.button(word, key=key, icon=":material/touch_app:", type="tertiary", help=HELP):
        go(run)


def go(run: Run, tool: str = "") -> None:
    """Open the page with that run, and with one of its tools."""
    address.keep("run", run.id, page=PAGE)
    if tool:
        address.keep("view-tool", tool, run.id, PAGE)
    st.switch_page("pages/explore/explore.py")
