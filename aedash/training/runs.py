"""RunManager: the queue of a process. One a server; several browser sessions see the same runs through it."""

import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from pathlib import Path
from threading import Condition, RLock, Thread

from aedash import registry
from aedash.changes import changed
from aedash.config import RunConfig, check
from aedash.events import Changed, RunState, StateChanged
from aedash.history import KEPT_HISTORIES, History, Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store, files
from aedash.store.gallery import pretrained, read_history
from aedash.store.weights import about
from aedash.training.executors import make_executor
from aedash.training.executors.base import Executor
from aedash.training.limits import fits
from aedash.training.worker import Change, Command, Interrupt, Job, Pause, Resume, Stop

WAIT_SECONDS = 0.5
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


class RunManager:
    """Queues runs, starts them as slots become free, records what they tell."""

    def __init__(self, settings: Settings, executor: Executor | None = None) -> None:
        """Raises Refused when the runs folder cannot be written, or the Ray cluster of the settings be joined."""
        self.settings = settings
        self.executor = executor or make_executor(settings)
        self.store = Store(settings.runs_dir)
        self._lock = RLock()
        self._news = Condition()
        self._queue: deque[Job] = deque()
        self._running: dict[str, Run] = {}
        self._histories: dict[str, History] = {}
        self._together: dict[str, frozenset[str]] = {}
        self._recorders: list[Thread] = []
        self._held = ExitStack()
        try:
            self._held.enter_context(files.held(settings.runs_dir / "scheduler.lock"))
            self.schedules = True
            self._give_up_queue()
        except files.Busy:
            self.schedules = False
        self._past = lru_cache(maxsize=KEPT_HISTORIES)(self._ended_history)

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
        with self._lock:
            self._refuse_if_closed()
            try:
                for plan in plans:
                    created.append(self.store.create(plan.config, plan.preset, plan.changes, plan.threads))
                    if plan.fork:
                        created[-1] = self._branch(plan.fork, created[-1])
                for run, plan in zip(created, plans, strict=True):
                    self._enqueue(run, resume=plan.fork is not None)
            except BaseException:
                self._take_back(created)
                raise
            identifiers = [run.id for run in created]
            self._tie(identifiers if together else ())
            self._start_next()
        return identifiers

    def resume(self, *identifiers: str, together: bool = False) -> None:
        """Wake paused runs, and queue interrupted, stopped or failed ones to go on from their last save.

        together: they start at the same moment, however few slots there are. Raises Refused.
        """
        with self._lock:
            self._tie(identifiers if together else ())
            for run in map(self.run, identifiers):
                if run.state is RunState.PAUSED:
                    self._send(run, Resume())
                elif run.state in (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED):
                    self._refuse_if_closed()
                    self._enqueue(run, resume=True)
                else:
                    allowed = "paused, interrupted, stopped, failed"
                    raise Refused(f"A {run.state} run cannot be resumed.", "run", allowed)
            self._start_next()

    def pause(self, identifier: str) -> None:
        """Rest after the current block of steps; the run keeps its slot."""
        self._send(self.run(identifier), Pause())

    def stop(self, identifier: str) -> None:
        """End a run and keep its weights; one that still waits leaves the queue."""
        with self._lock:
            waiting = [job for job in self._queue if job.run == identifier]
            for job in waiting:
                self._queue.remove(job)
                event = StateChanged(RunState.STOPPED, "Stopped before it began.")
                self.store.record(self.store.run(identifier), self._histories[identifier], event)
        if not waiting:
            self._send(self.run(identifier), Stop())

    def change(self, identifier: str, path: str, value: float) -> None:
        """From the next block of steps on, a number of the run's config has another value. Raises Refused."""
        run = self.run(identifier)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            raise Refused(f"A {run.state} run cannot be changed.", "run", "running, paused")
        changed(run.config, path, value)
        self._send(run, Change(path, value))

    def delete(self, identifier: str) -> None:
        """Remove a run that is over."""
        with self._lock:  # no resume may come between the look and the deletion
            run = self.run(identifier)
            if run.state.alive:
                raise Refused(f"Stop the run before you delete it; it is {run.state}.", "run", "a run that is over")
            self.store.delete(identifier)
            self._histories.pop(identifier, None)

    # -- what pages read

    def runs(self) -> list[Run]:
        """All runs of the folder, newest first; `own` tells whether this process can steer them."""
        with self._lock:
            mine = self._mine()
            return [replace(run, own=not run.state.alive or run.id in mine) for run in self.store.runs(mine)]

    def run(self, identifier: str) -> Run:
        """Raises Refused when there is none of that id."""
        for kept in self.gallery().values():
            if kept.id == identifier:
                return kept
        with self._lock:
            mine = self._mine()
            run = self.store.run(identifier, mine)
        return replace(run, own=run.id in mine or not run.state.alive)

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
            waiting = [job.run for job in self._queue]
        return waiting.index(identifier) + 1 if identifier in waiting else 0

    def wait(self, identifier: str, until: Callable[[History], bool], timeout: float) -> bool:
        """Wait for something to have happened in a run of this process; False when it did not in `timeout` seconds."""
        with self._lock:
            history = self._histories.get(identifier) or self.history(self.run(identifier))
        with self._news:
            return self._news.wait_for(lambda: until(history), timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Interrupt what runs, so that it can be resumed, and let go of the folder."""
        with self._lock:
            self.schedules = False
            self._queue.clear()
        self.executor.close(timeout)
        for recorder in self._recorders:
            recorder.join(timeout)
        self.store.close()
        self._held.close()

    # -- inside

    def _give_up_queue(self) -> None:
        """Runs that an earlier server left waiting are interrupted: nobody will start them, but each can be resumed."""
        for run in self.store.runs():
            if run.state is RunState.QUEUED:
                sentence = "The server ended before it began."
                self.store.update(replace(run, state=RunState.INTERRUPTED, sentence=sentence))

    def _mine(self) -> set[str]:
        """Ids of the runs that this manager starts, trains, or has not yet recorded to their end."""
        return {*self._running, *(job.run for job in self._queue)}

    def _refuse_if_closed(self) -> None:
        if not self.schedules:
            raise Refused("Another aedash server runs this folder's queue; start runs there.", "AEDASH_RUNS_DIR")
        if len(self._queue) >= self.settings.max_queued_runs:
            raise Refused(f"The queue is full ({self.settings.max_queued_runs} runs wait).", "max_queued_runs")

    def _tie(self, identifiers: Iterable[str]) -> None:
        """Let these start at the same moment."""
        group = frozenset(identifiers)
        self._together |= dict.fromkeys(group, group)

    def _branch(self, fork: Fork, run: Run) -> Run:
        """Give a new run the state, the record and, if it has them by then, the best weights of the one it leaves."""
        place = about(fork.state)
        shutil.copyfile(fork.state, run.folder / "last.safetensors")
        best = fork.run.folder / "best.safetensors"
        if about(best).get("step", inf) <= place["step"]:
            shutil.copyfile(best, run.folder / best.name)
        self.store.branch(fork.run, run, place["step"])
        return replace(run, epochs_done=place["epoch"])

    def _take_back(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._queue = deque(job for job in self._queue if job.run != run.id)
            self._histories.pop(run.id, None)
            with suppress(Refused, OSError):
                self.store.delete(run.id)

    def _enqueue(self, run: Run, resume: bool) -> None:
        history = self.store.history(run)
        job = Job(
            run=run.id,
            config=run.config,
            folder=run.folder,
            data_root=self.settings.data_dir,
            device=self.settings.device,
            threads=run.threads or threads_for(run.config, self.settings),
            resume=resume,
            past=tuple(history.ends),
            changes=run.changes,
        )
        self.store.update(replace(run, state=RunState.QUEUED, sentence=""))
        history.state = StateChanged(RunState.QUEUED)
        self._histories[run.id] = history
        self._queue.append(job)

    def _start_next(self) -> None:
        with self._lock:
            self._recorders = [thread for thread in self._recorders if thread.is_alive()]
            while self.schedules and len(self._running) < self.settings.max_concurrent_runs:
                # a run that was resumed at once waits until its last end is recorded
                job = next((job for job in self._queue if job.run not in self._running), None)
                if job is None:
                    break
                group = self._together.get(job.run, {job.run})
                for each in [each for each in self._queue if each.run in group and each.run not in self._running]:
                    self._start(each)

    def _start(self, job: Job) -> None:
        self._queue.remove(job)
        self._running[job.run] = self.store.run(job.run)
        try:
            self.executor.submit(job)
        except Exception:
            log.exception("starting run %s", job.run)
            sentence = "The run could not be started; the log file has the details."
            run = self._running.pop(job.run)
            self.store.record(run, self._histories[job.run], StateChanged(RunState.FAILED, sentence))
            return
        recorder = Thread(target=self._record, args=(job.run,), name=f"record-{job.run}", daemon=True)
        self._recorders.append(recorder)
        recorder.start()

    def _record(self, identifier: str) -> None:
        """The one writer of a run: pull its events, append them to memory and store, until it ends."""
        run, history, seen = self._running[identifier], self._histories[identifier], 0
        try:
            while history.state.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
                for event in self.executor.events(identifier, seen, WAIT_SECONDS):
                    run, seen = self.store.record(run, history, event), seen + 1
                with self._news:
                    self._news.notify_all()
        except Exception:
            log.exception("recording run %s", identifier)
            history.append(
                StateChanged(RunState.FAILED, "The run could not be recorded; the log file has the details.")
            )
            self.executor.send(identifier, Interrupt())
            self.executor.join(identifier)
        finally:
            with self._lock:
                self.executor.forget(identifier)
                self._running.pop(identifier, None)
                self._together.pop(identifier, None)
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
