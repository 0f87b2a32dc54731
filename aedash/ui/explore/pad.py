"""Pad: a card of Explore."""

from aedash.ui.explore.bench import Bench
from aedash.ui.shell import frame

HEIGHT = 420  # pixels of its picture


def card(bench: Bench) -> None:
    """Draw it."""
    with frame.card("Decode", "Point at a code: the decoder draws it.", "explore_pad"):
        frame.empty("No pad yet", "Point, and it is decoded.", HEIGHT)
