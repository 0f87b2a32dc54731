"""The original test images, for what is drawn by the script."""

import numpy as np
from numpy.typing import NDArray

from aedash.data.image_data import load
from aedash.data.pictures import painted
from aedash.events import Bytes
from aedash.ui.desk.manager import manager
from aedash.ui.explore.bench import Bench


def originals(bench: Bench, places: NDArray[np.int64]) -> Bytes:
    """(M, H, W) uint8, or (M, H, W, 3): the test images at these places of the split. In numpy: a page calls it.

    Of a moment those that its run keeps, which are the first of the split. Raises Unavailable.
    """
    probes = bench.history.probes
    if bench.snapshot is not None and probes is not None:
        return probes.images[places]
    images = load(bench.run.config.data.name, manager().settings.data_dir).test.images.numpy()[places]
    return np.ascontiguousarray(painted(images))
