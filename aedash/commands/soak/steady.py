"""Run after run while thirty pages watch: memory, threads and open files stay as they are."""

import json
import tempfile
from collections.abc import Sequence
from statistics import median
from time import sleep

from aedash.commands.bench.viewers import APP, Child
from aedash.commands.soak.outcome import Outcome

VIEWERS = 30
RUNS = {True: 12, False: 50}  # quick or not
SECONDS = {True: 2.0, False: 8.0}  # of a run
GROWTH = 0.05  # of memory, at most
Held = dict[str, int]


def case(quick: bool) -> Outcome:
    """12 or 50 runs in one server, 30 viewers of each."""
    if not APP.exists():
        return Outcome(faults=("It is tried where app.py lies: in the repository.",))
    taken, updates = [], 0
    with tempfile.TemporaryDirectory() as folder:
        house, crowd = Child("soak.house", AEDASH_RUNS_DIR=folder, AEDASH_RAY_ADDRESS=""), Child("bench.crowd")
        try:
            port = json.loads(house.says())["port"]
            for seed in range(RUNS[quick]):
                updates += _watched(house, crowd, port, seed, SECONDS[quick])
                house.tell()
                taken.append(json.loads(house.says()))
        finally:
            crowd.end()
            house.end()
    return judged(taken, updates)


def _watched(house: Child, crowd: Child, port: int, seed: int, seconds: float) -> int:
    """How many updates the viewers of a run got together."""
    house.tell(json.dumps({"seed": seed}))
    run = json.loads(house.says())["run"]
    crowd.tell(json.dumps({"port": port, "run": run, "count": VIEWERS}))
    crowd.says()
    sleep(seconds)
    house.tell()
    house.says()
    crowd.tell()
    return len(json.loads(crowd.says())["delays"])


def judged(taken: Sequence[Held], updates: int) -> Outcome:
    """What a server held after each run, its last third against the one before, by their medians.

    The first third is not counted: what a server keeps for those who come again fills up in it.

    >>> steady = [{"bytes": 100, "threads": 9, "files": 20}] * 6
    >>> judged(steady, 7).passed, judged([*steady[:5], {"bytes": 120, "threads": 9, "files": 21}], 7).passed
    (True, False)
    """
    third = len(taken) // 3
    before, after = ({name: median(one[name] for one in part) for name in taken[0]} for part in _parts(taken, third))
    growth = after["bytes"] / before["bytes"] - 1
    faults = [f"Memory grew by {growth:.1%}, from {before['bytes'] / 1e6:,.0f} MB."] if growth > GROWTH else []
    for name in ("threads", "files"):
        if after[name] > before[name]:
            faults.append(f"{name.capitalize()}: {before[name]:g} became {after[name]:g}.")
    found = {
        "runs": len(taken),
        "updates": updates,
        "MB": round(after["bytes"] / 1e6),
        "% growth": round(100 * growth, 1),
    }
    return Outcome(found | {name: after[name] for name in ("threads", "files")}, tuple(faults))


def _parts(taken: Sequence[Held], third: int) -> tuple[Sequence[Held], Sequence[Held]]:
    return taken[third : 2 * third], taken[2 * third :]
