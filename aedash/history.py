"""Run and History: what a run is and what has happened in it, running, finished, pretrained or imported alike."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aedash import registry, words
from aedash.changes import noted
from aedash.config import RunConfig, training_images
from aedash.events import (
    DIVERGED,
    UPLOADED,
    Changed,
    EpochEnd,
    Event,
    Figures,
    Finding,
    Probes,
    References,
    RunState,
    Snapshot,
    Started,
    StateChanged,
    StepBlock,
)
from aedash.registry import Refused

Values = NDArray[np.float64]
NONE: Values = np.empty(0)
KEPT_SNAPSHOTS = 60
KEPT_HISTORIES = 48  # of ended runs, in a server's memory
KEPT_BLOCKS = 4000  # beyond it the older ones are joined
OLDER_BLOCKS = 1500
RECENT_BLOCKS = 1000  # never joined: half a minute may pass between two saves, and a resume goes back to a save
CONDENSED_EVERY = 500
EARLY_STEPS = 64
EARLY = frozenset({0, *(round(2 ** (half / 2)) for half in range(21))})  # steps 0 to 1,024: there images form
RESUMABLE = ", ".join(state for state in RunState if state.resumable)


@dataclass(frozen=True)
class Run:
    """One line of the run table; what is known of a run without its history.

    id: 12 hex digits; order: rises with each new run; created: UTC, ISO 8601; preset: its name, or empty; sentence: why
    it is in its state, for people; threads: of torch, 0 before it began; device, precision: as in `Started`, empty
    before it began and in older folders; figures: {split: of the best weights}, empty until it ends; seconds: in
    training steps; images: seen in those; changes: of the config on the way, by step; owner: who started it on a page,
    as `ui.shell.visitor` knows them, empty for one from the command line; joined: who else watches it as their own run;
    name: what its owner calls it, or empty; note: what they wrote to it; tags: words to find it by; group: a word that
    several runs share, or empty; pinned: never removed to make room; bytes: what its folder takes, as last measured;
    own: False while another process trains it or has it in its queue.
    """

    id: str
    order: int
    config: RunConfig
    state: RunState
    folder: Path
    created: str
    preset: str = ""
    sentence: str = ""
    epochs_done: int = 0
    threads: int = 0
    device: str = ""
    precision: str = ""
    figures: dict[str, Figures] = field(default_factory=dict)
    seconds: float = 0.0
    images: int = 0
    changes: tuple[Changed, ...] = ()
    owner: str = ""
    joined: tuple[str, ...] = ()
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    group: str = ""
    pinned: bool = False
    bytes: int = 0
    own: bool = True

    @property
    def title(self) -> str:
        """What it is called on pages: its own name, else its preset's, else its architecture's."""
        return self.name or words.model(self.preset) or self.config.architecture.name

    @property
    def whole(self) -> bool:
        """Whether it trained its config from the first step to the last, with nothing changed on the way.

        A fork has seen fewer images, unless it was given the record of what came before it.
        """
        images = self.config.epochs * training_images(
            self.config.data, registry.datasets.get(self.config.data.name).info
        )
        return self.state is RunState.FINISHED and not self.changes and self.images == images

    @property
    def diverged(self) -> bool:
        """Whether it failed because its numbers were not finite any more. Going on is exact, so it would fail again."""
        return self.state is RunState.FAILED and self.sentence.startswith(DIVERGED)

    @property
    def uploaded(self) -> bool:
        """Whether its weights came as a file: it has no curves, and nothing tells how it was trained."""
        return self.state is RunState.FINISHED and self.sentence.startswith(UPLOADED)

    @property
    def word(self) -> str:
        """Its state, as people read it."""
        return "Uploaded" if self.uploaded else self.state.capitalize()

    @property
    def resumable(self) -> bool:
        """Whether it can go on from its last save."""
        return self.state.resumable and not self.diverged

    def check_resumable(self) -> None:
        """Raises Refused unless it can go on, with the states that can."""
        if self.diverged:
            sentence = "The run diverged and would diverge again: train it, or fork it, with a smaller learning rate."
            raise Refused(sentence, "run", RESUMABLE)
        if not self.resumable:
            raise Refused(f"A {self.state} run cannot be resumed.", "run", RESUMABLE)


def whole_run(runs: Iterable[Run], config: RunConfig) -> Run | None:
    """The first of the runs that trained this very config, whole."""
    return next((run for run in runs if run.config.key() == config.key() and run.whole), None)


def zoned(text: str) -> datetime:
    """A time of ISO 8601 with its zone, of this age. Raises ValueError for any other text.

    >>> zoned("2026-01-31T12:00:00+00:00").hour
    12
    >>> zoned("2026-01-31")
    Traceback (most recent call last):
    ValueError: a time needs a year from 1970 on and a zone, as in 2026-01-31T12:00:00+00:00
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or not 1970 <= time.year <= 9000:
        raise ValueError("a time needs a year from 1970 on and a zone, as in 2026-01-31T12:00:00+00:00")
    return time


class History:
    """Events folded to what pages draw. Appended to by one thread, read by many: readers copy before they look.

    started, probes, references: None until they were told. blocks, ends, snapshots: by step, thinned where they are
    many. anchor: the first snapshot after epoch 1, whose axes the map has; None before. seconds: time spent in training
    steps; images: those seen in them. Both count every block, also those that were joined since or are no longer there.
    """

    def __init__(self) -> None:
        self.started: Started | None = None
        self.probes: Probes | None = None
        self.references: References | None = None
        self.blocks: list[StepBlock] = []
        self.seconds = 0.0
        self.images = 0
        self.ends: list[EpochEnd] = []
        self.snapshots: list[Snapshot] = []
        self.anchor: Snapshot | None = None
        self.changes: tuple[Changed, ...] = ()
        self.state = StateChanged(RunState.QUEUED)
        self._newest: Event | None = None
        self._curves: dict[str, tuple[list[StepBlock], Values, Values]] = {}

    def append(self, event: Event) -> None:
        """Fold one event in. Started at a step voids what was recorded behind it; changes stay, they are replayed.

        The newest event is folded in once, however often a store that could not be written is tried again.

        >>> history = History()
        >>> for event in (Started(0, 10, "cpu", 1, 100), StepBlock(5, {"loss": 2.0}, 640, 0.5)):
        ...     history.append(event)
        >>> history.epoch, history.rate()
        (0.5, 1280.0)
        """
        if event is self._newest:
            return
        self._newest = event
        match event:
            case Started():
                self._trim(event.step)
                self.started = event
            case Probes():
                self.probes = event
            case References():
                self.references = event
            case StepBlock():
                self._add(event)
            case EpochEnd():
                self.ends.append(event)
            case Snapshot():
                if self.anchor is None and self.started and event.step >= self.started.steps_per_epoch:
                    self.anchor = event
                self.snapshots = thinned([s for s in self.snapshots if s.step < event.step] + [event], self.anchor)
            case StateChanged():
                self.state = event
            case Changed():
                self.changes = noted(self.changes, event)

    def _add(self, block: StepBlock) -> None:
        self.blocks.append(block)
        self.seconds += block.seconds
        self.images += block.images
        if len(self.blocks) > KEPT_BLOCKS and len(self.blocks) % CONDENSED_EVERY == 0:
            self.blocks = condensed(self.blocks, self.started.steps_per_epoch if self.started else 0)

    def _trim(self, step: int) -> None:
        void = [block for block in self.blocks if block.step > step]
        self.blocks = [block for block in self.blocks if block.step <= step]
        self.seconds = self.seconds - sum(block.seconds for block in void) if self.blocks else 0.0
        self.images = self.images - sum(block.images for block in void) if self.blocks else 0
        self.ends = [end for end in self.ends if end.step <= step]
        self.snapshots = [snapshot for snapshot in self.snapshots if snapshot.step <= step]
        if self.anchor and self.anchor.step > step:
            self.anchor = None

    @property
    def step(self) -> int:
        """Optimiser steps done, over all epochs; 0 before the first block."""
        return self.blocks[-1].step if self.blocks else 0

    @property
    def epoch(self) -> float:
        """Epochs done, with a fraction; 0 before it began."""
        return self.step / self.started.steps_per_epoch if self.started else 0.0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was true at the end of the last epoch, most serious first; empty before one has ended."""
        return self.ends[-1].findings if self.ends else ()

    def rate(self, blocks: int = 40) -> float:
        """Images per second in training steps: over the last blocks, or over the whole run once it is over. 0 while
        unknown.
        """
        if not self.state.state.alive:
            return self.images / self.seconds if self.seconds else 0.0
        last = self.blocks[-blocks:]
        seconds = sum(block.seconds for block in last)
        return sum(block.images for block in last) / seconds if seconds else 0.0

    def names(self) -> list[str]:
        """Names of the curves: "loss", then the terms; empty before the first block."""
        return list(self.blocks[0].losses) if self.blocks else []

    def train(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(epochs (N,), values (N,)) of a training curve, one point a block, at its end, in the term's own unit.

        name: "loss" or a term; nan where a block lacks it.
        """
        per_epoch = self.started.steps_per_epoch if self.started else 1
        steps, values = self._curve(name)
        return steps / per_epoch, values.copy()

    def _curve(self, name: str) -> tuple[Values, Values]:
        """(steps (N,), values (N,)): only blocks that came since the last time are read, while it is the same list."""
        blocks = self.blocks
        of, steps, values = self._curves.get(name, (blocks, NONE, NONE))
        if of is not blocks:
            steps = values = NONE
        if new := blocks[len(steps) :]:
            steps = np.append(steps, [float(block.step) for block in new])
            values = np.append(values, [block.losses.get(name, np.nan) for block in new])
        self._curves[name] = blocks, steps, values
        return steps, values

    def second(self, value: Callable[[EpochEnd], float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(epochs (E,), values (E,)) of a figure of the validation or test split, one point an epoch."""
        ends = self.ends[:]
        return _points([end.epoch for end in ends], [value(end) for end in ends])

    def best(self) -> EpochEnd | None:
        """The last epoch whose weights were kept as the best; None before one has ended."""
        return next((end for end in reversed(self.ends[:]) if end.best), None)


def thinned(snapshots: list[Snapshot], anchor: Snapshot | None = None) -> list[Snapshot]:
    """At most 60: when there are more, every second of those that were taken by the clock is dropped.

    The early ones stay, where a model changes most, the last and the anchor. snapshots: by step. anchor: the one whose
    axes the map has; without it the axes would be others when the run is read back.
    """
    if len(snapshots) <= KEPT_SNAPSHOTS:
        return snapshots
    dropped = {one.step for one in [one for one in snapshots[:-1] if one.step not in EARLY][1::2] if one is not anchor}
    return [one for one in snapshots if one.step not in dropped]


def joined(blocks: Sequence[StepBlock]) -> StepBlock:
    """Neighbouring blocks as one: means weighted by images, images and seconds summed, the step of the last.

    blocks: at least one, in order.

    >>> one, two = StepBlock(1, {"loss": 4.0}, 10, 0.5), StepBlock(2, {"loss": 1.0}, 30, 0.5)
    >>> joined([one, two])
    StepBlock(step=2, losses={'loss': 1.75}, images=40, seconds=1.0)
    """
    images = sum(block.images for block in blocks)
    names = blocks[-1].losses
    means = {name: sum(block.losses.get(name, 0.0) * block.images for block in blocks) / images for name in names}
    return StepBlock(blocks[-1].step, means, images, sum(block.seconds for block in blocks))


def condensed(blocks: list[StepBlock], steps_per_epoch: int) -> list[StepBlock]:
    """The older blocks joined to about 1,500 of equal length, the recent 1,000 as they are: no mean and no sum changes.

    steps_per_epoch: 0 where it is not known. The first steps stay apart, where the loss falls steeply. A block is never
    joined with one of another epoch: what is forked at an epoch's end takes the blocks up to there.
    """
    older, recent = blocks[:-RECENT_BLOCKS], blocks[-RECENT_BLOCKS:]
    most = sum(block.images for block in older) / OLDER_BLOCKS
    groups: list[list[StepBlock]] = []
    for block in older:
        if groups and _belongs(block, groups[-1], most, steps_per_epoch):
            groups[-1].append(block)
        else:
            groups.append([block])
    return [group[0] if len(group) == 1 else joined(group) for group in groups] + recent


def _belongs(block: StepBlock, group: list[StepBlock], most: float, steps_per_epoch: int) -> bool:
    last = group[-1]
    apart = last.step <= EARLY_STEPS or (steps_per_epoch > 0 and last.step % steps_per_epoch == 0)
    images = sum(each.images for each in group) + block.images
    return not apart and images <= most and last.losses.keys() == block.losses.keys()


def bounded(blocks: list[StepBlock], steps_per_epoch: int) -> list[StepBlock]:
    """Condensed where they are over 4,500: for a record that was written without a bound."""
    return condensed(blocks, steps_per_epoch) if len(blocks) > KEPT_BLOCKS + CONDENSED_EVERY else blocks


def _points(x: list[float], y: list[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
