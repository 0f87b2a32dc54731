"""The board of Explore: map, pad and image side by side, and below them the tool that is chosen."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import registry
from aedash.presets.base import preset
from aedash.ui.components.live import live
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.manager import manager
from aedash.ui.explore import broadcast, choice, image, map, moment, pad
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.tools import between, edit, film, inside, odd, own, projections, samples, units
from aedash.ui.shell import address, frame, notice
from aedash.ui.widgets import download, weights
from aedash.ui.widgets.run_words import title

BEGIN = "Point at a dot to see its image, and at the pad to draw with the decoder."
COLUMNS = [0.38, 0.34, 0.28]
TOOLS: dict[str, Callable[[Bench, NDArray[np.int64]], None]] = {
    "Units": units.draw,
    "Edit": edit.draw,
    "Your own image": own.draw,
    "Between images": between.draw,
    "Samples": samples.draw,
    odd.NAME: odd.draw,
    "Inside": inside.draw,
    "Projections": projections.draw,
    "Film": film.draw,
}


@st.fragment
def panel() -> None:
    """Draw the page now, and again as results come, and as a run that trains has better weights."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore_bar"):
        run = choice.chosen()
        if run is not None:
            told = broadcast.version(run)  # of before it is drawn: what comes meanwhile is drawn once more
            choice.points(run)
            bench = choice.bench(run)
        weights.bring("explore-weights", "Upload")
    choice.older()
    if run is None:
        frame.slot(notice.shown())
        frame.empty("No model yet", "Train one on the Train page: it can be explored after its first epoch.", 300)
        return
    draw(bench)
    if run.state.alive:
        live(f"{broadcast.KIND}/{run.id}", told, key=f"weights-{run.id}")


def draw(bench: Bench) -> None:
    """The three cards and the tool; last, what was refused is told above them."""
    place = st.container(key="explore_slot")
    with st.container(key="live"):
        left, middle, right = st.columns(COLUMNS, gap="small")
        with left:
            chosen = map.card(bench)
        with middle:
            pad.card(bench)
        with right:
            image.card(bench, chosen)
        first = "Units" if bench.run.config.data.without is None else odd.NAME  # what the run was trained for
        tool = address.switch("view-tool", "Tool", list(TOOLS), first, bench.run.id, "explore-tool")
        TOOLS[tool](bench, chosen)
    with place:
        _tell(bench)
    awaited(bench.desk)


def _tell(bench: Bench) -> None:
    """What was refused, or is missing; the place is kept free where nothing was."""
    absent = bench.desk.absent
    told = [sentence for sentence in bench.desk.refusals if sentence not in absent.values()]
    wrong = notice.shown() or (frame.problem(" ".join(told)) if told else "")
    if bench.step is None:
        frame.slot(wrong or frame.note_of(*_about(bench)))
    else:
        moment.slot(bench, wrong)
    download.offer(bench.run.config.data.name, "Till then: the codes that the run has stored.")


def _about(bench: Bench) -> tuple[str, str]:
    """What the model is, and where to put the hand first."""
    run = bench.run
    if run.preset in registry.presets.names() and manager().is_shipped(run):
        known = preset(run.preset)
        return f"{known.headline}.", f"{known.plain} {BEGIN}"
    return f"{title(run)}.", BEGIN
