"""The live board: status row with the time machine, and the four cards, refreshed while a run lives."""

from dataclasses import replace

import streamlit as st

from aedash.config import RunConfig
from aedash.events import RunState
from aedash.figures import board
from aedash.formatting import MISSING, count, number
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.training.outcome import result
from aedash.ui.components.scatter import atlas
from aedash.ui.components.status import Status, looking, nearest, status
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame, notice
from aedash.ui.specimen.dock import Subject, dock
from aedash.ui.train import cards, picker
from aedash.ui.train.formula import formula
from aedash.ui.train.next_steps import mark, next_steps
from aedash.ui.train.view import View
from aedash.ui.widgets.measured import errors
from aedash.ui.widgets.run_words import duration

COLUMNS = [0.635, 0.365]
FIRST_TICK, TICK = 0.3, 1.0  # seconds


def panel(run: Run | None, config: RunConfig) -> None:
    """The board of a run, or the empty one of a recipe. Refreshing stops when the run is over."""
    if run is None:
        draw(View(config, History()), earlier=_earlier(config, None))
        return
    history = manager().history(run)
    began, in_force = bool(history.blocks), View(run.config, history).in_force
    earlier = _earlier(run.config, run)
    if history.probes is not None:
        atlas(run.id, history.probes.images)

    def tick() -> None:
        now = _fresh(run)
        if now is None:
            st.rerun()
        seen = manager().history(now)
        view = View(run.config, seen, now)
        moved = now.state is not run.state or (not began and seen.blocks and seen.probes) or view.in_force != in_force
        if moved and not (began and picker.is_open()):  # a full run of the page would close the dialog and open it anew
            st.rerun()  # once: the timer changes, and the page's buttons and numbers with it
        draw(view, earlier)

    every = None if not run.state.alive else TICK if began else FIRST_TICK
    st.fragment(tick, run_every=every)()


def _fresh(run: Run) -> Run | None:
    """The run as it is now: another process may train it, and anyone may have deleted it."""
    try:
        return manager().run(run.id)
    except Refused:
        return None


def draw(view: View, earlier: History | None) -> None:
    """Slot, status row and the four cards."""
    with st.container(key="board"):
        slot = st.container(horizontal=True, vertical_alignment="center", gap="small", key="slot_row")
        view = _status(view)
        with slot:
            frame.slot(_slot(view))
            if view.run:
                mark(view.run)
            if view.over and view.run:
                next_steps(view.run)
        with st.container(key="live"):
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.reconstruction(view)
            with right:
                cards.latent_map(view)
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                cards.loss(view, earlier)
            with right:
                cards.samples(view)
        if view.run:
            dock({"": Subject(view.run, view.history, None if view.live else view.snapshot)}, view.run.id)


def _status(view: View) -> View:
    """Draw the status row; the view at the moment that the person travelled to."""
    history, config = view.history, view.config
    positions = board.frames(history, config)
    name = view.run.id if view.run else "none"
    key, at = f"status-{name}#{address.version()}", address.kept("view-at", None, _moment, name)
    at = looking(key, at) if positions else at
    address.keep("view-at", None if at is None else f"{at:.5f}", name)
    address.look("view-at", None if at is None else f"{at:.5f}")
    view = _travelled(view, nearest(positions, at))
    state = history.state.state if view.run else None
    row = Status(
        state=state or "",
        word=_word(view, state),
        progress=min(1.0, history.epoch / config.epochs),
        frames=positions,
        metrics=_metrics(view, state),
    )
    status(row, key=key, position=at)
    return view


def _moment(text: str) -> float | None:
    """A place on the time line, 0 to 1."""
    if not 0 <= float(text) <= 1:
        raise ValueError(text)
    return float(text)


def _travelled(view: View, at: int | None) -> View:
    """The view at a snapshot's index; None = the newest, live."""
    snapshots = view.history.snapshots
    if not snapshots:
        return view
    snapshot = snapshots[-1] if at is None else snapshots[min(at, len(snapshots) - 1)]
    return replace(view, snapshot=snapshot, live=at is None)


def _word(view: View, state: RunState | None) -> str:
    if state is None or view.run is None:
        return "Ready"
    place = manager().position(view.run.id)
    return f"Queued, number {place} in line" if place else state.capitalize()


def _metrics(view: View, state: RunState | None) -> tuple[tuple[str, str], ...]:
    history, config = view.history, view.config
    epoch = ("epoch", f"{view.epoch:.1f} / {config.epochs}")
    rate, left = history.rate(), MISSING
    if rate and history.started:
        images = (config.epochs - history.epoch) * history.images / max(history.epoch, 1e-9)
        left = duration(images / rate)
    figures, split = view.figures
    cells = [
        epoch,
        ("images per second", count(rate) if rate else MISSING),
        ("in training", duration(history.seconds)) if view.over else ("left", left),
        (f"{split} loss", number(figures.loss if figures else None)),
        *((f"{split} {label}", number(value)) for label, value in errors(figures, config.corruption.name != "none")),
    ]
    return tuple((value, label) for label, value in cells)


def _slot(view: View) -> str:
    """A finding when there is one, else the formula."""
    run = view.run
    if refused := notice.shown():
        return refused
    if run and view.history.state.state in (RunState.FAILED, RunState.INTERRUPTED) and view.history.state.sentence:
        return frame.problem(view.history.state.sentence)
    found = [*view.end.findings] if view.end else []
    if view.live and view.history.state.state is RunState.FINISHED and run and "test" in run.figures:
        serious = [finding for finding in found if finding.severity in ("warn", "bad")]
        closing = result(run.figures["test"], view.history.references, view.in_force)
        found = serious or [finding for finding in (closing, *found) if finding]
    return frame.finding_line(found[0]) if found else formula(view)


def _earlier(config: RunConfig, current: Run | None) -> History | None:
    """The newest finished run before this one whose loss is in the same unit on the same images."""
    for run in manager().runs():
        older = current is None or run.order < current.order
        alike = run.config.data == config.data and run.config.objective == config.objective
        if older and alike and run.state is RunState.FINISHED and not run.changes:
            return manager().history(run)
    return None
