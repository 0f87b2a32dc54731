"""t-SNE on request: computed beside the pages, once for a run's moment; until it is there the map keeps its PCA."""

import streamlit as st

from aedash.analysis.projection import tsne
from aedash.events import Floats, Snapshot
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.shell import address, frame

BEGUN = "tsne_begun"  # the (run, snapshot) that this session waits for
ROW_HEIGHT = 44  # pixels of the row above the map
PROJECTIONS = ["PCA", "t-SNE"]
PERPLEXITIES = ["5", "30", "100"]
WHAT = "About how many neighbours each image keeps: few tear groups apart, many show the whole."


def choose_projection(run: str) -> str:
    """PCA or t-SNE, chosen in the card that it changes."""
    return address.switch("view-map", "Projection", PROJECTIONS, PROJECTIONS[0], run, "projection")


def projection(run: str) -> str:
    """The same, before the card is drawn."""
    return address.kept("view-map", PROJECTIONS[0], dict(zip(PROJECTIONS, PROJECTIONS, strict=True)).__getitem__, run)


def embedding(run: str, snapshot: Snapshot) -> Floats | None:
    """(N, 2) the t-SNE map of a run's codes at one moment; None until it is there, and then the page is drawn anew.

    One moment at a time: who plays the time machine does not queue up dozens. Where it cannot be had a line says why.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tsne_row"):
        perplexity = float(
            address.switch("view-perplexity", "Perplexity", PERPLEXITIES, "30", run, "perplexity", help=WHAT)
        )
        return _awaited(run, snapshot, perplexity)


def _awaited(run: str, snapshot: Snapshot, perplexity: float) -> Floats | None:
    desk, points = Desk(), None
    if begun := st.session_state.get(BEGUN):
        _map(desk, *begun)
    if not desk.waiting:
        st.session_state[BEGUN] = run, snapshot, perplexity
        points = _map(desk, run, snapshot, perplexity)
    if desk.waiting:
        st.caption("t-SNE is arranging the neighbours. Until then: PCA.")
        awaited(desk, "tsne")
    else:
        st.caption(frame.literal(" ".join(desk.refusals)) if points is None else "neighbours each, about (perplexity)")
    return points


def _map(desk: Desk, run: str, snapshot: Snapshot, perplexity: float) -> Floats | None:
    """The map, begun at the first call; None until it is there."""
    # the scores lie as the codes do, but in 16 dimensions at most
    return desk.look(("t-SNE", run, snapshot.step, perplexity), lambda: tsne(snapshot.scores, perplexity))
