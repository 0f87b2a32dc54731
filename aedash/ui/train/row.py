"""The status row of a view: its state in a word, and the numbers of the moment."""

from bisect import bisect_right

from aedash.analysis.equivalent import recorded
from aedash.events import RunState, Snapshot, StepBlock
from aedash.figures import board
from aedash.figures.payloads import Status
from aedash.formatting import MISSING, count, number
from aedash.ui.desk.manager import manager
from aedash.ui.train.view import View
from aedash.ui.widgets.measured import CLEAN, errors
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
    return waiting(view.run) or (view.run.word if view.over else state.capitalize())


def metrics(view: View) -> tuple[tuple[str, str], ...]:
    """((value, label), ...) of the moment."""
    trained = [("epoch", f"{view.epoch:.1f} / {view.config.epochs}"), *_pace(view)]
    cells = [
        *([] if view.run and view.run.uploaded else trained),
        *((label, number(value)) for label, value in _measured(view)),
    ]
    return tuple((value, label) for label, value in cells)


def _pace(view: View) -> list[tuple[str, str]]:
    """[(what, value)]: images per second and time. At a recorded moment both are of the way there, which is over."""
    history, rate, taken, left = view.history, view.history.rate(), view.history.seconds, MISSING
    if view.snapshot is not None and not view.live:
        blocks = _until(view, view.snapshot)
        taken = sum(block.seconds for block in blocks)
        rate = sum(block.images for block in blocks) / taken if taken else 0.0
    elif rate and history.started:
        images = (view.config.epochs - history.epoch) * history.images / max(history.epoch, 1e-9)
        left = duration(images / rate)
    time = ("left", left) if view.live and not view.over else ("in training", duration(taken))
    return [("images per second", count(rate) if rate else MISSING), time]


def _until(view: View, snapshot: Snapshot) -> list[StepBlock]:
    """The blocks up to a snapshot; all of them where one looks at the present."""
    blocks = view.history.blocks[:]
    return blocks if view.live else blocks[: bisect_right(blocks, snapshot.step, key=lambda block: block.step)]


def _measured(view: View) -> list[tuple[str, float | None]]:
    """[(what, value)]: figures of the split; before the first epoch has ended what is known of the moment already."""
    figures, split = view.figures
    denoises = view.config.corruption.name != "none"
    if figures is None and view.snapshot is not None:
        few = f"test MSE of {len(view.snapshot.mse)} images{', noisy' * denoises}"
        return [("train loss", _training(view, view.snapshot)), (few, float(view.snapshot.mse.mean()))]
    loss = (f"{split} loss", figures.loss if figures else None)
    size = recorded(figures.mse if figures else None, view.history.references, split)
    return [
        loss,
        *((f"{split} {label}", value) for label, value in errors(figures, denoises)),
        *([] if size is None else [(f"PCA needs, {CLEAN}" if denoises else "numbers PCA needs", size)]),
    ]


def _training(view: View, snapshot: Snapshot) -> float | None:
    """Loss of the last steps before the moment; None before the first."""
    blocks = _until(view, snapshot)
    return blocks[-1].losses["loss"] if blocks else None
