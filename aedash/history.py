"""Run and History: what a run is and what has happened in it, running, finished, pretrained or imported alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aedash.changes import noted
from aedash.config import RunConfig
from aedash.events import (
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

KEPT_SNAPSHOTS = 60
KEPT_HISTORIES = 48  # of ended runs, in a server's memory


@dataclass(frozen=True)
class Run:
    """One line of the run table. `id`: 12 hex digits; `order`: rises with each new run; `created`: UTC, ISO 8601."""

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
    figures: dict[str, Figures] = field(default_factory=dict)
    seconds: float = 0.0
    images: int = 0
    changes: tuple[Changed, ...] = ()
    own: bool = True

    @property
    def title(self) -> str:
        return self.preset or self.config.architecture.name


class History:
    """Events folded to what pages draw. Appended to by one thread, read by many: readers copy before they look."""

    def __init__(self) -> None:
        self.started: Started | None = None
        self.probes: Probes | None = None
        self.references: References | None = None
        self.blocks: list[StepBlock] = []
        self.ends: list[EpochEnd] = []
        self.snapshots: list[Snapshot] = []
        self.anchor: Snapshot | None = None
        self.changes: tuple[Changed, ...] = ()
        self.state = StateChanged(RunState.QUEUED)

    def append(self, event: Event) -> None:
        """Fold one event in. Started at a step voids what was recorded behind it; changes stay, they are replayed."""
        match event:
            case Started():
                self._trim(event.step)
                self.started = event
            case Probes():
                self.probes = event
            case References():
                self.references = event
            case StepBlock():
                self.blocks.append(event)
            case EpochEnd():
                self.ends.append(event)
            case Snapshot():
                self.snapshots = thinned([s for s in self.snapshots if s.step < event.step] + [event])
                if self.anchor is None and self.started and event.step >= self.started.steps_per_epoch:
                    self.anchor = event  # kept apart: thinning must not move the map's axes
            case StateChanged():
                self.state = event
            case Changed():
                self.changes = noted(self.changes, event)

    def _trim(self, step: int) -> None:
        self.blocks = [block for block in self.blocks if block.step <= step]
        self.ends = [end for end in self.ends if end.step <= step]
        self.snapshots = [snapshot for snapshot in self.snapshots if snapshot.step <= step]

    @property
    def step(self) -> int:
        return self.blocks[-1].step if self.blocks else 0

    @property
    def epoch(self) -> float:
        """Epochs done, with a fraction."""
        return self.step / self.started.steps_per_epoch if self.started else 0.0

    @property
    def seconds(self) -> float:
        """Time spent in training steps."""
        return sum(block.seconds for block in self.blocks[:])

    @property
    def images(self) -> int:
        return sum(block.images for block in self.blocks[:])

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.ends[-1].findings if self.ends else ()

    def rate(self, blocks: int = 40) -> float:
        """Images per second over the last blocks, in training steps."""
        last = self.blocks[-blocks:]
        seconds = sum(block.seconds for block in last)
        return sum(block.images for block in last) / seconds if seconds else 0.0

    def names(self) -> list[str]:
        """Names of the curves: "loss", then the terms."""
        return list(self.blocks[0].losses) if self.blocks else []

    def train(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(epochs, values) of a training curve, one point a block."""
        per_epoch = self.started.steps_per_epoch if self.started else 1
        blocks = self.blocks[:]
        return _points([b.step / per_epoch for b in blocks], [b.losses.get(name, np.nan) for b in blocks])

    def second(self, value: Callable[[EpochEnd], float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(epochs, values) of a figure of the validation or test split, one point an epoch."""
        ends = self.ends[:]
        return _points([end.epoch for end in ends], [value(end) for end in ends])

    def best(self) -> EpochEnd | None:
        """The last epoch whose weights were kept as the best."""
        return next((end for end in reversed(self.ends[:]) if end.best), None)


def thinned(snapshots: list[Snapshot]) -> list[Snapshot]:
    """At most 60: when there are more, every second is dropped; the first and the last stay."""
    if len(snapshots) <= KEPT_SNAPSHOTS:
        return snapshots
    return [*snapshots[:-1:2], snapshots[-1]]


def _points(x: list[float], y: list[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
