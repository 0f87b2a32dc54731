"""Health: whether the server does its work, for a container's or a proxy's check, and how loaded its machine is."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import aedash
from aedash.log import LogFile
from aedash.store.sizes import disk
from aedash.ui.desk.manager import manager, trouble

LOOK = 0.2  # seconds
LEAST_FREE = 200_000_000  # bytes of the disk, below which saves may soon fail


@dataclass(frozen=True)
class Health:
    """status: ok or unwell, and then why. running, queue: runs that train and that wait; disk_left: bytes;
    last_error: id of the last error in the log, empty without one.
    """

    status: str
    why: str
    version: str
    running: int
    queue: int
    disk_left: int
    last_error: str


def route(base: str = "") -> Route:
    """GET /healthz: JSON of `Health`, 503 where the server is unwell. It asks for no password and tells no path."""
    return Route(f"/{base.strip('/')}/healthz".replace("//", "/"), _answer, methods=["GET"])


async def _answer(request: Request) -> Response:
    found = await run_in_threadpool(health)
    return JSONResponse(asdict(found), 200 if found.status == "ok" else 503, headers={"cache-control": "no-store"})


def health() -> Health:
    """Of this process, now. Raises nothing."""
    if why := trouble():
        return Health("unwell", why, aedash.__version__, 0, 0, 0, _last_error())
    (running, queue), left = manager().load, disk_left(manager().settings.runs_dir)
    why = "The disk with the runs is nearly full." if left < LEAST_FREE else ""
    return Health("unwell" if why else "ok", why, aedash.__version__, running, queue, left, _last_error())


def disk_left(folder: Path) -> int:
    """Bytes that the disk of a folder has for its user; 0 where it cannot be asked."""
    try:
        return disk(folder).free
    except OSError:
        return 0


def _last_error() -> str:
    handlers = logging.getLogger("aedash").handlers
    return next((each.last_error for each in handlers if isinstance(each, LogFile)), "")


@dataclass(frozen=True)
class Load:
    """cores: of the machine; busy: 0 to 1, of all of them, over a fifth of a second; memory, of: bytes in use, and all;
    process: bytes that this server and its children hold.
    """

    cores: int
    busy: float
    memory: int
    of: int
    process: int


def load() -> Load:
    """Of the machine; it takes a fifth of a second."""
    memory, own = psutil.virtual_memory(), psutil.Process()
    held = 0
    for each in (own, *own.children(recursive=True)):
        try:
            held += each.memory_info().rss
        except psutil.Error:  # it has just ended
            continue
    cores, busy = psutil.cpu_count() or 1, psutil.cpu_percent(LOOK) / 100
    return Load(cores, busy, memory.total - memory.available, memory.total, held)
