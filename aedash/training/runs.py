"""RunManager: the queue of a process. One a server; several browser sessions see the same runs through it."""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Condition, RLock, Thread
from threading import Event as Signal
from typing import NamedTuple

from aedash import registry
from aedash.atomic import Busy, held
from aedash.changes import changed
from aedash.config import RunConfig, check
from aedash.events import Changed, RunState, StateChanged
from aedash.history import KEPT_HISTORIES, History, Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.gallery import pretrained, read_history
from aedash.training.checkpoint import branch_state
from aedash.training.executors import make_executor
from aedash.training.executors.base import Executor
from aedash.training.limits import fits
from aedash.training.recorder import Recorder
from aedash.training.worker import BUSY, Change, Command, Job, Pause, Resume, Stop

ELSEWHERE = "Another process, an app or a sweep, runs this folder's queue: start runs there, or wait for its end."
log = logging.getLogger("aedash")


def gate(config: RunConfig, settings: Settings) -> RunConfig:
    """All gates, before anything is queued. Raises Refused with one sentence."""
    info = registry.datasets.get(config.data.name).info
    if config.epochs > settings.max_epochs:
        allowed = f"1 to {settings.max_epochs:,}"
        raise Refused(f"Epochs must be {allowed} here; got {config.epochs:,}.", "epochs", allowed)
    return fits(check(config, info), info, settings.max_gigabytes)


def threads_for(config: RunConfig, settings: Settings) -> int:
    """The run's own wish, else the setting, else its share of the cores."""
    return config.threads or settings.threads or max(1, (os.cpu_count() or 1) // settings.max_concurrent_runs)


def job_of(run: Run, history: History, settings: Settings, resume: bool) -> Job:
    """What a worker needs to train the run, or to go on with it."""
    return Job(
        run=run.id,
        config=run.config,
        folder=run.folder,
        data_root=settings.data_dir,
        device=settings.device,
        threads=run.threads or threads_for(run.config, settings),
        resume=resume,
        past=tuple(history.ends),
        recorded=history.step,
        changes=run.changes,
    )


@contextmanager
def writing() -> Iterator[None]:
    """Raises Refused, in a sentence, where the runs folder cannot be written."""
    try:
        yield
    except OSError as error:
        why = error.strerror or "disk error"
        raise Refused(f"The runs folder cannot be written ({why}).", "AEDASH_RUNS_DIR", "a writable folder") from None


@dataclass(frozen=True)
class Fork:
    """Where a run begins that goes on from another one: at one of its kept states."""

    run: Run
    state: Path


@dataclass(frozen=True)
class Plan:
    """A run to be: its config, the changes to be put in force on the way, and what it goes on from, if anything."""

    config: RunConfig
    preset: str = ""
    changes: tuple[Changed, ...] = ()
    threads: int = 0
    fork: Fork | None = None


class _Waiting(NamedTuple):
    """A run in the queue: its line and its job."""

    run: Run
    job: Job


class RunManager:
    """Queues runs, starts them as slots become free, records what they tell."""

    def __init__(self, settings: Settings, executor: Executor | None = None) -> None:
        """Raises Refused when the runs folder cannot be written, or the Ray cluster of the settings be joined."""
        self.settings = settings
        self._lock = RLock()
        self._news = Condition()
        self._closing = Signal()
        self._queue: deque[_Waiting] = deque()
        self._running: dict[str, Run] = {}
        self._histories: dict[str, History] = {}
        self._together: dict[str, frozenset[str]] = {}
        self._recorders: list[Thread] = []
        self._past = lru_cache(maxsize=KEPT_HISTORIES)(self._ended_history)
        with ExitStack() as acquired:  # what fails gives back what was acquired before it
            with writing():
                self.store = Store(settings.runs_dir)
                acquired.callback(self.store.close)
                self.schedules = self._takes_queue(acquired)
            self.executor = executor or make_executor(settings)
            self._held = acquired.pop_all()

    # -- what a person can do

    def submit(self, config: RunConfig, preset: str = "") -> str:
        """Queue a new run; returns its id. Raises Refused, and then nothing was created."""
        return self.submit_all([Plan(config, preset)])[0]

    def replay(self, identifier: str) -> str:
        """Queue a new run that repeats another one, every change at its step and with as many threads; its id."""
        run = self.run(identifier)
        return self.submit_all([Plan(run.config, run.preset, run.changes, run.threads)])[0]

    def submit_all(self, plans: Sequence[Plan], together: bool = False) -> list[str]:
        """Queue new runs; their ids. Raises Refused, and whatever goes wrong, then none of them was created.

        together: they start at the same moment, however few slots there are.
        """
        for plan in plans:
            gate(plan.config, self.settings)
        created: list[Run] = []
        with self._lock, writing():
            self._make_room(len(plans))
            try:
                for plan in plans:
                    created.append(self.store.create(plan.config, plan.preset, plan.changes, plan.threads))
                    if plan.fork:
                        created[-1] = self._branch(plan.fork, created[-1])
                for run, plan in zip(created, plans, strict=True):
                    self._enqueue(
                        run, self.store.history(run) if plan.fork else History(), resume=plan.fork is not None
                    )
            except BaseException:
                self._take_back(created)
                raise
            identifiers = [run.id for run in created]
            self._tie(identifiers if together else ())
            self._start_next()
        return identifiers

    def resume(self, *identifiers: str, together: bool = False) -> None:
        """Wake paused runs, and queue the others to go on from their last save.

        together: they start at the same moment, however few slots there are. Raises Refused, and then none goes on.
        """
        with self._lock, writing():
            runs = [self.run(identifier) for identifier in identifiers]
            for run in runs:
                self._check_resumable(run)
            waiting = [run for run in runs if run.state is not RunState.PAUSED]
            self._make_room(len(waiting))
            self._tie(identifiers if together else ())
            try:
                for run in runs:
                    if run.state is RunState.PAUSED:
                        self._send(run, Resume())
                    else:
                        self._enqueue(run, self.store.history(run), resume=True)
            finally:
                self._start_next()

    def pause(self, identifier: str) -> None:
        """Rest after the current block of steps; the run keeps its slot. Raises Refused for one that does not run."""
        run = self.run(identifier)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            raise Refused(f"A {run.state} run cannot be paused.", "run", "running")
        self._send(run, Pause())

    def stop(self, identifier: str) -> None:
        """End a run and keep its weights; one that still waits leaves the queue."""
        with self._lock, writing():
            waiting = next((each for each in self._queue if each.run.id == identifier), None)
            if waiting is None:
                self._send(self.run(identifier), Stop())
                return
            event = StateChanged(RunState.STOPPED, "Stopped before it began.")
            self.store.record(waiting.run, self._histories[identifier], event)
            self._queue.remove(waiting)
            self._start_next()

    def change(self, identifier: str, path: str, value: float) -> None:
        """From the next block of steps on, a number of the run's config has another value. Raises Refused."""
        run = self.run(identifier)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            raise Refused(f"A {run.state} run cannot be changed.", "run", "running, paused")
        changed(run.config, path, value)
        self._send(run, Change(path, value))

    def delete(self, identifier: str) -> None:
        """Remove a run that is over."""
        with self._lock, writing():  # no resume may come between the look and the deletion
            run = self.run(identifier)
            if run.state.alive:
                raise Refused(f"Stop the run before you delete it; it is {run.state}.", "run", "a run that is over")
            self._check_recorded(run)
            self.store.delete(identifier)
            self._histories.pop(identifier, None)

    # -- what pages read

    def runs(self) -> list[Run]:
        """All runs of the folder, newest first; `own` tells whether this process can steer them."""
        with self._lock:
            mine = self._mine()
            return [self._current(run, mine) for run in self.store.runs(mine)]

    def run(self, identifier: str) -> Run:
        """Raises Refused when there is none of that id."""
        for kept in self.gallery().values():
            if kept.id == identifier:
                return kept
        with self._lock:
            mine = self._mine()
            return self._current(self.store.run(identifier, mine), mine)

    def gallery(self) -> dict[str, Run]:
        """{preset: run} of the trained runs that come with the app."""
        return pretrained(self.settings.gallery_dir)

    def history(self, run: Run) -> History:
        """What happened in the run; read from the store when another process trains or trained it."""
        if run.folder.parent == self.settings.gallery_dir:
            return read_history(run.folder)
        with self._lock:
            if run.id in self._histories:
                return self._histories[run.id]
        return self.store.history(run) if run.state.alive else self._past(run.id, run.state, run.images)

    @property
    def room(self) -> int:
        """How many more runs may be submitted now."""
        with self._lock:
            free = self.settings.max_concurrent_runs - len(self._running)
            return max(0, self.settings.max_queued_runs - len(self._queue)) + max(0, free)

    def position(self, identifier: str) -> int:
        """Place in the queue, 1 is next; 0 when it does not wait."""
        with self._lock:
            waiting = [each.run.id for each in self._queue]
        return waiting.index(identifier) + 1 if identifier in waiting else 0

    def wait(self, identifier: str, until: Callable[[History], bool], timeout: float) -> bool:
        """Wait for something to have happened in a run of this process; False when it did not in `timeout` seconds."""
        with self._lock:
            history = self._histories.get(identifier) or self.history(self.run(identifier))
        with self._news:
            return self._news.wait_for(lambda: until(history), timeout)

    def interrupt(self, timeout: float = 10.0) -> None:
        """End what runs so that it can be resumed, and start nothing more."""
        with self._lock:
            self.schedules = False
            for waiting in self._queue:
                self._give_up(waiting.run)
            self._queue.clear()
        self.executor.close(timeout)
        self._closing.set()
        for recorder in self._recorders:
            recorder.join(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Interrupt what runs, and let go of the folder."""
        self.interrupt(timeout)
        self._held.close()

    # -- inside

    def _takes_queue(self, acquired: ExitStack) -> bool:
        """Whether the folder's queue is free, and now held; what an earlier server left waiting is interrupted."""
        try:
            acquired.enter_context(held(self.settings.runs_dir / "scheduler.lock"))
        except Busy:
            return False
        for run in self.store.runs():
            if run.state is RunState.QUEUED:
                self._give_up(run)
        return True

    def _give_up(self, run: Run) -> None:
        """Nobody will start this run, but it can be resumed."""
        sentence = "The server ended before it began."
        with suppress(Refused):  # the next server does it
            self.store.update(replace(run, state=RunState.INTERRUPTED, sentence=sentence))

    def _mine(self) -> set[str]:
        """Ids of the runs that this manager starts, trains, or has not yet recorded to their end."""
        return {*self._running, *(each.run.id for each in self._queue)}

    def _current(self, run: Run, mine: set[str]) -> Run:
        """The run with `own`, and in the state that is known here, should the store not have been writable."""
        if run.id in self._running and run.id in self._histories:
            now = self._histories[run.id].state
            if not now.state.alive:
                run = replace(run, state=now.state, sentence=now.sentence)
        return replace(run, own=run.id in mine or not run.state.alive)

    def _make_room(self, count: int) -> None:
        """Raises Refused unless so many runs may be queued here and now."""
        if not self.schedules:
            raise Refused(ELSEWHERE, "AEDASH_RUNS_DIR")
        if count > self.room:
            waiting = len(self._queue)
            full = f"The queue is full ({waiting} run{'s wait' if waiting != 1 else ' waits'})."
            several = f"{count} runs are to be queued; there is room for {self.room}."
            raise Refused(full if count == 1 else several, "max_queued_runs")

    def _check_resumable(self, run: Run) -> None:
        """Raises Refused for a run that cannot go on, or that another process trains."""
        if run.state is not RunState.PAUSED:
            run.check_resumable()
            self._check_recorded(run)
        if run.id not in self._running:
            with held(run.folder / "lock", tries=100):  # one that was killed this moment may still hold it
                pass

    def _check_recorded(self, run: Run) -> None:
        """Raises Refused for a run that is over, but not yet in the store."""
        if run.id in self._running and self.store.run(run.id, self._mine()).state.alive:
            raise Refused("The run's end is not recorded yet: the runs folder cannot be written.", "run")

    def _tie(self, identifiers: Iterable[str]) -> None:
        """Let these start at the same moment."""
        group = frozenset(identifiers)
        self._together |= dict.fromkeys(group, group)

    def _branch(self, fork: Fork, run: Run) -> Run:
        """Give a new run the state, the record and, if it has them by then, the best weights of the one it leaves."""
        epoch, step = branch_state(fork.state, fork.run.folder / "best.safetensors", run.folder)
        self.store.branch(fork.run, run, step)
        return replace(run, epochs_done=epoch)

    def _take_back(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._queue = deque(each for each in self._queue if each.run.id != run.id)
            self._histories.pop(run.id, None)
            with suppress(Refused):
                self.store.delete(run.id)

    def _enqueue(self, run: Run, history: History, resume: bool) -> None:
        queued = replace(run, state=RunState.QUEUED, sentence="")
        if resume:
            self.store.update(queued)
        history.state = StateChanged(RunState.QUEUED)
        self._histories[run.id] = history
        self._queue.append(_Waiting(queued, job_of(run, history, self.settings, resume)))

    def _start_next(self) -> None:
        with self._lock:
            self._recorders = [thread for thread in self._recorders if thread.is_alive()]
            while self.schedules and len(self._running) < self.settings.max_concurrent_runs:
                # a run that was resumed at once waits until its last end is recorded
                first = next((each for each in self._queue if each.run.id not in self._running), None)
                if first is None:
                    break
                group = self._together.get(first.run.id, {first.run.id})
                for each in [e for e in self._queue if e.run.id in group and e.run.id not in self._running]:
                    self._queue.remove(each)
                    self._start(each)

    def _start(self, waiting: _Waiting) -> None:
        run, job = replace(waiting.run, figures={}), waiting.job  # those of an earlier stop are not of what comes now
        try:
            self.executor.submit(job)
        except Exception:
            log.exception("starting run %s", run.id)
            sentence = "The run could not be started; the log file has the details."
            with suppress(Refused):
                self.store.record(run, self._histories[run.id], StateChanged(RunState.FAILED, sentence))
            return
        self._running[run.id] = run
        recorder = Thread(target=self._record, args=(run,), name=f"record-{run.id}", daemon=True)
        self._recorders.append(recorder)
        recorder.start()

    def _record(self, run: Run) -> None:
        """Record the run to its end, then let go of it and start the next."""
        history = self._histories[run.id]
        try:
            Recorder(self.store, self.executor, self._news, self._closing).follow(run, history)
        finally:
            with self._lock:
                self.executor.forget(run.id)
                self._running.pop(run.id, None)
                self._together.pop(run.id, None)
                if history.state == BUSY and self._histories.get(run.id) is history:
                    del self._histories[run.id]
                self._forget_old_histories()
            with self._news:
                self._news.notify_all()
            self._start_next()

    def _ended_history(self, identifier: str, state: RunState, images: int) -> History:
        """For the cache: a run goes by its id, and by what a resume changes."""
        return self.store.history(self.store.run(identifier))

    def _forget_old_histories(self) -> None:
        """Ended runs beyond the last few are read from the store again when someone asks."""
        ended = [i for i, history in self._histories.items() if not history.state.state.alive]
        for identifier in ended[:-KEPT_HISTORIES]:
            del self._histories[identifier]

    def _send(self, run: Run, command: Command) -> None:
        if not run.own:
            raise Refused("This run belongs to another process; it can be steered only there.", "run")
        self.executor.send(run.id, command)
