"""Inside."""

import numpy as np
from numpy.typing import NDArray

from aedash.ui.explore.bench import Bench
from aedash.ui.shell import frame


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The tool's content. chosen: rows of the survey that are selected on the map."""
    frame.empty("Inside", "Not here yet.", 120)
