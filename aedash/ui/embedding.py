"""t-SNE on request: computed once for a run's moment, with progress, and kept."""

import streamlit as st

from aedash.analysis.projection import codes, tsne
from aedash.events import Floats, Snapshot

ITERATIONS, EVERY = 350, 10


@st.cache_resource(max_entries=64, show_spinner=False)
def _maps() -> dict[tuple[str, int], Floats]:
    return {}


def choose_projection(run: str) -> str:
    """PCA or t-SNE, chosen in the card that it changes."""
    options = ["PCA", "t-SNE"]
    chosen = st.segmented_control(
        "Projection", options, default="PCA", key=f"projection-{run}", label_visibility="collapsed"
    )
    return chosen or "PCA"


def embedding(run: str, snapshot: Snapshot) -> Floats:
    """(N, 2) the t-SNE map of a run's codes at one moment."""
    known = _maps()
    place = (run, snapshot.step)
    if place not in known:
        words = f"Arranging neighbours: t-SNE, {ITERATIONS} iterations"
        bar = st.progress(0.0, words)
        for done, points in enumerate(tsne(codes(snapshot), iterations=ITERATIONS, every=EVERY), start=1):
            bar.progress(min(1.0, done * EVERY / ITERATIONS), words)
            known[place] = points
        bar.empty()
    return known[place]
