"""Again: the model that a run was at a step whose weights it did not keep, by training to there once more."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path

import numpy as np
import torch

from aedash.analysis.metrics import clean_batches
from aedash.analysis.projection import codes
from aedash.analysis.snapshots import Probe
from aedash.analysis.trained import Trained
from aedash.changes import Schedule
from aedash.config import RunConfig
from aedash.data.image_data import ImageData, images_of
from aedash.events import Snapshot
from aedash.formatting import number
from aedash.history import History, Run
from aedash.models import build
from aedash.registry import Refused
from aedash.training.checkpoint import TrainState
from aedash.training.memory import kept
from aedash.training.trainer import Diverged, blocks

MOST_SECONDS = 60.0
CPU = torch.device("cpu")


@dataclass(frozen=True, eq=False)
class Again:
    """trained: the model as it was after `step` steps, to be asked as the best weights are.

    difference: of its codes from those that the run recorded there, root mean square along the directions that were
    kept, as a share of the spread along them; 0 where each is the recorded number. nbytes: of its weights.
    """

    step: int
    trained: Trained
    difference: float
    nbytes: int


def seconds(run: Run, history: History, step: int) -> float:
    """What training to that step takes at the pace that the run had itself; infinite where that is not known."""
    rate = history.rate()
    return step * run.config.optimizer.batch_size / rate if rate else inf * step if step else 0.0


def obstacle(run: Run, history: History, step: int) -> str:
    """Why a run is not trained again up to that step, in a sentence; empty where it can be."""
    device = history.started.device if history.started else ""
    if device != "cpu":
        return f"Its weights cannot be had again here: the run was trained on {device.upper() or 'an unknown device'}."
    expected = seconds(run, history, step)
    if expected > MOST_SECONDS:
        told = f"about {number(expected / 60)} minutes" if expected < inf else "an unknown time"
        return f"To train to step {step:,} again would take {told}; at most {MOST_SECONDS:.0f} s are spent on it."
    return ""


def weights_at(
    run: Run, history: History, snapshot: Snapshot, data_root: Path, progress: Callable[[float], None]
) -> Again:
    """The run's model at a recorded moment, trained from the run's beginning on this thread, with every change that was
    made on the way; the run's folder is neither read nor written.

    A fork and a run that was resumed come out the same, since their config and changes say all that was done. The bits
    are those of the run where it trained on as many threads as this one has. progress: is told after each block which
    share is done, 0..1; what it raises ends the work. Raises Refused as `obstacle` says, and where the run's numbers
    were not finite there, Unavailable without its images.
    """
    if why := obstacle(run, history, snapshot.step):
        raise Refused(why, "view-weights")
    config, data = run.config, images_of(run.config.data, data_root)
    scaling = data.scaling(config.data.scaling)
    try:
        with kept():
            state = trained_to(snapshot.step, config, Schedule(config, history.changes), data, progress)
    except Diverged:
        raise Refused("The run's numbers were not finite any more at this moment.", "view-weights") from None
    difference = _apart(Probe(data, config, scaling).look(state.model, snapshot.step), snapshot)
    if not np.isfinite(difference):
        raise Refused("The codes of this moment are not finite: the run had diverged.", "view-weights")
    model = build(config.architecture, data.info, config.seed)  # the trained one holds gradients and moments, too
    model.load_state_dict(state.model.state_dict())
    size = sum(each.nbytes for each in model.state_dict().values())
    return Again(snapshot.step, Trained(config, model.eval().requires_grad_(False), data, scaling), difference, size)


def trained_to(
    step: int, config: RunConfig, schedule: Schedule, data: ImageData, progress: Callable[[float], None]
) -> TrainState:
    """The state after exactly `step` steps of `trainer.fit`, on the CPU; its epoch's sums are left at 0.

    Nothing that `fit` does beside the steps moves a weight or a generator: it evaluates and looks by fixed streams.
    """
    train, scaling = data.splits(config.data.validation)["train"], data.scaling(config.data.scaling)
    state, per_epoch = TrainState.fresh(config, data.info, CPU), ceil(len(train) / config.optimizer.batch_size)
    end = config.model_copy()  # another object: a block ends where the config changes

    def live(at: int) -> RunConfig:
        return schedule.at(at) if at < step else end

    if step:  # the first look at a run is before
        state.model.solve(batch.target for batch in clean_batches(train, scaling, state.model.chunk))
    while state.step < step:
        for _ in blocks(train, state, live, scaling, per_epoch):
            progress(state.step / step)
            if state.step == step:
                break
        state.epoch = state.step // per_epoch
    return state


def _apart(now: Snapshot, recorded: Snapshot) -> float:
    """How far the codes of two looks at the same images are apart, see `Again.difference`.

    A model that comes with the app has kept fewer images, and fewer directions of them, than a run does.
    """
    one, other = codes(now)[: len(recorded.scores)], codes(recorded)
    axes = recorded.components.astype(np.float32).T
    off, spread = ((each @ axes).astype(np.float64) for each in (one - other, other - other.mean(0)))
    apart = float(np.linalg.norm(off))
    return apart and apart / (float(np.linalg.norm(spread)) or 1.0)
