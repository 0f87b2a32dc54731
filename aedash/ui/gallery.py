"""The gallery on Home: trained runs that come with the app, as cards."""

from html import escape

import streamlit as st

from aedash import registry
from aedash.analysis.trace import outline
from aedash.figures.grids import Mosaic, sheet
from aedash.history import Run
from aedash.presets.base import preset
from aedash.ui.components.mosaic import mosaic
from aedash.ui.controls import show, verdict
from aedash.ui.server import manager

SHOWN = 6
COLUMNS = 4


def gallery(runs: dict[str, Run]) -> None:
    """Cards of all trained runs, filtered by source."""
    st.html(
        '<div class="section"><h2>Trained models</h2><p>Trained once with the command line, ready to explore. '
        "Error is the mean square over test pixels.</p></div>"
    )
    sources = sorted({name.split("-")[0] for name in runs})
    chosen = st.segmented_control("Source", ["All", *sources], default="All", label_visibility="collapsed") or "All"
    names = [name for name in runs if chosen in ("All", name.split("-")[0])]
    for start in range(0, len(names), COLUMNS):
        for column, name in zip(st.columns(COLUMNS, gap="small"), names[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch", key=f"gallery-{name}"):
                card(name, runs[name])


def card(name: str, run: Run) -> None:
    """A strip of reconstructions and the figures that matter."""
    st.html(f'<div class="cardhead"><h3>{escape(name)}</h3><p>{escape(preset(name).title)}</p></div>')
    history = manager().history(run)
    if history.probes and history.snapshots:
        rows = [history.probes.originals[:SHOWN], history.snapshots[-1].reconstructions[:SHOWN]]
        alt = f"{SHOWN} test images over what {name} makes of them"
        mosaic(Mosaic(sheet(rows), SHOWN, 2, alt=alt, max_tile=56, min_tile=28), key=f"strip-{name}")
    st.html(f'<div class="meta">{_figures(run)}</div>')
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(verdict(run, "ours") or '<span class="badge">no published figure</span>', width="stretch")
        if st.button("Open", key=f"see-{name}", icon=":material/arrow_forward:", type="tertiary"):
            show(run.id)
            st.switch_page("pages/train/train.py")


def _figures(run: Run) -> str:
    figures = run.figures["test"]
    data = registry.datasets.get(run.config.data.name).info.title
    live = "" if figures.code_size == figures.code_units else f", {figures.code_size} alive"
    return (
        f"<span>{escape(data)}</span><span><b>{figures.code_units:,}</b> numbers{live}</span>"
        f"<span>MSE <b>{figures.mse:.4f}</b></span><span>{outline(run.config).parameters:,} parameters</span>"
    )
