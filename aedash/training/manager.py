"""RunManager: the queue of a process. One a server; several browser sessions see the same runs through it."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from threading import Event as Signal
from threading import Thread

from aedash.atomic import Busy, held
from aedash.changes import changed
from aedash.config import RunConfig, vary
from aedash.events import RunState, StateChanged
from aedash.history import History, Run
from aedash.log import logged
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.database import sentences
from aedash.training.executors import make_executor
from aedash.training.executors.task import Executor
from aedash.training.extending import Joined, experiment_of, joined, last_save, lengthened
from aedash.training.housekeeping import keep_house
from aedash.training.joining import Begun, end_of, next_seed
from aedash.training.owners import Owners
from aedash.training.owning import ANYBODY, Who, check, check_here
from aedash.training.plan import Fork, Plan, gate, job_of
from aedash.training.preparing import Ready, prepared
from aedash.training.queue import Waiting
from aedash.training.recorder import Recorder
from aedash.training.room import Ask, Room
from aedash.training.worker import BUSY, Change, Command, Pause, Resume, Stop

ELSEWHERE = "Another process, an app or a sweep, runs this folder's queue: start runs there, or wait for its end."
GAVE_WAY = "Paused while others waited: its slot went to them, its weights are kept. To go on takes a turn again."
log = logging.getLogger("aedash")


class RunManager(Owners):
    """What a person can do: queues runs, starts them as slots become free, records what they tell."""

    def __init__(self, settings: Settings, executor: Executor | None = None) -> None:
        """Raises Refused when the runs folder cannot be written, or the Ray cluster of the settings be joined."""
        self._closing = Signal()
        self._threads: list[Thread] = []
        self._resting: set[str] = set()
        with ExitStack() as acquired:  # what fails gives back what was acquired before it
            super().__init__(Store(settings.runs_dir), settings.gallery_dir, settings)
            acquired.callback(self.store.close)
            self.disk = Room(self.store, settings, self._remove)
            self.schedules = self._takes_queue(acquired)
            self.executor = executor or make_executor(settings)
            self._held = acquired.pop_all()
        self._keep_house()

    # -- what a person can do

    def submit(self, config: RunConfig, preset: str = "", owner: str = "") -> str:
        """Queue a new run; returns its id. Raises Refused, and then nothing was created."""
        return self.submit_all([Plan(config, preset, owner=owner)])[0]

    def submit_or_join(self, plan: Plan) -> Begun:
        """The run that trains the plan's very config, or has trained it; queued now where there is none.

        However many ask at the same moment, one is made. Raises Refused, and then nothing was created.
        """
        gate(plan.config, self.settings)
        if begun := self.joined(plan):
            return begun
        try:
            with self._prepared([plan]) as ready, self._lock:
                return self.joined(plan) or Begun(self.run(self._publish(ready)[0]), True)
        except Refused:
            if begun := self.joined(plan):  # somebody was quicker, and took the last place
                return begun
            raise

    def submit_next(self, plan: Plan) -> str:
        """Queue the plan with the next seed that its config is not trained with yet; the new run's id.

        Raises Refused, and then nothing was created.
        """
        gate(plan.config, self.settings)
        with self._lock:
            config = vary(plan.config, "seed", next_seed(plan.config, self.alike))
            return self.submit_all([replace(plan, config=config)])[0]

    def replay(self, identifier: str, owner: str = "") -> str:
        """Queue a new run that repeats another one, every change at its step and with as many threads; its id."""
        run = self.run(identifier)
        return self.submit_all([Plan(run.config, run.preset, run.changes, run.threads, owner=owner)])[0]

    def submit_all(self, plans: Sequence[Plan], together: bool = False, needed: Collection[str] = ()) -> list[str]:
        """Queue new runs; their ids. Raises Refused, and whatever goes wrong, then none of them was created.

        together: they start at the same moment, however few slots there are. needed: ids of runs that may not give way
        to them.
        """
        for plan in plans:
            gate(plan.config, self.settings)
        with self._prepared(plans, together, needed) as ready, self._lock:
            return self._publish(ready, together)

    def resume(self, *identifiers: str, together: bool = False, who: Who = ANYBODY) -> None:
        """Wake paused runs, and queue the others to go on from their last save.

        together: they start at the same moment, however few slots there are. Raises Refused, and then none goes on.
        """
        read = {run.id: (run, joined(self.store, run)) for run in self.some(identifiers) if not run.state.alive}
        with self._lock:
            runs = [self.run(identifier) for identifier in identifiers]
            self.classroom.check_open([who.visitor])
            for run in runs:
                check(who, run, "go on with")
                self._check_resumable(run)
            waiting = [run for run in runs if run.state is not RunState.PAUSED]
            self._check_room([run.owner for run in waiting], together)
            self.disk.make([self.disk.ask(run) for run in waiting])
            known = {run.id: record for run, record in read.values() if run in waiting}  # else it went on meanwhile
            self._queue_again(waiting, known)
            if together:
                self._queue.tie(identifiers)
            for run in runs:
                if run.state is RunState.PAUSED:
                    self._send(run, Resume())
                    self._resting.discard(run.id)
            self._start_next()

    def extend(self, identifier: str, epochs: int, who: Who = ANYBODY, copy: bool = False) -> str:
        """Go on with a finished run to `epochs` in all, as if it had been asked for them from the start; the run's id.

        copy: the run stays as it is, and a copy of it goes on, which is theirs who ask; so does one that others joined,
        or that an experiment compares with others. Raises Refused, and then nothing has changed.
        """
        with self._lock:
            run = self.run(identifier)
            copy = copy or (self.settings.shared and bool(run.joined))
            if not copy:
                check(who, run, "go on with")
            self.classroom.check_open([who.visitor])
            longer = lengthened(run, self.history(run), epochs, self.settings)
            self._check_room([who.visitor if copy else run.owner])
            self._check_free(run)
            if not copy and not experiment_of(run, self.sweeps()):
                self.disk.make([self.disk.ask(longer)])
                self._queue_again([longer])
                self._start_next()
                return run.id
            fork = Fork(run, last_save(run, self.history(run)))
        return self.submit_all([Plan(longer.config, run.preset, run.changes, run.threads, fork, who.visitor)])[0]

    def pause(self, identifier: str, who: Who = ANYBODY) -> None:
        """Rest after the current block of steps; the run keeps its slot. Raises Refused for one that does not run, that
        is another's, or that others joined.
        """
        with self._lock:  # its end comes before the look, or finds what is noted here
            run = self.run(identifier)
            check(who, run, "pause", alone=True)
            if run.state not in (RunState.RUNNING, RunState.PAUSED):
                raise Refused(f"A {run.state} run cannot be paused.", "run", "running")
            self._send(run, Pause())
            self._resting.add(run.id)
            self._put_aside()

    def stop(self, identifier: str, who: Who = ANYBODY) -> bool:
        """End a run and keep its weights; one that still waits leaves the queue, and one that is over stays as it is.

        One that others joined passes to them instead, and goes on. Whether it ends. Raises Refused for another's.
        """
        with self._lock:
            run = self.run(identifier)
            check(who, run, "stop")
            if run.state.alive and not who.free and self.leave(run, who.visitor):
                return False
            if identifier in {each.run.id for each in self._queue.waiting}:
                event = StateChanged(RunState.STOPPED, end_of(run, who) or "Stopped before it began.")
                self.store.record(run, self._histories[identifier], event)
                self._queue.remove(identifier)
                self.news.tell(identifier)
                self._start_next()
            else:
                self._stop(run, who)
            return True

    def change(self, identifier: str, path: str, value: float, who: Who = ANYBODY) -> None:
        """From the next block of steps on, a number of the run's config has another value. Raises Refused."""
        run = self.run(identifier)
        check(who, run, "change", alone=True)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            raise Refused(f"A {run.state} run cannot be changed.", "run", "running, paused")
        changed(run.config, path, value)
        self._send(run, Change(path, value))

    def delete(self, identifier: str, who: Who = ANYBODY, together: str = "") -> bool:
        """Move a run that is over to the trash; one that others joined passes to them instead, and stays. Whether it
        is gone.

        together: as `Store.delete`. Raises Refused for one that is not over, and for another's.
        """
        with self._lock:  # no resume may come between the look and the deletion
            run = self.run(identifier)
            check(who, run, "delete")
            if run.state.alive:
                raise Refused(f"Stop the run before you delete it; it is {run.state}.", "run", "a run that is over")
            if not who.free and self.leave(run, who.visitor):
                return False
            self._check_recorded(run)
            self.store.delete(identifier, together)
            self._forget(identifier)
            return True

    def restore(self, *identifiers: str, who: Who = ANYBODY) -> None:
        """Bring back runs that were deleted a moment ago, as they were.

        Raises Refused for one that is not there or another's, and where they are more than their owner may keep.
        """
        with self._lock:
            runs = self.store.trash.runs(identifiers)
            for run in runs:
                check(who, run, "restore")
            if not who.free:
                self.disk.make_for_people([Ask(run.owner, run.bytes, run.id, "what you bring back") for run in runs])
            for run in runs:
                self.store.trash.put_back(run)
                self._forget(run.id)

    @contextmanager
    def room_for(self, ask: Ask) -> Iterator[None]:
        """Room for something that is no run of this queue, as `Room.make`, kept for it while the block writes it.

        Raises Refused.
        """
        with self._lock:
            reserved = self.disk.reserve([ask])
        try:
            yield
        finally:
            with self._lock:
                self.disk.release(reserved)

    def interrupt(self, timeout: float = 10.0) -> None:
        """End what runs so that it can be resumed, and start nothing more."""
        with self._lock:
            self.schedules = False
            for waiting in self._queue.waiting:
                self._give_up(waiting.run)
            self._queue.clear()
        self.executor.close(timeout)
        self._closing.set()
        for thread in self._threads:
            thread.join(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Interrupt what runs, and let go of the folder."""
        self.interrupt(timeout)
        self._held.close()

    # -- inside

    def _stop(self, run: Run, who: Who) -> None:
        if run.state.alive:  # several people may have pressed at once
            self._send(run, Stop(end_of(run, who)))
            self._stopping.add(run.id)
            self.news.tell(run.id)

    def _takes_queue(self, acquired: ExitStack) -> bool:
        """Whether the folder's queue is free, and now held; what an earlier server left waiting is interrupted."""
        try:
            with sentences():
                acquired.enter_context(held(self.settings.runs_dir / "scheduler.lock"))
        except Busy:
            return False
        for run in self.store.under_way():
            if run.state is RunState.QUEUED:
                self._give_up(run)
        return True

    def _keep_house(self) -> None:
        """Whoever has the folder's queue looks after the folder, too."""
        if self.schedules:
            self._begin(Thread(target=keep_house, args=(self.store, self._lock, self._closing), daemon=True))

    def _give_up(self, run: Run) -> None:
        """Nobody will start this run, but it can be resumed."""
        sentence = "The server ended before it began."
        with suppress(Refused):  # the next server does it
            self.store.update(replace(run, state=RunState.INTERRUPTED, sentence=sentence))

    def _check_room(self, owners: Sequence[str], together: bool = False) -> None:
        """Raises Refused unless a run of each of these may be queued here and now, as one request of each person.

        The process that had the queue may have ended since: then it is this one's.
        """
        if not self.schedules and not self._closing.is_set():
            self.schedules = self._takes_queue(self._held)
            self._keep_house()
        if not self.schedules:
            raise Refused(ELSEWHERE, "AEDASH_RUNS_DIR")
        if not self.settings.shared:
            self._queue.check_room(len(owners))
        else:
            for owner, count in Counter(owners).items():
                self._queue.check_room(count, owner, together)

    def _check_resumable(self, run: Run) -> None:
        """Raises Refused for a run that cannot go on, or that another process trains."""
        if run.state is RunState.PAUSED:
            check_here(run)
        else:
            run.check_resumable()
        self._check_free(run)

    def _check_free(self, run: Run) -> None:
        """Raises Refused for a run that another process trains, or whose end is not in the store."""
        if run.state is not RunState.PAUSED:
            self._check_recorded(run)
        if run.id not in self._queue.running:
            with sentences(), held(run.folder / "lock", tries=100):  # one that was killed this moment may still hold it
                pass

    def _check_recorded(self, run: Run) -> None:
        """Raises Refused for a run that is over, but not yet in the store."""
        if run.id in self._queue.running and self.store.run(run.id, self._mine()).state.alive:
            raise Refused("The run's end is not recorded yet: the runs folder cannot be written.", "run")

    # -- new runs, and those that go on

    @contextmanager
    def _prepared(self, plans: Sequence[Plan], together: bool = False, needed: Collection[str] = ()) -> Iterator[Ready]:
        """Folders and copies of runs to be, made while nobody waits; the room is theirs meanwhile.

        Who may not start them now is refused before anything is made.
        """
        asks = [plan.ask(self.settings) for plan in plans]
        with self._lock:
            self._check_start(plans, together)
            reserved = self.disk.reserve(asks, needed)
        try:
            with prepared(self.store, plans) as runs:
                yield Ready(runs, reserved)
        finally:
            with self._lock:
                self.disk.release(reserved)

    def _publish(self, ready: Ready, together: bool = False) -> list[str]:
        """Queue what is prepared, all or, whatever goes wrong, none; the ids. Called under the lock."""
        self._check_start([each.plan for each in ready.runs], together)  # others may have been quicker
        runs = self.store.making.publish([each.run for each in ready.runs])
        self.disk.release(ready.reserved)  # from now on their lines tell
        try:
            for run, each in zip(runs, ready.runs, strict=True):
                self._enqueue(run, each.history, each.plan.fork is not None, runs[0].id)
        except BaseException:
            self._take_back(runs)
            raise
        identifiers = [run.id for run in runs]
        if together:
            self._queue.tie(identifiers)
        self._start_next()
        return identifiers

    def _check_start(self, plans: Sequence[Plan], together: bool) -> None:
        """Raises Refused unless all of these may be queued here and now."""
        self.classroom.check_open(plan.owner for plan in plans)
        self._check_room([plan.owner for plan in plans], together)

    def _queue_again(self, runs: Sequence[Run], known: Mapping[str, Joined] | None = None) -> None:
        """Queue runs that go on, as one request: all or, where it cannot be written, none. known: {id: record}."""
        if not runs:
            return
        queued = [replace(run, state=RunState.QUEUED, sentence="") for run in runs]
        records = {run.id: (known or {}).get(run.id) or joined(self.store, run) for run in queued}
        self.store.update(*queued, ends={run: end for run, (_, end) in records.items() if end})
        for run in queued:
            self._enqueue(run, records[run.id][0], True, queued[0].id)

    def _remove(self, run: Run) -> None:
        self.store.trash.remove(run)
        self._forget(run.id)

    def _forget(self, identifier: str) -> None:
        """What is in memory of a run, which is gone, or back."""
        self._histories.pop(identifier, None)
        self.news.tell(identifier)

    def _take_back(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._queue.remove(run.id)
            with suppress(Refused):
                self._remove(run)

    def _enqueue(self, run: Run, history: History, resume: bool, request: str) -> None:
        history.state = StateChanged(RunState.QUEUED)
        self._histories[run.id] = history
        self._queue.add(run, job_of(run, history, self.settings, resume), request)

    def _start_next(self) -> None:
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            while self.schedules and (starting := self._queue.next()):
                for each in starting:
                    self._start(each)
                    self.news.tell(each.run.id)
            self._put_aside()
            self.news.tell(*(each.run.id for each in self._queue.waiting))  # each has another place in the queue

    def _put_aside(self) -> None:
        """On a shared server a run that rests gives its slot to another person who waits for it, one at a time."""
        resting, whose = self._resting & self._queue.running.keys(), self._queue.running.__getitem__
        if not self.settings.shared or self._stopping & self._queue.running.keys():
            return
        theirs = [[each for each in resting if whose(each) == person] for person in set(map(whose, resting))]
        given = next(filter(self._queue.wanted, theirs), [])
        for each in given:
            self.executor.send(each, Stop(GAVE_WAY))
        self._stopping.update(given)
        self.news.tell(*given)

    def _start(self, waiting: Waiting) -> None:
        run, job = waiting.run, waiting.job
        try:
            self.executor.submit(job)
        except Exception as error:
            self._queue.leave(run.id)
            sentence = f"The run could not be started; {logged(log, f'starting run {run.id}', error)}"
            with suppress(Refused):
                self.store.record(run, self._histories[run.id], StateChanged(RunState.FAILED, sentence))
            return
        self._begin(Thread(target=self._record, args=(run,), name=f"record-{run.id}", daemon=True))

    def _begin(self, thread: Thread) -> None:
        thread.start()
        self._threads.append(thread)

    def _record(self, run: Run) -> None:
        """Record the run to its end, then let go of it and start the next."""
        history = self._histories[run.id]
        try:
            Recorder(self.store, self.executor, self.news, self._closing).follow(run, history)
        finally:
            with self._lock:
                self.executor.forget(run.id)
                self._queue.leave(run.id)
                self._stopping.discard(run.id)
                self._resting.discard(run.id)
                if history.state == BUSY and self._histories.get(run.id) is history:
                    del self._histories[run.id]
                self._forget_old()
            self.news.tell(run.id)
            self._start_next()

    def _send(self, run: Run, command: Command) -> None:
        check_here(run)
        self.executor.send(run.id, command)
