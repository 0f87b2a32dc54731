"""Which model is explored, at which moment, and on how many images."""

from dataclasses import replace

import streamlit as st

from aedash import registry
from aedash.analysis import equivalent
from aedash.analysis.survey import Survey, recorded, survey
from aedash.analysis.trained import written
from aedash.events import Snapshot
from aedash.figures import board
from aedash.figures.payloads import Status
from aedash.formatting import MISSING, count, number
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.store.listing import Wanted
from aedash.ui.components.status import looking, nearest, status
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager, present
from aedash.ui.explore import moment
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame
from aedash.ui.widgets import comparing, exploring, identity
from aedash.ui.widgets.run_words import lines, title

POINTS = {"700": 700, "2,000": 2000, "10,000": 10_000}
ERROR = "test MSE per pixel"
BEGUN = Wanted(begun=True)
PATIENCE = 0.3  # seconds that a page waits for what is quick
LAST = "explore_last"  # the survey that was drawn last, shown until one of newer weights is there


def choosable() -> dict[str, Run]:
    """{id: run} of what has weights: the newest own runs, the one of the address, then those that come with the app."""
    asked = address.kept("run", "", str)
    runs = filter(written, [*comparing.newest(BEGUN).runs, *manager().some([asked])])
    return {run.id: run for run in [*runs, *manager().gallery().values()]} | manager().kept()


def older() -> None:
    """How to get at a run that the picker does not list; nothing where it lists all."""
    comparing.older(comparing.newest(BEGUN), "Explore")


def chosen() -> Run | None:
    """The model of the address, or the first; None where there is none at all. Draws its picker."""
    options = choosable()
    if not options:
        return None
    gallery = manager().gallery()
    best = next((gallery[name].id for name in exploring.FIRST if name in gallery), next(iter(options)))
    told = lines(options)
    run = address.select("run", "Model", list(options), best, format_func=told.__getitem__)
    address.write({"run": run})
    frame.tab_title(title(options[run]), "Explore")
    return options[run]


def bench(run: Run) -> Bench:
    """What lies on the page: draws the row of the moment and asks for the survey."""
    history, desk = manager().history(run), Desk(PATIENCE)
    asked = _moment(run, history, desk)
    points = POINTS[address.kept("view-points", "2,000", {name: name for name in POINTS}.__getitem__, run.id)]
    drawn = Bench(run, history, desk, None, asked, _place(run), points)
    if asked is None and not present(run.config.data.name) and history.snapshots:
        drawn = replace(drawn, snapshot=history.snapshots[-1])
    drawn = moment.by_its_weights(drawn)
    found, of = _surveyed(drawn)
    return replace(drawn, survey=found, of=of)


def points(run: Run) -> None:
    """How many images stand on the map."""
    address.switch("view-points", "Images", list(POINTS), "2,000", run.id, "explore-points")


def choose_image(run: Run, place: int) -> None:
    """Make this test image the chosen one."""
    address.keep("view-image", str(place), run.id)


def _place(run: Run) -> int:
    def read(text: str) -> int:
        if not 0 <= int(text) < registry.datasets.get(run.config.data.name).info.test:
            raise ValueError(text)
        return int(text)

    place = address.kept("view-image", 0, read, run.id)
    address.look("view-image", str(place) if place else None)
    return place


def _surveyed(bench: Bench) -> tuple[Survey | None, tuple[str, int]]:
    """(the survey, the version that it is of); that of older weights until the one of newer ones is there."""
    of = bench.version  # once: the weights may be written meanwhile
    if bench.snapshot is not None:
        return _recorded(bench), of
    work = bench.by(lambda trained: survey(trained, bench.points))
    found = bench.desk.ask(bench.run, "survey", work, *of, bench.points)
    asked = (bench.run.id, bench.points, bench.step)
    if found is not None:
        st.session_state[LAST] = asked, found, of
    elif not bench.desk.refusals:
        last = st.session_state.get(LAST)
        return last[1:] if last and last[0] == asked else (None, of)
    return found, of


def _recorded(bench: Bench) -> Survey | None:
    probes, snapshot = bench.history.probes, bench.snapshot
    if probes is None or snapshot is None:
        return None
    try:
        return recorded(probes, snapshot)
    except Refused as error:
        bench.desk.refusals[str(error)] = None
        return None


def _moment(run: Run, history: History, desk: Desk) -> Snapshot | None:
    """The status row with the time machine; the recorded moment that one travelled to, None at the best weights."""
    positions = board.frames(history, run.config)
    key, at = f"explore-status-{run.id}#{address.version()}", address.kept("view-at", None, _position, run.id)
    at = looking(key, at) if positions else at
    address.keep("view-at", None if at is None else f"{at:.5f}", run.id)
    address.look("view-at", None if at is None else f"{at:.5f}")
    index = nearest(positions, at)
    snapshot = None if index is None else history.snapshots[min(index, len(history.snapshots) - 1)]
    status(_row(run, history, positions, desk, snapshot), key=key, position=at)
    return snapshot


def _position(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ValueError(text)
    return float(text)


def _amounts(run: Run, history: History, mse: float, desk: Desk) -> list[tuple[str, str]]:
    """[(value, label)]: what an error amounts to, as far as it is known."""
    size, kept = equivalent.recorded(mse, history.references, "test"), identity.kept(run, desk)
    return [
        *([] if size is None else [(number(size), "numbers PCA needs")]),
        *([identity.cell(kept)] if kept else []),
    ]


def _then(run: Run, history: History, snapshot: Snapshot, cells: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells as of a recorded moment; what is known of the best weights alone is a dash, and keeps its room."""
    assert history.started is not None
    epoch = f"{snapshot.step / history.started.steps_per_epoch:.1f} / {run.config.epochs}"
    error = number(float(snapshot.mse.mean())), f"test MSE, {count(len(snapshot.mse))} images"
    told = {"epoch": (epoch, "epoch"), ERROR: error}
    return [told.get(label, (MISSING, label)) for _, label in cells]


def _row(
    run: Run, history: History, positions: tuple[float, ...], desk: Desk, snapshot: Snapshot | None = None
) -> Status:
    figures, epoch = run.figures.get("test"), f"{history.epoch:.1f} / {run.config.epochs}"
    cells = [(MISSING if run.uploaded else epoch, "epoch")]
    if figures:
        cells += [(f"{count(figures.code_size or 0)} of {count(figures.code_units or 0)}", "numbers in use")]
        cells += [(number(figures.mse), ERROR), *_amounts(run, history, figures.mse, desk)]
    if snapshot is not None:
        cells = _then(run, history, snapshot, cells)
    progress = min(1.0, history.epoch / run.config.epochs)
    over = not run.state.alive
    return Status(run.state, run.word, progress, positions, tuple(cells), over)
