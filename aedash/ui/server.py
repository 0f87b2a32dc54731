"""What the server process has once: the run manager, the settings, warm libraries."""

import atexit
import logging
from threading import Thread

import numpy as np
import streamlit as st

from aedash.data.image_data import ImageData, load
from aedash.events import Bytes
from aedash.settings import Settings
from aedash.training.runs import RunManager
from aedash.training.warm_up import warm_up


@st.cache_resource(show_spinner=False)
def manager() -> RunManager:
    """The process's one RunManager, closed before the interpreter exits."""
    settings = Settings()
    settings.log_file.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aedash").addHandler(logging.FileHandler(settings.log_file, delay=True))
    runs = RunManager(settings)
    atexit.register(runs.close)
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    return runs


@st.cache_data(show_spinner=False, max_entries=8)
def fixed_images(dataset: str) -> tuple[Bytes, Bytes, "np.ndarray"]:
    """(grid originals, map images, map labels) of a dataset that is there. Raises Unavailable."""
    from aedash.analysis.snapshots import MAP_POINTS, one_of_each

    data: ImageData = load(dataset, Settings().data_dir)
    points = data.test[slice(0, MAP_POINTS)]
    images = points.images.float().mean(1).byte().numpy()
    return images[one_of_each(points.labels).numpy()], images, points.labels.numpy()
