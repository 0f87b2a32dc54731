"""The board of the Lambda page: the answer, rows beside the two charts, then the reasons and the maps."""

import streamlit as st

from aedash.sweep import Sweep
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.lambdas import cards
from aedash.ui.experiments.lambdas.answer import headline, words
from aedash.ui.experiments.lambdas.measures import baseline, value
from aedash.ui.experiments.lambdas.recipe import is_published
from aedash.ui.experiments.shared import refresh
from aedash.ui.experiments.shared.cells import Cell

FEW = 4  # lambdas whose rows leave room for the words beside the charts
COLUMNS = [0.655, 0.345]


def draw(plan: Sweep, found: list[Cell], desk: Desk) -> None:
    """The answer, what it looks like row by row beside the two charts, then its reasons."""
    values = [value(cell, desk) for cell in found]
    none, sigma = baseline(found, desk), cards.sigma()
    sentences, few = words(values, sigma, none, is_published(plan.base)), len(found) <= FEW
    refresh.slot(headline(values, sigma, none, found, desk.refused))
    with st.container(key="live"):
        left, right = st.columns(COLUMNS, gap="small")
        with left:
            cards.rows(plan, found, values, desk)
            if few:
                cards.in_words(sentences)
        with right:
            cards.errors(values, none, sigma)
            cards.robustness(values, none, sigma)
        if not few:
            cards.in_words(sentences)
        left, right = st.columns(2, gap="small")
        with left:
            cards.loss(plan, found)
        with right:
            cards.jacobian(found, values, desk)
        cards.maps(plan, found)
