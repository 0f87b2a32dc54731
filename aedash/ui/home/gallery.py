"""The gallery on Home: trained runs that come with the app, as cards."""

from collections.abc import Callable
from html import escape

import streamlit as st

from aedash import registry
from aedash.analysis.trace import outline
from aedash.figures.grids import Mosaic, sheet
from aedash.formatting import count
from aedash.history import Run
from aedash.presets.base import KINDS, Preset, kind, preset
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame
from aedash.ui.widgets.measured import error_words
from aedash.ui.widgets.steer import show
from aedash.ui.widgets.verdict import verdict

SHOWN = 6
FIRST = 8  # cards before one asks for all: Home stays short, and quick
ALL = "All"


ORDERS: dict[str, Callable[[Run], float]] = {
    "by source": lambda run: 0,
    "smallest code first": lambda run: run.figures["test"].code_units or 0,
    "lowest error first": lambda run: run.figures["test"].task_mse,
}


def gallery(runs: dict[str, Run]) -> None:
    """Cards of the trained runs, filtered by source and by kind, in the chosen order."""
    st.html(
        '<div class="section"><h2>Trained models</h2><p>Ready to explore. R0 to R4 are five public repositories, '
        "trained again as they published them; -meant mends a flaw of theirs; MSE is the mean square over test "
        "pixels.</p></div>"
    )
    family, sort, order = _filter(runs)
    names = sorted(selected(runs, family, sort), key=lambda name: ORDERS[order](runs[name]))
    if not names:
        frame.empty("None of this kind from this source", "Choose another kind, or all.", 120)
    shown = names if _whole() else names[:FIRST]
    with st.container(key="cards-gallery"):
        for name in shown:
            with st.container(border=True, key=f"card-{name}"):
                card(name, runs[name])
    if len(shown) < len(names):
        st.button(f"Show all {len(names)}", icon=":material/expand_more:", on_click=_show_all)


def selected(runs: dict[str, Run], family: str, sort: str) -> list[str]:
    """Names of the runs from that source and of that kind; "All" takes any."""
    return [
        name for name, run in runs.items() if family in (ALL, preset(name).family) and sort in (ALL, kind(run.config))
    ]


def _filter(runs: dict[str, Run]) -> tuple[str, str, str]:
    """The chosen source and kind, of those that there are, and order."""
    families = sorted({preset(name).family for name in runs})
    found = {kind(run.config) for run in runs.values()}
    kinds = [word for word in KINDS if word in found] + sorted(found - set(KINDS))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_filter"):
        family = address.switch("view-source", "Source", [ALL, *families], ALL, key="gallery_source")
        hidden = {"label_visibility": "collapsed"}
        words = {ALL: "all kinds"}
        sort = address.select(
            "view-kind",
            "Kind",
            [ALL, *kinds],
            ALL,
            key="gallery_kind",
            format_func=lambda word: words.get(word, word),
            width=170,
            **hidden,
        )
        orders = list(ORDERS)
        order = address.select("view-order", "Order", orders, orders[0], key="gallery_order", width=190, **hidden)
    return family, sort, order


def _whole() -> bool:
    """Whether all cards are shown."""
    whole = address.kept("view-all", "", {"": "", "yes": "yes"}.__getitem__)
    address.look("view-all", whole)
    return bool(whole)


def _show_all() -> None:
    address.keep("view-all", "yes")


def card(name: str, run: Run) -> None:
    """A strip of reconstructions and the figures that matter."""
    st.html(f'<div class="cardhead"><h3>{escape(name)}</h3><p>{escape(preset(name).title)}</p></div>')
    history = manager().history(run)
    if history.probes and history.snapshots:
        rows = [history.probes.originals[:SHOWN], history.snapshots[-1].reconstructions[:SHOWN]]
        alt = f"{SHOWN} test images over what {name} makes of them"
        mosaic(Mosaic(sheet(rows), SHOWN, 2, alt=alt, max_tile=56, min_tile=28), key=f"strip-{name}")
    st.html(f'<div class="meta">{_figures(run)}</div>')
    st.html(verdict(run, "ours") or _published(preset(name)))
    if st.button("Open", key=f"see-{name}", icon=":material/arrow_forward:", type="tertiary"):
        show(run.id)
        st.switch_page("pages/train/train.py")


def _published(source: Preset) -> str:
    """The published figure where ours cannot stand beside it: of training images, or of a single batch."""
    if not source.published:
        return '<span class="badge">no published figure</span>'
    figure = source.published[0]
    return f'<span class="badge">published <b>{figure.value:g}</b> {escape(figure.split)}</span>'


def _figures(run: Run) -> str:
    figures = run.figures["test"]
    data = registry.datasets.get(run.config.data.name).info.title
    live = "" if figures.code_size == figures.code_units else f", {count(figures.code_size or 0)} alive"
    return (
        f"<span>{escape(data)}</span><span><b>{count(figures.code_units or 0)}</b> numbers{live}</span>"
        f"<span>{error_words(figures)}</span><span>{count(outline(run.config).parameters)} parameters</span>"
    )
