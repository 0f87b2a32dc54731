"""The trainer: a generator that trains and yields what happened. It knows no thread, no disk and no Streamlit.

Whoever draws from it decides: to pause is not to call next, to stop is to close it, to save is to write the TrainState,
which is consistent whenever the generator is at rest.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from math import ceil, isfinite, prod
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor

from aedash.analysis.baselines import references
from aedash.analysis.metrics import clean_batches, evaluate
from aedash.analysis.snapshots import Probe
from aedash.config import RunConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Batch, Drawer, ImageData, Scaling, Split
from aedash.data.streams import stream
from aedash.events import EpochEnd, Event, Finding, References, Snapshot, Started, StepBlock
from aedash.history import EARLY, KEPT_SNAPSHOTS
from aedash.models.base import parameters
from aedash.objectives import objective
from aedash.training.checkpoint import TrainState
from aedash.training.device import backend
from aedash.training.findings import diverged, findings

BLOCK_SECONDS = 0.05
SNAPSHOT_SECONDS = 0.25
SNAPSHOT_SHARE = 0.02  # of the time at most, however costly a snapshot is

Live = Callable[[int], RunConfig]


class Diverged(ArithmeticError):
    """A loss, a weight, a gradient or a moment of the optimiser is not finite.

    epoch: those done before; step: the last one taken; losses: {term: mean} of the block in which it was seen.
    """

    def __init__(self, epoch: int, step: int, config: RunConfig, losses: dict[str, float]) -> None:
        super().__init__(f"at step {step}")
        self.epoch, self.step, self.config, self.losses = epoch, step, config, losses

    def finding(self, kept: int | None = None) -> Finding:
        """The same for people. kept: the last epoch whose state is kept, if any."""
        return diverged(self.epoch, self.step, self.config, self.losses, kept)


def fit(
    data: ImageData, state: TrainState, config: RunConfig, live: Live | None = None, past: Sequence[EpochEnd] = ()
) -> Generator[Event]:
    """Train from `state` to the config's last epoch, and yield what happened; the state is moved on in place.

    Raises Diverged where a number is not finite any more.

    data: on the state's device. past: epochs before a resume, by which findings are judged. live: the config in force
    at a step; learning rate, weights and corruption are read from it at each block and never captured, so that a run
    can be changed while it runs, and replayed. None: nothing changes.

    Started comes first, then Probes and a Snapshot; each epoch is StepBlocks, with Snapshots between them, and an
    EpochEnd; References follow the first block.
    """
    live = live or (lambda step: config)
    scaling, splits = data.scaling(config.data.scaling), data.splits(config.data.validation)
    train, watched = splits["train"], splits.get("validation", splits["test"])
    per_epoch = ceil(len(train) / config.optimizer.batch_size)
    where = backend(train.images.device)
    size = parameters(state.model)
    yield Started(state.step, per_epoch, where.device, torch.get_num_threads(), size, where.precision)
    probe, pace = Probe(data, config, scaling), Pace()
    yield probe.probes()
    yield pace.look(probe, state)
    if state.step == 0:
        state.model.solve(batch.target for batch in clean_batches(train, scaling, state.model.chunk))
    lines: References | None = None
    ends = comparable(past, live, per_epoch)
    while state.epoch < config.epochs:
        for block in blocks(train, state, live, scaling, per_epoch):
            add(state, block)
            yield block
            if pace.due(state.step):
                yield pace.look(probe, state)
            if lines is None:  # after the first point: the curve need not wait for them
                lines = references(data, config, prod(state.model.latent_shape))
                yield lines
        if state.epoch == 0:
            yield pace.look(probe, state)  # the map's axes are those of the first epoch's end
        if judged_anew(state.step, live, per_epoch):
            state.best, ends = None, []
        judged = live(state.step - 1)  # as the last step was trained: what is changed from here on is the next epoch's
        ends.append(end_epoch(state, watched, judged, scaling, "validation" in splits))
        ends[-1] = replace(ends[-1], findings=findings(ends, lines, judged))
        yield ends[-1]
    yield pace.look(probe, state)


def judged_anew(step: int, live: Live, per_epoch: int) -> bool:
    """Whether the epoch that ends at `step` is judged by another sum than the one before: they do not compare.

    per_epoch: steps in one.
    """
    before, now = live(step - per_epoch - 1), live(step - 1)
    return (before.objective, before.corruption) != (now.objective, now.corruption)


def comparable(ends: Sequence[EpochEnd], live: Live, per_epoch: int) -> list[EpochEnd]:
    """The last of these epochs, as far back as all were judged by the same sum; live, per_epoch: as in
    `judged_anew`.
    """
    anew = [i for i, end in enumerate(ends) if judged_anew(end.step, live, per_epoch)]
    return list(ends[anew[-1] if anew else 0 :])


def end_epoch(state: TrainState, watched: Split, config: RunConfig, scaling: Scaling, held_out: bool) -> EpochEnd:
    """Evaluate, and move the state to the next epoch. Without held-out images the best weights are the last ones.

    watched: the validation split where images are held out, else the test images. Raises Diverged where its loss is not
    finite.
    """
    began = perf_counter()
    figures = evaluate(state.model, watched, config, scaling)
    seconds = perf_counter() - began
    if not isfinite(figures.loss):
        raise Diverged(state.epoch, state.step, config, {"loss": figures.loss, **figures.terms})
    means = {name: total / state.images for name, total in state.sums.items()}
    state.epoch, state.sums, state.images = state.epoch + 1, {}, 0
    best = not held_out or state.best is None or figures.loss < state.best
    state.best = figures.loss if best else state.best
    split: Literal["validation", "test"] = "validation" if held_out else "test"
    return EpochEnd(state.epoch, state.step, split, means, figures, best, seconds=seconds)


def blocks(train: Split, state: TrainState, live: Live, scaling: Scaling, per_epoch: int) -> Iterator[StepBlock]:
    """The rest of the state's epoch, a block each 50 ms or so. Losses stay on the device and come back once a block.

    per_epoch: steps in one. Raises Diverged at the end of the block in which it happened.
    """
    size = live(state.step).optimizer.batch_size
    order = epoch_order(len(train), live(state.step), state.epoch).to(train.images.device)
    drawer = Drawer(train, scaling)
    while state.step < (state.epoch + 1) * per_epoch:
        config, began = live(state.step), perf_counter()
        state.optimizer.learning_rate = config.optimizer.learning_rate
        told: list[dict[str, Tensor]] = []
        counts: list[int] = []
        full = False
        while not full:
            place = state.step % per_epoch
            batch = drawer.draw(order[place * size : (place + 1) * size])
            noisy = corrupt(batch.target, config.corruption, scaling.levels, state.streams["corruption"])
            told.append(train_step(state, batch._replace(input=noisy), config))
            counts.append(len(noisy))
            state.step += 1
            # where the config changes, too: a change holds from its step on, and a replay is exact
            full = _block_is_full(state, per_epoch, began) or live(state.step) is not config
        yield _block(state, config, told, counts, began)


def epoch_order(count: int, config: RunConfig, epoch: int) -> Tensor:
    """(count,) int64 on the CPU: the images in the order of that epoch, a function of (seed, epoch) alone.

    >>> plain = RunConfig(optimizer={"shuffle": False})
    >>> epoch_order(3, plain, epoch=0).tolist()
    [0, 1, 2]
    """
    if not config.optimizer.shuffle:
        return torch.arange(count)
    return torch.randperm(count, generator=stream(config.seed, f"order/{epoch}"))


def train_step(state: TrainState, batch: Batch, config: RunConfig) -> dict[str, Tensor]:
    """One step of the optimiser, Adam: {term: scalar}, as `steps.Step` gives it. No value leaves the device."""
    return state.step_on(config.objective)(batch)


def _block_is_full(state: TrainState, per_epoch: int, began: float) -> bool:
    """The last batch of an epoch is a block of its own at any pace, because some sources published its loss."""
    last_batch = state.step % per_epoch in (0, per_epoch - 1)  # begins or ends
    return state.step in EARLY or last_batch or perf_counter() - began > BLOCK_SECONDS


def _block(
    state: TrainState, config: RunConfig, told: list[dict[str, Tensor]], counts: list[int], began: float
) -> StepBlock:
    """The steps of a block as one, whose losses are means over images."""
    values = torch.stack([value for step in told for value in step.values()]).view(len(told), -1)
    weights = torch.tensor(counts, dtype=values.dtype, device=values.device)
    means = (weights @ values / weights.sum()).tolist()
    terms = dict(zip(told[-1], means, strict=True))
    found = {"loss": float(objective.weighted(config.objective, terms)), **terms}
    if not all(isfinite(value) for value in (*found.values(), state.optimizer.largest())):
        # the loss alone does not tell: it is of the weights before, and a weight whose moment is infinite never moves
        raise Diverged(state.epoch, state.step, config, found)
    seconds = perf_counter() - began  # now: the values above have waited for the device
    return StepBlock(state.step, found, sum(counts), seconds)


def add(state: TrainState, block: StepBlock) -> None:
    """Count a block's losses towards the mean of the epoch, weighted by its images."""
    state.sums = {name: state.sums.get(name, 0.0) + value * block.images for name, value in block.losses.items()}
    state.images += block.images


class Pace:
    """When to take a snapshot: at the early steps, then evenly in time, half as often each time the record is thinned.

    At most 2 % of the time is spent on them, however costly one is.
    """

    def __init__(self) -> None:
        self.early, self.timed = 0, 0
        self.interval = SNAPSHOT_SECONDS
        self.last = perf_counter()

    def due(self, step: int) -> bool:
        """Whether one should be taken now, after `step` steps."""
        return step in EARLY or perf_counter() - self.last >= self.interval

    def look(self, probe: Probe, state: TrainState) -> Snapshot:
        """Take one now, and note what it cost: the next is due once that is 2 % of the time since."""
        began = perf_counter()
        snapshot = probe.look(state.model, state.step)
        self.last = perf_counter()
        if state.step in EARLY:
            self.early += 1
        else:
            self.timed += 1
        if self.early + self.timed == KEPT_SNAPSHOTS:  # as `history.thinned` does
            self.timed, self.interval = self.timed // 2, self.interval * 2
        self.interval = max(self.interval, (self.last - began) / SNAPSHOT_SHARE)
        return snapshot
