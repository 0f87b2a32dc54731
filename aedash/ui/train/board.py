"""The live board: status row with the time machine, and the four cards, refreshed while a run lives."""

from dataclasses import replace

import streamlit as st

from aedash.config import RunConfig
from aedash.events import RunState, Snapshot
from aedash.figures import board
from aedash.figures.board import Earlier
from aedash.formatting import MISSING, count, number
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.ui.components.scatter import atlas
from aedash.ui.components.status import Status, looking, nearest, status
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address
from aedash.ui.specimen.dock import Subject, dock
from aedash.ui.train import cards, picker
from aedash.ui.train.slot import slot
from aedash.ui.train.view import View
from aedash.ui.widgets.measured import errors
from aedash.ui.widgets.run_words import duration, names, title
from aedash.ui.widgets.waiting import waiting

COLUMNS = [0.635, 0.365]
FIRST_TICK, TICK = 0.3, 1.0  # seconds


def panel(run: Run | None, config: RunConfig) -> None:
    """The board of a run, or the empty one of a recipe. Refreshing stops when the run is over."""
    if run is None:
        draw(View(config, History()), earlier=_earlier(config, None))
        return
    history = manager().history(run)
    began, in_force = bool(history.blocks), View(run.config, history).in_force
    stopping = manager().stopping(run.id)
    earlier = _earlier(run.config, run)
    if history.probes is not None:
        atlas(run.id, history.probes.images)

    def tick() -> None:
        now = _fresh(run)
        if now is None:
            st.rerun()
        seen = manager().history(now)
        view = View(run.config, seen, now)
        moved = (now.state, manager().stopping(run.id), view.in_force) != (run.state, stopping, in_force)
        moved = moved or bool(not began and seen.blocks and seen.probes)
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


def draw(view: View, earlier: Earlier | None) -> None:
    """Slot, status row and the four cards."""
    with st.container(key="board"):
        place = st.container(horizontal=True, vertical_alignment="center", gap="small", key="slot_row")
        view = _status(view)
        with place:
            slot(view)
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
        over=view.over,
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
    if manager().stopping(view.run.id):
        return "Stopping"
    return waiting(view.run) or state.capitalize()


def _metrics(view: View, state: RunState | None) -> tuple[tuple[str, str], ...]:
    history, config = view.history, view.config
    epoch = ("epoch", f"{view.epoch:.1f} / {config.epochs}")
    rate, left = history.rate(), MISSING
    if rate and history.started:
        images = (config.epochs - history.epoch) * history.images / max(history.epoch, 1e-9)
        left = duration(images / rate)
    cells = [
        epoch,
        ("images per second", count(rate) if rate else MISSING),
        ("in training", duration(history.seconds)) if view.over else ("left", left),
        *((label, number(value)) for label, value in _measured(view)),
    ]
    return tuple((value, label) for label, value in cells)


def _measured(view: View) -> list[tuple[str, float | None]]:
    """[(what, value)]: figures of the split; before the first epoch has ended what is known of the moment already."""
    figures, split = view.figures
    denoises = view.config.corruption.name != "none"
    if figures is None and view.snapshot is not None:
        few = f"test MSE of {len(view.snapshot.mse)} images{', noisy' * denoises}"
        return [("train loss", _training(view, view.snapshot)), (few, float(view.snapshot.mse.mean()))]
    loss = (f"{split} loss", figures.loss if figures else None)
    return [loss, *((f"{split} {label}", value) for label, value in errors(figures, denoises))]


def _training(view: View, snapshot: Snapshot) -> float | None:
    """Loss of the last steps before the moment; None before the first."""
    past = [block for block in view.history.blocks[:] if view.live or block.step <= snapshot.step]
    return past[-1].losses["loss"] if past else None


def _earlier(config: RunConfig, current: Run | None) -> Earlier | None:
    """The newest finished run before this one whose loss is in the same unit on the same images."""
    for run in manager().runs():
        older = current is None or run.order < current.order
        alike = run.config.data == config.data and run.config.objective == config.objective
        if older and alike and run.state is RunState.FINISHED and not run.changes:
            name = names([run, current])[0] if current else title(run)  # what is different from the one on screen
            return Earlier(name, manager().history(run))
    return None
