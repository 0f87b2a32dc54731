"""What a training run tells: frozen events that hold numbers and numpy arrays only, so that they cross any boundary."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
DIVERGED = "Diverged"  # begins the sentence of a run whose numbers are not finite any more, in every folder so far
UPLOADED = "Uploaded weights"  # begins the sentence of a run whose weights came as a file
COLOURS = 3  # of a picture in colour, its last axis: (..., H, W, 3) instead of (..., H, W)
NO_EXHIBIT: Bytes = np.zeros((0, 0, 1, 1), np.uint8)


class RunState(StrEnum):
    """Where a run is. Nothing else exists: collapsed, overfitting or diverged are findings.

    QUEUED waits for a slot; FINISHED trained all its epochs; STOPPED ended early by a person; FAILED by an error;
    INTERRUPTED with its process.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def alive(self) -> bool:
        """True while the run may still change by itself: queued, running or paused."""
        return self in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)

    @property
    def resumable(self) -> bool:
        """True when such a run can go on from its last save.

        One that diverged would diverge again: see `Run.resumable`.

        >>> [state.value for state in RunState if state.resumable]
        ['stopped', 'failed', 'interrupted']
        """
        return self in (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED)


@dataclass(frozen=True)
class Started:
    """Training begins (again). `step` > 0 after a resume: what was recorded behind it is void.

    device: "cpu", "cuda" or "mps"; threads: of torch on the CPU; parameters: numbers in the model; precision:
    of products, "float32" or "tf32".
    """

    step: int
    steps_per_epoch: int
    device: str
    threads: int
    parameters: int
    precision: str = "float32"


@dataclass(frozen=True)
class StepBlock:
    """Losses of the steps since the last block, means over their images; "loss" is the sum that is minimised.

    step: done by its end, over all epochs; losses: {term: mean}, unweighted; images: seen in it; seconds: in training
    steps.
    """

    step: int
    losses: dict[str, float]
    images: int
    seconds: float


@dataclass(frozen=True)
class Figures:
    """Exact figures on one split. Units: see `analysis.metrics.evaluate`.

    None stands for what is not measured, or has no meaning there: mse_corrupted where nothing corrupts the input,
    dead_channels (dead, all) of a flat code. measures: what only this model or objective has, {what is measured:
    value}.
    """

    loss: float
    mse: float
    terms: dict[str, float]
    mse_corrupted: float | None = None
    code_size: int | None = None
    code_units: int | None = None
    dead_channels: tuple[int, int] | None = None
    output_variation: float | None = None
    output_mean: float | None = None
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def task_mse(self) -> float:
        """MSE per pixel on [0, 1] at what the run is trained for: from noisy input where it is spoilt, else from clean.

        >>> Figures(loss=1.0, mse=0.02, terms={}, mse_corrupted=0.05).task_mse
        0.05
        """
        return self.mse if self.mse_corrupted is None else self.mse_corrupted


@dataclass(frozen=True)
class Finding:
    """Something worth saying in plain words, with the measured number behind it.

    kind: a word for tests and icons; headline: one sentence; detail: cause and cure, one to three. bad: the result is
    lost; warn: it will be, or suffers; info: good to know.
    """

    kind: str
    severity: Literal["info", "warn", "bad", "good"]
    headline: str
    detail: str


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is over and judged.

    epoch: done by now, from 1; step: over all epochs; train: mean of the epoch's steps by term, "loss" first; figures:
    of the watched split; best: whether its loss is the lowest so far, or decides without held-out images. findings:
    what is true of the run at this moment. seconds: what the evaluation took.
    """

    epoch: int
    step: int
    split: Literal["validation", "test"]
    train: dict[str, float]
    figures: Figures
    best: bool
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Probes:
    """The fixed test images of a run, told once. originals, inputs (corrupted): (10, H, W) uint8; shown: their rows.

    images: (N, H, W) uint8 and labels: (N,) of the latent map. Those in colour are (..., H, W, 3).
    """

    originals: Bytes
    inputs: Bytes
    shown: NDArray[np.int64]
    images: Bytes
    labels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the fixed test images look like at one step, for the time machine.

    scores: (N, K), nan where a code is not finite, and components: (K, latent), centre: (latent,) give the codes:
    scores @ components + centre; float16 where that is exact enough.
    reconstructions, samples: (n, H, W) uint8; mse: (n,) per pixel of each reconstruction.
    exhibit: (rows, columns, H, W) uint8, what only this model can show, or empty. In colour as `Probes`.
    """

    step: int
    scores: Floats
    components: Floats
    centre: Floats
    reconstructions: Bytes
    samples: Bytes
    mse: Floats
    exhibit: Bytes = field(default_factory=lambda: NO_EXHIBIT)


MEAN_IMAGE = "mean image"


@dataclass(frozen=True)
class Reference:
    """A horizontal line in the loss chart, in the unit of the reconstruction term. floor: nothing gets below it."""

    label: str
    value: float
    kind: Literal["floor", "baseline"]


def _by_split(mse: Any) -> Any:
    """An older record holds {name: MSE} of one split, and of what its output layer could express: not to be trusted."""
    flat = isinstance(mse, dict) and any(isinstance(value, int | float) for value in mse.values())
    return {} if flat else mse


@dataclass(frozen=True)
class References:
    """The reference lines of a run, once they are computed.

    mse: {split: {name: MSE per pixel on [0, 1]}}, of the watched split and of the test images: the real mean image and
    the real PCA, not clipped, whatever the run's pixels and output layer are. Any two compare, and with `Figures`.
    pca: {split: the same of PCA with 0, 1, ... numbers, up to all pixels}; empty in an older record.
    """

    lines: tuple[Reference, ...]
    mse: Annotated[dict[str, dict[str, float]], BeforeValidator(_by_split)] = field(default_factory=dict)
    pca: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def mean_image(self, split: str) -> float | None:
        """MSE of showing the mean of the training images for everything, on that split; None where it is not known."""
        return self.mse.get(split, {}).get(MEAN_IMAGE)


@dataclass(frozen=True)
class StateChanged:
    """The run is in another state; `sentence` says why, for people.

    figures: {split: of the best weights}, with the end of a run that kept some; else empty.
    """

    state: RunState
    sentence: str = ""
    figures: dict[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True)
class Changed:
    """A person moved a number of the config: from the step that follows `step` steps on, `path` has this value.

    path: one of `changes.changeable`.
    """

    step: int
    path: str
    value: float


Event = Started | Probes | StepBlock | EpochEnd | Snapshot | References | StateChanged | Changed
