"""What it costs that people watch: the pace of a run, the server's computing, and how late they see what happened.

Every count of viewers is measured between two stretches without any, and told as a share of those.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, quantiles
from time import sleep
from typing import Any

from aedash.registry import Refused

APP = Path(__file__).parents[3] / "app.py"
EXECUTORS = ("thread", "process")


@dataclass(frozen=True)
class Stretch:
    """images, cpu, own: of training images, and seconds of the server's computing for those who watch and of their own,
    a second each; delays: seconds, of every event at every viewer; bytes: received by all of them a second.
    """

    images: float
    cpu: float
    own: float
    delays: list[float]
    bytes: float


class Child:
    """A process that is spoken to in lines. module: of `aedash.commands`, by its dotted name there."""

    def __init__(self, module: str, **environment: str) -> None:
        self.module, pipe = module, subprocess.PIPE
        command = [sys.executable, "-m", f"aedash.commands.{module}"]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=os.environ | environment)

    def says(self) -> str:
        """Its next line. Raises Refused where it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Refused(
                f"The {self.module.rpartition('.')[2]} of the measurement ended; the log file has the details."
            )
        return line

    def tell(self, line: str = "") -> None:
        """Give it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Close its standard input, which ends it."""
        self.process.communicate(timeout=30)


@contextmanager
def children(executor: str) -> Iterator[tuple[Child, Child, dict[str, Any]]]:
    """(server, crowd, where the server is and what it trains), with its own folder of runs."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"AEDASH_RUNS_DIR": folder, "AEDASH_EXECUTOR": executor, "AEDASH_RAY_ADDRESS": ""}
        house, crowd = Child("bench.house", **own, AEDASH_MAX_STREAMS="10000"), Child("bench.crowd")
        try:
            yield house, crowd, json.loads(house.says())
        finally:
            crowd.end()
            house.end()


def rows(counts: Sequence[int], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """A row a count and executor. seconds: of one stretch; rounds: stretches of each. Raises Refused without app.py."""
    if not APP.exists():
        raise Refused("Viewers are measured where app.py lies: in the repository.", "--viewers")
    found = []
    for executor in EXECUTORS:
        with children(executor) as (house, crowd, place):
            taken = _measured(house, crowd, place, counts, seconds, rounds)
            found += [row(executor, count, stretches) for count, stretches in taken.items()]
    return found


def row(executor: str, viewers: int, measured: Sequence[tuple[Stretch, Stretch, Stretch]]) -> dict[str, Any]:
    """measured: (before, with viewers, after) of each round.

    images: a second; kept: the share of the pace without viewers; cpu_ms: of the server, a viewer and second,
    own_ms: the viewer's, who shares the machine here; delay_p50, delay_p95: ms; kilobytes: a viewer and second.
    """
    kept = [now.images / fmean([before.images, after.images]) for before, now, after in measured]
    stretches = [now for _, now, _ in measured]
    delays = sorted(delay for each in stretches for delay in each.delays)
    cuts = quantiles(delays, n=20) if len(delays) > 1 else []
    each = max(viewers, 1)
    return {
        "executor": executor,
        "viewers": viewers,
        "images": round(median(one.images for one in stretches)),
        "kept": round(median(kept), 3),
        "cpu_ms": round(1000 * median(one.cpu for one in stretches) / each, 2),
        "own_ms": round(1000 * median(one.own for one in stretches) / each, 2),
        "delay_p50": round(1000 * cuts[9], 1) if cuts else None,
        "delay_p95": round(1000 * cuts[18], 1) if cuts else None,
        "kilobytes": round(median(one.bytes for one in stretches) / 1000 / each, 1),
    }


def show(found: Sequence[dict[str, Any]]) -> None:
    print("executor  " + "".join(f"{title:>{width}}" for title, _, width, _ in COLUMNS))
    for one in found:
        cells = [f"{'–' if one[name] is None else format(one[name], how):>{width}}" for _, name, width, how in COLUMNS]
        print(f"{one['executor']:10}" + "".join(cells))


COLUMNS = (  # title, field, width, format
    ("viewers", "viewers", 8, "d"),
    ("images/s", "images", 10, ",d"),
    ("kept", "kept", 8, ".1%"),
    ("CPU ms/v/s", "cpu_ms", 12, ".2f"),
    ("viewer's", "own_ms", 10, ".2f"),
    ("delay p50 ms", "delay_p50", 14, ".0f"),
    ("p95 ms", "delay_p95", 8, ".0f"),
    ("kB/v/s", "kilobytes", 9, ".1f"),
)


def _measured(
    house: Child, crowd: Child, place: dict[str, Any], counts: Sequence[int], seconds: float, rounds: int
) -> dict[int, list[tuple[Stretch, Stretch, Stretch]]]:
    """{viewers: the stretches around and with them}, a turn of all counts after the other."""
    taken: dict[int, list[tuple[Stretch, Stretch, Stretch]]] = {count: [] for count in counts}
    before = _stretch(house, crowd, place, 0, seconds)
    for _ in range(rounds):
        for count in counts:
            now = _stretch(house, crowd, place, count, seconds)
            after = _stretch(house, crowd, place, 0, seconds)
            taken[count].append((before, now, after))
            before = after
    return taken


def _stretch(house: Child, crowd: Child, place: dict[str, Any], viewers: int, seconds: float) -> Stretch:
    crowd.tell(json.dumps(place | {"count": viewers}))
    crowd.says()
    first = _mark(house)
    sleep(seconds)
    last = _mark(house)
    crowd.tell()
    heard = json.loads(crowd.says())
    passed = last["at"] - first["at"]
    images = (last["images"] - first["images"]) / (passed - last["evaluation"] + first["evaluation"])
    cpu, own = (last["cpu"] - first["cpu"]) / passed, heard["cpu"] / passed
    return Stretch(images, cpu, own, heard["delays"], heard["bytes"] / passed)


def _mark(house: Child) -> dict[str, float]:
    house.tell()
    return json.loads(house.says())
