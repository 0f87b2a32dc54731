"""The worker: one run from its job to its last event, on the side of the boundary where tensors live.

It draws from the trainer, writes checkpoints, and obeys commands between two events. Whatever goes wrong becomes the
run's last event, with one sentence for people and the traceback in the log.
"""

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter

import torch
from safetensors import SafetensorError

from aedash.analysis.metrics import evaluate
from aedash.atomic import Busy, held, sweep
from aedash.changes import Schedule, noted
from aedash.config import RunConfig, check
from aedash.data.image_data import ImageData, Unavailable, images_of
from aedash.events import Changed, EpochEnd, Event, Figures, RunState, Started, StateChanged, StepBlock
from aedash.log import logged
from aedash.registry import Refused
from aedash.store.weights import load_weights, save_weights
from aedash.training.checkpoint import (
    KEEP_EPOCHS,
    KEPT_STATES,
    Carried,
    Place,
    Tail,
    TrainState,
    keep,
    keep_best,
    kept_states,
    load_state,
    newest_save,
    save_state,
    tail_of,
)
from aedash.training.device import Backend, backend, check_same, choose
from aedash.training.memory import kept
from aedash.training.threads import fastest
from aedash.training.trainer import Diverged, fit

SAVE_SECONDS = 30.0
log = logging.getLogger("aedash")


@dataclass(frozen=True)
class Job:
    """Plain data, to be pickled to wherever it runs: what to train, where, and whether to go on from
    `last.safetensors`.

    run: its id; folder: of the run; data_root: of the data sets; device, tf32: as `device.choose` takes them; threads:
    of torch; fewer: whether less of them may be taken where that trains faster. past: epochs already done. recorded:
    the last step in the run's record; what a save knows behind it is told again. numbered: how many states of every
    tenth epoch are kept at most. changes: of the config, each to be put in force at its step. backend: on which it was
    trained so far, unknown of one that was not. most_seconds: after which it is stopped and kept, unless it has trained
    its last epoch; spent: of these already.
    """

    run: str
    config: RunConfig
    folder: Path
    data_root: Path
    device: str = "auto"
    threads: int = 1
    fewer: bool = False
    resume: bool = False
    past: tuple[EpochEnd, ...] = ()
    recorded: int = 0
    numbered: int = KEPT_STATES
    changes: tuple[Changed, ...] = ()
    tf32: bool = False
    backend: Backend = field(default_factory=Backend)
    most_seconds: float = inf
    spent: float = 0.0


@dataclass(frozen=True)
class Pause:
    """Rest until Resume; the state is saved first."""


@dataclass(frozen=True)
class Resume:
    """Go on after Pause."""


@dataclass(frozen=True)
class Stop:
    """End here, keep and judge the weights so far. Unlike Interrupt it takes an evaluation.

    sentence: why, for people.
    """

    sentence: str = ""


@dataclass(frozen=True)
class Interrupt:
    """The process is about to end: save, and end at once, without figures."""


@dataclass(frozen=True)
class Change:
    """From the next block on, this number of the config has this value; which ones may change: `aedash.changes`."""

    path: str
    value: float


def stopped_after(seconds: float) -> str:
    """What is said of a run that has had the time that it may have.

    >>> stopped_after(900.0)
    'Stopped after 900 s of training, the limit of this server; its weights are kept. To go on takes a turn again.'
    """
    kept = "the limit of this server; its weights are kept. To go on takes a turn again."
    return f"Stopped after {seconds:g} s of training, {kept}"


BUSY = StateChanged(RunState.FAILED, "This run is being trained by another process.")
REMOVED = StateChanged(RunState.FAILED, "The run's folder was removed while it trained.")
Command = Pause | Resume | Stop | Interrupt | Change
Inbox = SimpleQueue[Command]


def work(job: Job, inbox: Inbox) -> Iterator[Event]:
    """Train the job and yield every event, the last one being a StateChanged to the state in which the run ends.

    inbox: commands, obeyed between two events. The run's lock is held meanwhile. An error is the last event, see
    `ended_by`. Closing the generator ends the run where it is.
    """
    end: list[Event] = []  # told once the lock is free: who hears of it may go on with the run, or delete it
    try:
        with held(job.folder / "lock", tries=100), kept():
            sweep(job.folder, but="run.json")  # parts of files that a killed one left; people may be writing a label
            torch.set_num_threads(job.threads)
            yield StateChanged(RunState.RUNNING)
            for event in _Worker(job, inbox).events():
                if isinstance(event, StateChanged) and not event.state.alive:
                    end.append(event)
                else:
                    yield event
        yield from end
    except Busy:
        yield BUSY
    except Exception as error:
        yield ended_by(error, job)


def ended_by(error: BaseException, job: Job) -> StateChanged:
    """The end of a run that an error ended, in one sentence; what people cannot mend goes to the log as it is.

    Diverged: its finding; Refused, Unavailable: their own sentence; no memory, a disk that fails: said so; a folder
    that is gone: that it was removed.
    """
    match error:
        case Diverged():
            finding = error.finding(kept=max(kept_states(job.folder), default=None))
            return StateChanged(RunState.FAILED, f"{finding.headline} {finding.detail}")
        case Refused() | Unavailable():
            return StateChanged(RunState.FAILED, str(error))
    if not job.folder.exists():
        return REMOVED
    sentence = f"Training failed with {type(error).__name__}; {logged(log, f'run {job.run}', error)}"
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in str(error):
        sentence = "Out of memory: a smaller batch size or a smaller model needs less."
    elif isinstance(error, OSError):
        sentence = f"The run folder could not be written: {error.strerror or 'disk error'}."
    return StateChanged(RunState.FAILED, sentence)


class _Worker:
    """What one run needs while it is under way."""

    def __init__(self, job: Job, inbox: Inbox) -> None:
        self.job, self.inbox = job, inbox
        self.device = choose(job.device, job.tf32)
        check_same(job.backend, backend(self.device))
        self.data: ImageData = images_of(job.config.data, job.data_root).to(self.device)
        check(job.config, self.data.info)
        self.state = TrainState.fresh(job.config, self.data.info, self.device)
        self.saved, self.tail = perf_counter(), Tail()
        self.spent = job.spent
        self.again: list[Carried] = []
        if job.resume:
            self._load()
        changes = [event for event in self.again if isinstance(event, Changed)]
        self.schedule = Schedule(job.config, reduce(noted, changes, job.changes))

    @property
    def recorded(self) -> Place:
        """Where the record ends."""
        return (self.job.past[-1].epoch if self.job.past else 0), self.job.recorded

    def _load(self) -> None:
        """Take up the newest save that leaves no hole behind the record; none: begin anew."""
        try:
            save = newest_save(self.job.folder, self.recorded)
            if save is None:
                return
            load_state(self.state, save)
            self.again = tail_of(save).behind(self.recorded)
            self.tail = Tail(min(self.recorded, (self.state.epoch, self.state.step)), self.again)
            if not self.best.exists():  # of a fork, whose parent has found better weights since and kept only those
                self.state.best = None
        except (SafetensorError, KeyError, ValueError):
            raise Refused("The run's last save is damaged, so it cannot go on; train it again.", "run") from None
        except RuntimeError:
            sentence = f"The run was trained on another kind of device than {self.device.type}; go on with it there."
            raise Refused(sentence, "device") from None

    @property
    def last(self) -> Path:
        return self.job.folder / "last.safetensors"

    @property
    def best(self) -> Path:
        return self.job.folder / "best.safetensors"

    def events(self) -> Iterator[Event]:
        end: Stop | Interrupt | None = None
        past = [one for one in self.job.past if one.step <= self.state.step]  # the last one may not have been saved
        past += [event for event in self.again if isinstance(event, EpochEnd)]
        if self.job.fewer and self.device.type == "cpu" and self.job.threads > 1:
            torch.set_num_threads(fastest(self.job.config, self.data, self.job.threads))
        began = perf_counter()
        training = fit(self.data, self.state, self.job.config, lambda step: self.schedule.at(step), past)
        for event in training:
            if isinstance(event, Started) and self.again:
                yield replace(event, step=self.job.recorded)
                yield from self.again
            else:
                yield event
            if not (self.job.folder / "lock").exists():  # the folder may be there: writing a picture makes it
                yield REMOVED
                return
            self._note(event)
            self._save_if_due(event)
            self.spent += perf_counter() - began
            if end := ((yield from self._obey()) or self._at_limit(event)):
                break
            began = perf_counter()  # a pause takes nothing of what it may train
        training.close()
        if isinstance(end, Interrupt):
            yield StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
            return
        if self._ends_unjudged():
            self._save_best()
        state, sentence = (RunState.STOPPED, end.sentence) if end else (RunState.FINISHED, "")
        yield StateChanged(state, sentence, self._final_figures())

    def _save_if_due(self, event: Event) -> None:
        if isinstance(event, EpochEnd) and event.best:
            self._save_best()
        if isinstance(event, EpochEnd) or perf_counter() - self.saved > SAVE_SECONDS:
            self._save()
        if isinstance(event, EpochEnd) and event.epoch % KEEP_EPOCHS == 0:
            keep(self.last, event.epoch, self.job.numbered)
        if isinstance(event, EpochEnd) and event.best:
            keep_best(self.last)

    def _note(self, event: Event) -> None:
        """What was told last goes into the next save, whose record may be behind it."""
        if isinstance(event, Carried):
            self.tail.add(event)

    def _save(self) -> None:
        save_state(self.state, self.last, self.tail)
        self.saved = perf_counter()

    def _save_best(self) -> None:
        save_weights(self.state.model, self.best, {"epoch": self.state.epoch, "step": self.state.step})

    def _ends_unjudged(self) -> bool:
        """Whether the weights of this moment are the ones to keep: no epoch was judged yet, or none decides."""
        held_out = "validation" in self.data.splits(self.job.config.data.validation)
        return self.state.best is None or (self.state.images > 0 and not held_out)

    def _obey(self) -> Generator[Event, None, Stop | Interrupt | None]:
        """Carry out what waits in the inbox; rest while paused. Returns the command to end, None to go on."""
        paused = False
        while True:
            try:
                command = self.inbox.get(block=paused)
            except Empty:
                return None
            match command:
                case Stop() | Interrupt():
                    self._save()
                    return command
                case Pause() if not paused:
                    self._save()
                    paused = True
                    yield StateChanged(RunState.PAUSED)
                case Resume() if paused:
                    yield StateChanged(RunState.RUNNING)
                    paused = False
                case Change(path, value) if self.state.epoch < self.job.config.epochs:
                    yield from self._change(Changed(self.state.step, path, value))

    def _at_limit(self, event: Event) -> Stop | None:
        """The command to end of a run that has had the time that it may have; each time it comes some steps further."""
        trained = isinstance(event, StepBlock) and self.state.epoch < self.job.config.epochs
        if self.spent < self.job.most_seconds or not trained:
            return None
        self._save()
        return Stop(stopped_after(self.job.most_seconds))

    def _change(self, change: Changed) -> Iterator[Event]:
        """Put it in force and tell of it. Nonsense is left out: whoever sent it was told why."""
        try:
            self.schedule = Schedule(self.job.config, noted(self.schedule.changes, change))
        except Refused:
            return
        yield change
        self._note(change)

    def _final_figures(self) -> dict[str, Figures]:
        """Exact figures of the best weights on the test images and, where some are held out, on those."""
        load_weights(self.state.model, self.best)
        config = self.schedule.at(self.state.step - 1)  # as of the last step
        splits = self.data.splits(config.data.validation)
        scaling = self.data.scaling(config.data.scaling)
        wanted = [name for name in ("validation", "test") if name in splits]
        return {name: evaluate(self.state.model, splits[name], config, scaling) for name in wanted}
