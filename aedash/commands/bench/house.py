"""A server of its own that trains, in a process of its own: it tells how far it is, line by line, when asked."""

import importlib
import json
import runpy
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import clock_gettime, perf_counter, pthread_getcpuclockid
from typing import Any

import uvicorn

from aedash import registry
from aedash.config import RunConfig, vary_all
from aedash.presets.base import preset

APP = Path(__file__).parents[3] / "app.py"
SERVING = ("MainThread", "wire", "moments")  # threads that work for those who watch


def recipe(data_dir: Path) -> RunConfig:
    """R0-simple on MNIST where it is there, else on the bundled digits, without an end."""
    data = "mnist" if registry.datasets.get("mnist").present(data_dir) else "digits"
    return vary_all(preset("R0-simple").config, [("data.name", data), ("epochs", 10_000)])


def main() -> None:
    """First {port, run}; then for every line read {images, at, evaluation, cpu} at the next block of steps, in seconds
    since some moment, of evaluations and of computing in the threads that serve.
    """
    serve(_answer)


def serve(answer: Callable[[uvicorn.Server, int], None]) -> None:
    """Serve the whole app on a free port until it is told to end. answer: called in a thread, with server and port."""
    app = runpy.run_path(str(APP), run_name="app")["app"]
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    threading.Thread(target=answer, args=(server, listening.getsockname()[1]), daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _answer(server: uvicorn.Server, port: int) -> None:
    # the app's own manager, by name: the command line knows nothing of pages
    manager = importlib.import_module("aedash.ui.desk.manager").manager()
    run = manager.submit(recipe(manager.settings.data_dir))
    manager.wait(run, lambda history: history.step >= 64 and history.snapshots and bool(history.references), 120)
    print(json.dumps({"port": port, "run": run}), flush=True)
    for told in _marks(manager, run):
        print(json.dumps(told), flush=True)
    server.should_exit = True


def _marks(manager: Any, run: str) -> Iterator[dict[str, float]]:
    history = manager.history(manager.run(run))
    for _ in sys.stdin:
        seen = history.images
        manager.wait(run, lambda now, seen=seen: now.images > seen, 60)
        evaluation = sum(end.seconds for end in history.ends[:])
        yield {"images": history.images, "at": perf_counter(), "evaluation": evaluation, "cpu": _served()}


def _served() -> float:
    """Seconds of computing so far in the threads that serve."""
    threads = [one for one in threading.enumerate() if one.name.startswith(SERVING) and one.ident]
    return sum(clock_gettime(pthread_getcpuclockid(one.ident)) for one in threads if one.ident)


if __name__ == "__main__":
    main()
