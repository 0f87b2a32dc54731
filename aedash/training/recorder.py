"""Recording: one thread a run pulls what the run tells and appends it to memory and store, until the run ends."""

import logging
from dataclasses import dataclass, replace
from threading import Event as Signal

from aedash.events import Event, RunState, StateChanged
from aedash.history import History, Run
from aedash.log import logged
from aedash.registry import Refused
from aedash.store import Store
from aedash.training.executors.task import Executor
from aedash.training.news import News
from aedash.training.worker import BUSY, REMOVED, Interrupt

WAIT_SECONDS = 0.5
RETRY_SECONDS = 1.0
CLOSED = StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
log = logging.getLogger("aedash")


@dataclass(frozen=True)
class Recorder:
    """The one writer of a run. news: is told of every change. closing: nobody waits for a store any more.

    store: where it is recorded; executor: where it trains.
    """

    store: Store
    executor: Executor
    news: News
    closing: Signal

    def follow(self, run: Run, history: History) -> None:
        """Record the run until it ends; training goes on while the store cannot be written.

        Called in a thread of its own. run: its line as it stands; history: what pages look at meanwhile. Raises
        nothing: what cannot be recorded ends the run.
        """
        seen, over = 0, False
        try:
            while not over:
                told = self.executor.events(run.id, seen, WAIT_SECONDS)
                for event in told:
                    run, seen = self._record(run, history, event, seen), seen + 1
                    over = isinstance(event, StateChanged) and not event.state.alive
                if told:
                    self.news.tell(run.id)
        except _Lost as lost:
            self._give_up(run, history, lost.end)
        except BaseException as error:
            sentence = f"The run could not be recorded; {logged(log, f'recording run {run.id}', error)}"
            self._give_up(run, history, StateChanged(RunState.FAILED, sentence))
        finally:
            self.news.tell(run.id)

    def _record(self, run: Run, history: History, event: Event, seen: int) -> Run:
        """Write the event down, as soon as that can be done; the run's new line. seen: those before it."""
        if event == BUSY:  # another process trains it, and writes its line
            history.append(event)
            return run
        late = False
        while True:
            try:
                return self.store.record(run, history, event)
            except Refused as error:  # a full disk, an index that another process locks: it may pass
                if not run.folder.exists():
                    raise _Lost(REMOVED) from None
                if not late:
                    log.warning("run %s cannot be recorded yet: %s", run.id, error)
                late = True
            states = [each for each in self.executor.events(run.id, seen) if isinstance(each, StateChanged)]
            if states:
                history.state = states[-1]  # people see it now, other processes once it is written
                self.news.tell(run.id)
            if self.closing.wait(RETRY_SECONDS):
                raise _Lost(CLOSED)

    def _give_up(self, run: Run, history: History, end: StateChanged) -> None:
        """End the run in memory, at its executor, and, if that can be done, in the store."""
        if history.state.state.alive:
            history.append(end)
        self.news.tell(run.id)
        self.executor.send(run.id, Interrupt())
        self.executor.join(run.id)
        try:
            self.store.update(replace(run, state=history.state.state, sentence=history.state.sentence))
        except Refused:
            log.warning("run %s: its end cannot be recorded", run.id)


class _Lost(Exception):
    """Nothing more can be recorded; `end` is how the run ends."""

    def __init__(self, end: StateChanged) -> None:
        super().__init__(end.sentence)
        self.end = end
