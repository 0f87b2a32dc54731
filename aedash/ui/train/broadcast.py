"""What everybody sees of a run alike: its board now, and at a recorded step, for the wire.

Nothing here knows who looks, and no script runs while it is built.
"""

from dataclasses import replace
from functools import lru_cache
from time import time

from aedash import __version__
from aedash.events import RunState
from aedash.figures import board as figures
from aedash.figures import payloads
from aedash.figures.board import Earlier
from aedash.figures.curves import steady
from aedash.figures.payloads import Payload
from aedash.history import Run
from aedash.ui.components.live import Feed
from aedash.ui.desk.manager import manager, run_of
from aedash.ui.shell import frame
from aedash.ui.train import pictures
from aedash.ui.train.formula import objective_line
from aedash.ui.train.row import metrics, row
from aedash.ui.train.slot import told
from aedash.ui.train.view import View
from aedash.wire.board import Board

EARLIER_SECONDS = 10  # for which the line of an earlier run is known


def board(identifier: str) -> Board | None:
    """The board of a run; None where there is none of that id."""
    view = _seen(identifier)
    if view is None:
        return None
    status = row(view)
    chart = pictures.chart(view, _earlier(identifier, int(time()) // EARLIER_SECONDS))
    parts = {"status": payloads.status(status), "timeline": payloads.timeline(status)}
    parts |= {"loss": payloads.curve(chart, steady)}
    return Board(parts | _moved(view), version(view), of=_before(view))


def _before(view: View) -> frozenset[str]:
    """Whose news move a run that waits: how far the others are says for how long."""
    queued = view.history.state.state is RunState.QUEUED
    return frozenset(f"run/{each}" for each in manager().members) if queued else frozenset()


def moment(identifier: str, step: int) -> Board | None:
    """What of the board is another at a recorded step; None where it is not recorded, or no longer."""
    view = _seen(identifier)
    snapshot = next((one for one in view.history.snapshots if one.step == step), None) if view else None
    if view is None or snapshot is None:
        return None
    view = replace(view, snapshot=snapshot, live=False)
    parts = {"status": {"metrics": [list(each) for each in metrics(view)]}, "loss": {"marker": view.epoch}}
    return Board(parts | _moved(view), version(view))


def version(view: View) -> str:
    """Another one where a script must run: for the page's buttons (see `settled`), or for what a card holds."""
    history = view.history
    return f"{settled(view)} {len(history.snapshots) > 0} {edition(view)}"


def settled(view: View) -> str:
    """What the page around the board depends on: the state, whether it stops, changes in force, the first pictures, and
    how many joined: of those who let go of it somebody else becomes the owner.
    """
    history, run = view.history, view.run
    stopping = run is not None and manager().stopping(run.id)
    began = bool(history.blocks and history.probes)
    joined = len(run.joined) if run else 0
    return f"{history.state.state} {stopping} {len(history.changes)} {began} {joined}"


def edition(view: View) -> str:
    """What recorded moments depend on besides their step: the map's axes, which settle twice, how far the run shall
    go, how it ended, and who tells: a browser keeps them for a year.
    """
    history, state = view.history, view.history.state.state
    anchor = history.anchor.step if history.anchor else 0
    return f"{__version__}-{anchor}-{view.config.epochs}-{'' if state.alive else f'{state}-{history.step}'}"


def feed(view: View, *parts: str) -> Feed:
    """Where a component of the board takes these parts from."""
    if view.run is None:
        return Feed()
    moment = None if view.live or view.snapshot is None else view.snapshot.step
    return Feed(f"run/{view.run.id}", parts, not view.over, moment, edition(view))


def _seen(identifier: str) -> View | None:
    run = run_of(identifier)
    if run is None:
        return None
    history = manager().history(run)
    return View(run.config, history, run, history.snapshots[-1] if history.snapshots else None)


def _moved(view: View) -> dict[str, Payload]:
    """What another snapshot, or another epoch, changes in a card and in the slot."""
    parts = {"slot": {"html": frame.slot_of(told(view))}, "objective": {"html": objective_line(view)}}
    if view.run is None or view.history.probes is None or view.snapshot is None:
        return parts
    noisy = view.config.corruption.name != "none"
    grids = {
        "reconstruction": pictures.reconstruction(view.history.probes, view.snapshot, noisy),
        "samples": figures.samples(view.snapshot),
    }
    if view.snapshot.exhibit.size:
        grids["exhibit"] = figures.exhibit(view.snapshot)
    places = pictures.plan(view.run, view.history, view.snapshot, [])
    painted = {name: payloads.repainted(grid) for name, grid in grids.items()}
    return parts | painted | {"map": payloads.moved(places)}


@lru_cache(maxsize=16)
def _earlier(identifier: str, _while: int) -> Earlier | None:
    run: Run = manager().run(identifier)
    return pictures.before(run.config, run)
