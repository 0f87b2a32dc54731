"""The board of the Noise page: the answer, the images beside matrix and curves, then figures beside losses."""

import streamlit as st

from aedash.sweep import Sweep
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.noise import cards
from aedash.ui.experiments.noise.answer import headline
from aedash.ui.experiments.noise.measures import measures, named
from aedash.ui.experiments.shared import refresh
from aedash.ui.experiments.shared.cells import Cell

COLUMNS = [0.52, 0.48]


def draw(plan: Sweep, cells: list[Cell], desk: Desk) -> None:
    """The answer, the images beside matrix and curves, then figures beside losses."""
    at = cards.place(plan)
    found = measures(plan, named(cells), at, desk)
    refresh.slot(headline(found, at))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            cards.images(plan, found, at)
        with right:
            cards.matrix(found)
            cards.robustness(plan, found, at)
        with st.container(key="noise_below"):
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.table(found, at)
            with right:
                cards.loss(plan, found)
