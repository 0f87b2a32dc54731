"""The live board: status row with the time machine, and the four cards, refreshed while a run lives."""

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.analysis.moments import basis_sentence
from aedash.analysis.snapshots import MAP_POINTS
from aedash.analysis.trace import outline
from aedash.changes import Schedule
from aedash.config import RunConfig, training_images
from aedash.data.image_data import Unavailable
from aedash.events import EpochEnd, Figures, RunState, Snapshot
from aedash.figures import board
from aedash.formatting import MISSING, count, number, setting
from aedash.history import History, Run
from aedash.objectives import base as objectives
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.training.outcome import result
from aedash.ui import address, frame, notice, picker
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.scatter import atlas, pinned, scatter
from aedash.ui.components.status import Status, looking, nearest, status
from aedash.ui.controls import mark, next_steps, what_is_measured
from aedash.ui.embedding import WAIT_HEIGHT, choose_projection, embedding
from aedash.ui.measured import errors
from aedash.ui.server import fixed_images, manager

OWN = "aedash"  # the family of presets that no source trained
COLUMNS = [0.635, 0.365]
MAP_HEIGHT = 250
SAMPLES_HEIGHT = 252
LOSS_HEIGHT = 236
EXHIBIT_KEY = "exhibit"
FIRST_TICK, TICK = 0.3, 1.0  # seconds


@dataclass(frozen=True)
class View:
    """One run (or the recipe of the next) at one moment. live: not travelling in time."""

    config: RunConfig
    history: History
    run: Run | None = None
    snapshot: Snapshot | None = None
    live: bool = True

    @property
    def over(self) -> bool:
        return self.run is not None and not self.history.state.state.alive

    @property
    def epoch(self) -> float:
        """Epochs done at that moment, with a fraction."""
        if self.live or self.snapshot is None or self.history.started is None:
            return self.history.epoch
        return self.snapshot.step / self.history.started.steps_per_epoch

    @property
    def in_force(self) -> RunConfig:
        """The config with what was changed in it up to that moment."""
        step = self.history.step if self.live or self.snapshot is None else self.snapshot.step
        return Schedule(self.config, self.history.changes).at(step)

    @property
    def figures(self) -> tuple[Figures | None, str]:
        """What is measured at that moment, and the split: of a run that is over, its best weights on test images."""
        if self.over and self.live and self.run and "test" in self.run.figures:
            return self.run.figures["test"], "test"
        end = self.end
        return (end.figures, end.split) if end else (None, "validation" if self.config.data.validation else "test")

    @property
    def end(self) -> EpochEnd | None:
        return board.at_moment(self.history, None if self.live else self.snapshot)


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
                _reconstruction(view)
            with right:
                _map(view)
            left, right = st.columns(COLUMNS, gap="small")
            with left:
                _loss(view, earlier)
            with right:
                _samples(view)


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


def duration(seconds: float) -> str:
    """Seconds in words that fit a cell."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


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


def formula(view: View) -> str:
    """What is trained and what is minimised, in one line."""
    config = view.config
    try:
        shape = outline(config)
    except Refused as error:
        return frame.problem(str(error))
    smaller = shape.pixels / shape.code
    size = f"{number(smaller)} times smaller than the image" if smaller >= 1.5 else "not smaller than the image"
    started, noise = view.history.started, escape(_noise(view.in_force))
    where = f", on {started.device.upper()}, threads: {started.threads}" if started else ""
    return (
        f'<div class="formula"><span>input <code>x{noise}</code> → <code>{escape(shape.left)}'
        f"<b>{escape(shape.middle)}</b>{escape(shape.right)}</code> → <code>x̂</code></span>"
        f"<span><b>{count(shape.parameters)}</b> parameters{escape(where)}</span>"
        f"<span>code of <b>{count(shape.code)}</b> numbers: {size}</span></div>"
    )


def _noise(config: RunConfig) -> str:
    """What is done to the input, behind its x."""
    if config.corruption.name == "none":
        return ""
    fields = [value for name, value in config.corruption.model_dump().items() if name != "name"]
    words = [registry.corruptions.get(config.corruption.name).title, *map(_field, fields)]
    return f" + {' '.join(words)}"


def _field(value: Any) -> str:
    """A field of a corruption may be a number or anything else."""
    plain = isinstance(value, bool) or not isinstance(value, int | float)
    return str(value) if plain else setting(value)


def _reconstruction(view: View) -> None:
    originals, inputs = None, None
    if view.history.probes is not None:
        probes = view.history.probes
        originals = probes.originals
        inputs = probes.inputs if view.config.corruption.name != "none" else None
    else:
        try:
            originals = fixed_images(view.config.data.name)
        except Unavailable:
            originals = None
    noisier = view.in_force.corruption != view.config.corruption
    same = "The same test images, with the noise of the start," if noisier else "The same test images"
    hint = (
        f"{same} all along. Error: blue is too dark, orange too bright."
        if view.snapshot
        else "Test images, never trained on."
    )
    with frame.card("Reconstruction", hint, "reconstruction"):
        if originals is None:
            frame.empty("The images are not here yet", "Download the data set above.", MAP_HEIGHT)
        else:
            mosaic(board.reconstruction(originals, inputs, view.snapshot), key="reconstruction")


def _map(view: View) -> None:
    info = registry.datasets.get(view.config.data.name).info
    shown = len(view.history.probes.labels) if view.history.probes else min(MAP_POINTS, info.test)
    dots = f"One dot for each of {count(shown)} of the {count(info.test)} test images."
    hint = basis_sentence(view.history) if view.snapshot else dots
    with frame.card("Latent map", hint, "map"):
        probes = view.history.probes
        if view.snapshot is None or probes is None or view.run is None:
            soon = view.run is not None and view.history.state.state is RunState.RUNNING
            frame.empty("The map appears in the first second" if soon else "No map yet", dots, MAP_HEIGHT)
            return
        classes = info.classes
        key, height = f"map-{view.run.id}", MAP_HEIGHT
        if view.over and choose_projection(view.run.id) == "t-SNE":
            points = embedding(view.run.id, view.snapshot)
            if points is not None:
                scatter(board.embedding_map(points, probes, classes, view.run.id), key=key, height=height)
                return
            height -= WAIT_HEIGHT
        chosen = pinned(key, len(probes.labels))
        pca = board.latent_map(view.history, probes, view.snapshot, classes, view.run.id, chosen)
        scatter(pca, key=key, height=height)


def _loss(view: View, earlier: History | None) -> None:
    with frame.card("Loss", split_sentence(view.config, sourced(view)), "loss"):
        moment = None if view.live else view.snapshot
        chart = board.loss_chart(
            view.history, view.config, objectives.unit(view.config.objective), published(view), earlier, moment
        )
        st.html(objective_line(view))
        curve(chart, key=f"loss-{view.run.id if view.run else 'none'}", height=LOSS_HEIGHT)


def objective_line(view: View) -> str:
    """The sum that is minimised with its weights, and what model and terms measure beside it."""
    figures, _ = view.figures
    measures = figures.measures if figures else {}
    parts = [f"minimise {escape(objectives.formula(view.in_force))}"]
    parts += [f"{escape(name)} <b>{number(value)}</b>" for name, value in measures.items()]
    return f'<div class="formula">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def split_sentence(config: RunConfig, sourced: bool = False) -> str:
    """Which images the curves are about. sourced: whether a source trained this on these images."""
    info = registry.datasets.get(config.data.name).info
    trained = training_images(config.data, info)
    if config.data.validation:
        held = f"validation: {count(info.train - trained)} others. Lines that part mean overfitting."
    else:
        held = f"test: {count(info.test)} others, looked at each epoch{' as the source did' * sourced}."
    return f"Lower is better. Train: {count(trained)} images; {held}"


def _samples(view: View) -> None:
    title, about = registry.architectures.get(view.config.architecture.name).card.exhibit
    exhibit = False
    with frame.card("Samples", "Decoded from random codes, the same ones all along.", "samples"):
        if title:
            options = ["Samples", title]
            exhibit = address.switch("view-samples", "Shown", options, "Samples", key=EXHIBIT_KEY) == title
        if view.snapshot is None:
            frame.empty("No samples yet", "Random codes, decoded as the model learns.", SAMPLES_HEIGHT)
        elif exhibit and not view.snapshot.exhibit.size:
            frame.empty("Not kept at this moment", "It is there at the end of the run.", SAMPLES_HEIGHT)
        else:
            mosaic(board.exhibit(view.snapshot) if exhibit else board.samples(view.snapshot), key="samples")
        if exhibit:
            st.caption(about)


def sourced(view: View) -> bool:
    """Whether the preset's source trained on the same images."""
    name = view.run.preset if view.run else st.session_state.get("preset", "")
    return (
        name in registry.presets.names() and preset(name).config.data == view.config.data and preset(name).family != OWN
    )


def published(view: View) -> tuple[int, list[float]] | None:
    """The published curve, where this run measures the same thing on the same images."""
    name = view.run.preset if view.run else st.session_state.get("preset", "")
    if name not in registry.presets.names() or view.history.changes:
        return None
    source = preset(name)
    alike = what_is_measured(source.config) == what_is_measured(view.config)
    return source.curve() if alike and source.config.architecture == view.config.architecture else None


def _earlier(config: RunConfig, current: Run | None) -> History | None:
    """The newest finished run before this one whose loss is in the same unit on the same images."""
    for run in manager().runs():
        older = current is None or run.order < current.order
        alike = run.config.data == config.data and run.config.objective == config.objective
        if older and alike and run.state is RunState.FINISHED and not run.changes:
            return manager().history(run)
    return None
