"""t-SNE on request: computed beside the pages, once for a run's moment; until it is there the map keeps its PCA."""

import streamlit as st

from aedash.analysis.projection import tsne
from aedash.events import Floats, Snapshot
from aedash.ui.desk.background import Waiting, computed
from aedash.ui.shell import address

BEGUN = "tsne_begun"  # the (run, snapshot) that this session waits for
POLL_SECONDS = 0.5
WAIT_HEIGHT = 30  # pixels of the line that stands above the map meanwhile


def choose_projection(run: str) -> str:
    """PCA or t-SNE, chosen in the card that it changes."""
    return address.switch("view-map", "Projection", ["PCA", "t-SNE"], "PCA", run, "projection")


def embedding(run: str, snapshot: Snapshot) -> Floats | None:
    """(N, 2) the t-SNE map of a run's codes at one moment; None until it is there, and then the page is drawn anew.

    One moment at a time: who plays the time machine does not queue up dozens.
    """
    try:
        if begun := st.session_state.get(BEGUN):
            _map(*begun)
        st.session_state[BEGUN] = run, snapshot
        return _map(run, snapshot)
    except Waiting:
        st.fragment(_wait, run_every=POLL_SECONDS)()
        return None


def _map(run: str, snapshot: Snapshot) -> Floats:
    """The map, begun at the first call. Raises Waiting."""
    # the scores lie as the codes do, but in 16 dimensions at most
    return computed(("t-SNE", run, snapshot.step), lambda: tsne(snapshot.scores))


def _wait() -> None:
    st.caption("t-SNE is arranging the neighbours. Until then: PCA.")
    try:
        _map(*st.session_state[BEGUN])
    except Waiting:
        return
    st.rerun()
