"""Moments of a run in one common basis: what the time machine shows at a recorded step."""

from functools import lru_cache

import numpy as np

from aedash.analysis.projection import Basis
from aedash.events import Floats, Snapshot
from aedash.history import History


@lru_cache(maxsize=64)
def _basis(snapshot: Snapshot, like: Snapshot | None) -> Basis:
    return Basis(snapshot, _basis(like, None) if like else None)


def basis(history: History) -> Basis | None:
    """The map's axes: of the final codes once the run is over, else of the first epoch's end, before that of now.

    None while there is no snapshot. The final axes are turned to lie near those of the first epoch.
    """
    if not history.snapshots:
        return None
    anchor = history.anchor
    if not history.state.state.alive and history.blocks:
        return _basis(history.snapshots[-1], anchor)
    return _basis(anchor or history.snapshots[-1], None)


def basis_sentence(history: History) -> str:
    """Which axes the map has, in words for people, below the map."""
    if not history.state.state.alive and history.blocks:
        return "Final main directions. Click a dot to see its image."
    if history.anchor:
        return "Main directions after epoch 1. Click a dot to see its image."
    return "Axes settle at the end of the first epoch."


def positions(history: History, snapshot: Snapshot) -> Floats:
    """(N, 2) the map of one recorded step, in code units, in the basis that all steps share; (0, 2) without a
    snapshot.
    """
    axes = basis(history)
    return axes.project(snapshot) if axes else np.zeros((0, 2), dtype=np.float32)


def trails(history: History, until: Snapshot, points: list[int]) -> dict[int, Floats]:
    """{point: (T, 2)} where the chosen points have been, oldest first, up to and including a step; empty for none.

    points: rows of the map, below its number of dots.
    """
    past = [s for s in history.snapshots if s.step <= until.step]
    if not points or not past:
        return {}
    paths = np.stack([positions(history, snapshot)[points] for snapshot in past], axis=1)
    return dict(zip(points, paths, strict=True))
