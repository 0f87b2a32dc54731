"""The server's one run manager, and what pages ask of it and of the data sets."""

import atexit
import logging
from contextlib import ExitStack

import streamlit as st

from aedash import registry
from aedash.history import Run
from aedash.log import LogFile, logged
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.manager import RunManager
from aedash.ui.desk import news

log = logging.getLogger("aedash")
opened = ExitStack()  # the manager, once there is one, to be closed as the server ends


@st.cache_resource(show_spinner=False)
def manager() -> RunManager:
    """The process's one RunManager. Raises Refused for wrong settings, a runs folder that cannot be written, or Ray."""
    settings = Settings.read()
    if not any(isinstance(handler, LogFile) for handler in log.handlers):
        log.addHandler(LogFile(settings))
    runs = RunManager(settings)
    runs.news.listen(lambda run: news.tell(f"run/{run}"))
    opened.callback(runs.close)
    atexit.register(opened.close)  # where no lifespan runs: tests, and servers that embed the script
    return runs


def run_of(identifier: str) -> Run | None:
    """The run as it is now: another process may train it, and anyone may have deleted it; None where there is none."""
    try:
        return manager().run(identifier)
    except Refused:
        return None


def trouble() -> str:
    """Why the app cannot work at all, in one sentence; empty when it can."""
    try:
        manager()
    except Refused as error:
        return str(error)
    except Exception as error:
        return f"The app cannot start ({type(error).__name__}); {logged(log, 'starting', error)}"
    return ""


def present(dataset: str) -> bool:
    """Whether a dataset can be used now: its files are there, whole, and its own."""
    return registry.datasets.get(dataset).present(manager().settings.data_dir)
