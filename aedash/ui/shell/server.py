"""What the server process has once: the run manager, the settings, warm libraries."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from threading import Thread
from typing import Any

from streamlit.runtime.pages_manager import PagesManager

from aedash.registry import Refused
from aedash.settings import Settings
from aedash.training.warm_up import warm_up
from aedash.ui.desk import background, news
from aedash.ui.desk.manager import opened
from aedash.ui.shell.upload_door import uploads, watch
from aedash.wire.ending import at_the_end
from aedash.wire.hub import Hub


def lifespan(hub: Hub) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Around the server's life: warm up before the first visitor, end the streams as the server is told to end, and
    interrupt runs before the interpreter exits.
    """

    @asynccontextmanager
    async def life(app: Any) -> AsyncIterator[None]:
        silent = news.listen(hub.news)
        with suppress(Refused):
            settings = Settings.read()
            hub.most = settings.max_streams
            uploads.allow(settings.max_upload, settings.max_uploads)
        watch(uploads)
        with at_the_end(hub.end):
            async with _served():
                yield
                hub.close()
                silent()

    return life


@asynccontextmanager
async def _served() -> AsyncIterator[None]:
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
