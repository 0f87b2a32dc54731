"""The status row of a view: its state in a word, and the numbers of the moment."""

from bisect import bisect_right

from aedash.events import RunState, Snapshot
from aedash.figures import board
from aedash.figures.payloads import Status
from aedash.formatting import MISSING, count, number
from aedash.ui.desk.manager import manager
from aedash.ui.train.view import View
from aedash.ui.widgets.measured import errors
from aedash.ui.widgets.run_words import duration
from aedash.ui.widgets.waiting import waiting


def row(view: View) -> Status:
    """What the status row shows of a run, or of the recipe of the next."""
    history, config = view.history, view.config
    state = history.state.state if view.run else None
    return Status(
        state=state or "",
        word=_word(view, state),
        progress=min(1.0, history.epoch / config.epochs),
        frames=board.frames(history, config),
        metrics=metrics(view),
        over=view.over,
        steps=tuple(snapshot.step for snapshot in history.snapshots) if history.started else (),
    )


def _word(view: View, state: RunState | None) -> str:
    if state is None or view.run is None:
        return "Ready"
    if manager().stopping(view.run.id):
        return "Stopping"
    return waiting(view.run) or state.capitalize()


def metrics(view: View) -> tuple[tuple[str, str], ...]:
    """((value, label), ...) of the moment."""
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
    blocks = view.history.blocks[:]
    end = len(blocks) if view.live else bisect_right(blocks, snapshot.step, key=lambda block: block.step)
    return blocks[end - 1].losses["loss"] if end else None
