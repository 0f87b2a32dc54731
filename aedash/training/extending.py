"""Extending: a finished run goes on for more epochs, to the same bits as if it had been asked for them from the start.

Training looks at no planned end: batches, streams and rates are functions of the step. Only the findings of the last
epoch know that it was the last one, so that they are judged anew.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from aedash import registry
from aedash.changes import Schedule
from aedash.config import ArchitectureConfig, DataInfo, RunConfig, vary
from aedash.data.image_data import Unavailable
from aedash.events import EpochEnd, References, RunState
from aedash.formatting import many
from aedash.history import History, Run
from aedash.models import trial
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.weights import about
from aedash.sweep import Sweep
from aedash.training.checkpoint import newest_save
from aedash.training.findings import findings
from aedash.training.plan import gate
from aedash.training.trainer import comparable

Joined = tuple[History, EpochEnd | None]


def lengthened(run: Run, history: History, epochs: int, settings: Settings) -> Run:
    """The run, with `epochs` in all in its config, once nothing stands in the way of training them.

    Raises Refused with one sentence: it is not over, it came with the app, it does not learn, it has as many already,
    there may not be so many, its images are gone, or the state at its end is.
    """
    if run.folder.parent != settings.runs_dir:
        raise Refused(f"{run.title} came with the app, trained and without its last state: train it anew.", "run")
    if run.state is not RunState.FINISHED:
        raise Refused(f"A {run.state} run cannot be given more epochs; only a finished one can.", "run", "finished")
    if run.uploaded:
        raise Refused("Its weights were uploaded without the state of a training: train its recipe anew.", "run")
    if not learns(run.config):
        raise Refused("It is found in closed form: more epochs change nothing.", "run")
    if epochs <= run.epochs_done:
        more = f"{run.epochs_done + 1} to {settings.max_epochs}"
        raise Refused(f"The run has {many(run.epochs_done, 'epoch')} already; ask for more.", "epochs", more)
    longer = replace(run, config=gate(vary(run.config, "epochs", epochs), settings))
    try:
        registry.datasets.get(run.config.data.name).check(settings.data_dir)
    except Unavailable as error:
        raise Refused(str(error), "data.name") from None
    last_save(run, history)
    return longer


def learns(config: RunConfig) -> bool:
    """Whether epochs move any weight; a model in closed form has none to move."""
    return _moves(config.architecture, registry.datasets.get(config.data.name).info)


@lru_cache(maxsize=64)
def _moves(architecture: ArchitectureConfig, info: DataInfo) -> bool:
    return any(weight.requires_grad for weight in trial(architecture, info).parameters())


def last_save(run: Run, history: History) -> Path:
    """The save from which a run goes on. Raises Refused where it was removed, or is damaged."""
    wrong = "damaged"
    with suppress(ValueError):
        save = newest_save(run.folder, (run.epochs_done, history.step))
        if save and about(save):
            return save
        wrong = "damaged" if save else "removed"
    raise Refused(f"Its last state was {wrong}, so it cannot go on; train it anew with more epochs.", "run")


def record_to_join(store: Store, run: Run) -> History:
    """What happened in a run that goes on, as `joined`, which is judged so in the store, too.

    Raises Refused where that cannot be written.
    """
    history, end = joined(store, run)
    if end:
        store.judge(run, end)
    return history


def joined(store: Store, run: Run) -> Joined:
    """(what happened in a run that goes on, its last epoch where it is judged anew: it is not the last any more)."""
    history = store.history(run)
    if history.started and history.ends and history.ends[-1].epoch < run.config.epochs:
        end = _judged(run, history.ends, history.references, history.started.steps_per_epoch)
        if end != history.ends[-1]:
            history.ends[-1] = end
            return history, end
    return history, None


def _judged(run: Run, ends: Sequence[EpochEnd], references: References | None, per_epoch: int) -> EpochEnd:
    """The last of these epochs, with what is said of it in a run of this length."""
    schedule = Schedule(run.config, run.changes)
    alike = comparable(ends, schedule.at, per_epoch)
    return replace(alike[-1], findings=findings(alike, references, schedule.at(alike[-1].step - 1)))


def experiment_of(run: Run, sweeps: Iterable[Sweep]) -> Sweep | None:
    """The newest experiment that compares this run with others of its length; None where none does."""
    return next((sweep for sweep in sweeps if run.id in sweep.runs), None)
