"""Image: a card of Explore."""

import numpy as np
from numpy.typing import NDArray

from aedash.ui.explore.bench import Bench
from aedash.ui.shell import frame

HEIGHT = 420  # pixels of its picture


def card(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """Draw it. chosen: rows of the survey that are selected on the map."""
    with frame.card("Image", "What the model keeps of it.", "explore_image"):
        frame.empty("No image yet", "Touch a dot.", HEIGHT)
