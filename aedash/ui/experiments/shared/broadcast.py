"""What moves on a comparison's page while its runs train: built once for all who look, by the functions that drew it.

A page says which parts it shows as it draws them, so that of rows, samples, maps and curves only those are built that
somebody sees.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from threading import Lock
from time import monotonic

from aedash.figures.payloads import Payload
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.sweep import Sweep
from aedash.ui.components.live import STILL, Feed, live
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.shared.cells import Cell, alive, cells
from aedash.ui.specimen import touch
from aedash.wire.board import Board

Build = Callable[[list[Cell]], Payload]
KEPT = 64  # sweeps whose parts are remembered
PICTURES = 1.0  # seconds between two grids while runs train
MOST = 400  # parts of a sweep: of 100 members three each, and its charts


@dataclass
class _Part:
    """every: seconds between two builds, at least. payload: what was built last; due: by the monotonic clock."""

    build: Build
    every: float
    payload: Payload | None = None
    due: float = 0.0

    def now(self, found: list[Cell], time: float) -> Payload:
        if self.payload is None or time >= self.due:
            self.payload, self.due = self.build(found), time + self.every
        return self.payload


_shown: OrderedDict[str, dict[str, _Part]] = OrderedDict()
_lock = Lock()


def feed(sweep: Sweep, found: list[Cell], name: str, build: Build, every: float = 0.0) -> Feed:
    """Where a component of the page takes from what is newer than its script; nowhere, once all runs rest.

    name: of the part, the same for the same picture. build: what of the component's payload moves, from the members as
    they are then; it is called in the wire's thread, so it asks for no session. every: seconds between two builds.
    """
    if not alive(found):
        return STILL
    with _lock:
        parts = _shown.setdefault(sweep.id, {})
        _shown.move_to_end(sweep.id)
        while len(_shown) > KEPT:
            _shown.popitem(last=False)
        if name not in parts and len(parts) < MOST:
            parts[name] = _Part(build, every)
    return Feed(f"sweep/{sweep.id}", (name,))


def board(identifier: str) -> Board | None:
    """All parts of a sweep that pages show; None where there is no such sweep."""
    try:
        sweep = manager().sweep(identifier)
    except Refused:
        return None
    found, time = cells(sweep), monotonic()
    with _lock:
        parts = dict(_shown.get(identifier, {}))
    runs = frozenset(f"run/{run}" for run in sweep.runs)
    return Board({name: part.now(found, time) for name, part in parts.items()}, version(found), of=runs)


def follow(sweep: Sweep, found: list[Cell]) -> None:
    """Run the fragment that this stands in again when something has happened, for as long as a member may change.

    Where the card of a member is open that still trains, once a second too, as it moves on.
    """
    if alive(found):
        place = touch.touched()
        run = place.run if place and any(run.id == place.run and run.state.alive for run in _runs(found)) else ""
        also = feed(sweep, found, f"moment-{run}", partial(_moment, run)).parts if run else ("",)
        live(f"sweep/{sweep.id}", version(found), key=f"sweep-{sweep.id}", also=also[0])


def _runs(found: list[Cell]) -> list[Run]:
    return [run for cell in found for run in cell.runs]


def _moment(run: str, found: list[Cell]) -> Payload:
    """The step of the newest pictures of a member."""
    told = {mine.id: told for cell in found for mine, told in zip(cell.runs, cell.group.histories, strict=True)}
    return {"step": told[run].snapshots[-1].step if run in told and told[run].snapshots else 0}


def version(found: list[Cell]) -> str:
    """Another one when something happened, not with every number: a member's state, its figures, its first pictures,
    a change on the way, its deletion.
    """
    members = [list(map(_facts, cell.runs, cell.group.histories)) for cell in found]
    return blake2b(repr(members).encode(), digest_size=8).hexdigest()


def _facts(run: Run, history: History) -> tuple[object, ...]:
    pictures = history.probes is not None, bool(history.snapshots)
    return run.id, str(run.state), run.sentence, bool(run.figures), len(run.changes), *pictures
