"""t-SNE on request: computed once for a run's moment, with progress, and kept."""

import streamlit as st

from aedash.analysis.projection import codes, tsne
from aedash.events import Floats, Snapshot
from aedash.ui import address

ITERATIONS, EVERY = 350, 10


def choose_projection(run: str) -> str:
    """PCA or t-SNE, chosen in the card that it changes."""
    return address.switch("view-map", "Projection", ["PCA", "t-SNE"], "PCA", run, "projection")


def embedding(run: str, snapshot: Snapshot) -> Floats:
    """(N, 2) the t-SNE map of a run's codes at one moment."""
    return _embedding(run, snapshot.step, snapshot)


@st.cache_resource(max_entries=64, show_spinner=False)
def _embedding(run: str, step: int, _snapshot: Snapshot) -> Floats:
    words = f"Arranging neighbours: t-SNE, {ITERATIONS} iterations"
    bar = st.progress(0.0, words)
    points = codes(_snapshot)[:, :2]
    for done, points in enumerate(tsne(codes(_snapshot), iterations=ITERATIONS, every=EVERY), start=1):  # noqa: B007
        bar.progress(min(1.0, done * EVERY / ITERATIONS), words)
    bar.empty()
    return points
