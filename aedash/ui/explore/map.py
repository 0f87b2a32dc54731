"""Map: a card of Explore."""

import numpy as np
from numpy.typing import NDArray

from aedash.ui.explore.bench import Bench
from aedash.ui.shell import frame

HEIGHT = 420  # pixels of its picture


def card(bench: Bench) -> NDArray[np.int64]:
    """Draw it; the rows of the survey that are selected on it, none where nothing is."""
    with frame.card("Map", "Near dots have like codes.", "explore_map"):
        frame.empty("No map yet", "A dot for each test image.", HEIGHT)
    return np.zeros(0, np.int64)
