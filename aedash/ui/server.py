"""What the server process has once: the run manager, the settings, warm libraries."""

import atexit
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import lru_cache
from threading import Thread
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from aedash.analysis.snapshots import MAP_POINTS, one_of_each
from aedash.data.image_data import load
from aedash.events import Bytes
from aedash.log import LogFile
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.runs import RunManager
from aedash.training.warm_up import warm_up
from aedash.ui import background

log = logging.getLogger("aedash")
_opened = ExitStack()  # the manager, once there is one, to be closed as the server ends


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Around the server's life: warm up before the first visitor, interrupt runs before the interpreter exits."""
    # Else the first deep link after a start is sought among scripts directly in pages/, and "Page not found" pops up.
    PagesManager.uses_pages_directory = False
    warming = Thread(target=_warm_up, name="warm-up", daemon=True)
    warming.start()
    yield
    background.cancel()
    warming.join()
    _opened.close()


def _warm_up() -> None:
    with suppress(Refused):  # wrong settings: each page says so
        settings = Settings.read()
        warm_up(settings.data_dir, settings.device)


@st.cache_resource(show_spinner=False)
def manager() -> RunManager:
    """The process's one RunManager. Raises Refused for wrong settings, a runs folder that cannot be written, or Ray."""
    settings = Settings.read()
    if not any(isinstance(handler, LogFile) for handler in log.handlers):
        log.addHandler(LogFile(settings))
    runs = RunManager(settings)
    _opened.callback(runs.close)
    atexit.register(_opened.close)  # where no lifespan runs: tests, and servers that embed the script
    return runs


def trouble() -> str:
    """Why the app cannot work at all, in one sentence; empty when it can."""
    try:
        manager()
    except Refused as error:
        return str(error)
    except Exception as error:
        log.exception("starting")
        return f"The app cannot start ({type(error).__name__}); its log has the details."
    return ""


@lru_cache(maxsize=8)
def fixed_images(dataset: str) -> Bytes:
    """(10, H, W) the test images of the grid, of a dataset that is there. Raises Unavailable."""
    test = load(dataset, Settings().data_dir).test
    shown = one_of_each(test.labels.numpy()[:MAP_POINTS])
    return test.images.numpy()[shown].mean(1).astype(np.uint8)  # in numpy: this is a page's thread
