"""What the server process has once: the run manager, the settings, warm libraries."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import Any

from streamlit.runtime.pages_manager import PagesManager

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.warm_up import warm_up
from aedash.ui.desk import background
from aedash.ui.desk.manager import opened


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
    opened.close()


def _warm_up() -> None:
    with suppress(Refused):  # wrong settings: each page says so
        settings = Settings.read()
        warm_up(settings.data_dir, settings.device)
