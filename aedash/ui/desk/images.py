"""The ten test images of a grid, before any run shows them."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from aedash.analysis import snapshots
from aedash.analysis.trained import on_one_thread
from aedash.config import RunConfig
from aedash.data.image_data import images_of, load
from aedash.data.pictures import painted
from aedash.events import Bytes
from aedash.settings import Settings

# torch draws the noise, and a page's thread must not compute with it: it takes 20 ms, and the page waits for it
_thread = ThreadPoolExecutor(1, thread_name_prefix="preview", initializer=on_one_thread)


@lru_cache(maxsize=8)
def fixed_images(dataset: str) -> Bytes:
    """(10, H, W), or (10, H, W, 3): the test images of the grid, of a dataset that is there. Raises Unavailable."""
    test = load(dataset, Settings().data_dir).test
    shown = snapshots.one_of_each(test.labels.numpy()[: snapshots.MAP_POINTS])
    return np.ascontiguousarray(painted(test.images.numpy()[shown]))  # in numpy: this is a page's thread


@lru_cache(maxsize=32)
def noisy_images(config: RunConfig) -> Bytes:
    """The same with the noise of a recipe, as a run of it will see them. Raises Unavailable."""
    data = images_of(config.data, Settings().data_dir)
    return _thread.submit(snapshots.noisy, data, config).result()
