"""The whole app, served in a process of its own: for each line it trains a run, or tells what it holds."""

import gc
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import uvicorn

from aedash.commands.bench.house import serve
from aedash.config import RunConfig, parse

PAGE = os.sysconf("SC_PAGE_SIZE")
LET_GO_SECONDS = 10.0  # until the lines of those who left are closed


def recipe(seed: int) -> RunConfig:
    """A small network on the bundled digits, without an end."""
    small = {"data": {"name": "digits"}, "architecture": {"name": "dense", "widths": [32], "latent": 4}}
    return parse({**small, "optimizer": {"batch_size": 8}, "epochs": 10_000, "seed": seed, "threads": 1})


def held() -> dict[str, int]:
    """{bytes, threads, files} of this process; files: open ones, lines to others among them."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    files = len(list(Path("/proc/self/fd").iterdir()))
    return {"bytes": resident, "threads": len(list(Path("/proc/self/task").iterdir())), "files": files}


def main() -> None:
    """First {port}; then for a line {seed} it says {run} as that trains, and stops it at the next line; for an empty
    line {bytes, threads, files}.
    """
    serve(_answer)


def _answer(server: uvicorn.Server, port: int) -> None:
    # the app's own manager, by name: the command line knows nothing of pages
    manager = import_module("aedash.ui.desk.manager").manager()
    _say({"port": port})
    for line in sys.stdin:
        if line.strip():
            run = manager.submit(recipe(json.loads(line)["seed"]))
            manager.wait(run, lambda history: history.step >= 16, 120)
            _say({"run": run})
            sys.stdin.readline()
            manager.stop(run)
            manager.wait(run, lambda history: not history.state.state.alive, 120)
            _until(lambda: not manager.members)
            _say({"images": manager.history(manager.run(run)).images})
        else:
            _until(lambda: not server.server_state.connections)
            _say(held())
    server.should_exit = True


def _until(fact: Callable[[], bool]) -> None:
    until = monotonic() + LET_GO_SECONDS
    while not fact() and monotonic() < until:
        sleep(0.05)


def _say(words: dict[str, Any]) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main()
