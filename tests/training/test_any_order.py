"""Whatever people do to runs, in whatever order: every run is listed once, with its folder, and none hangs."""

import tempfile
from pathlib import Path
from queue import SimpleQueue

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from aedash.events import RunState, Started, StateChanged
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.folder import RUN_ID
from aedash.training.executors.task import Executor, Task
from aedash.training.manager import RunManager
from aedash.training.worker import Interrupt, Pause, Resume, Stop
from tests import fakes

SLOTS = 2
FINISH, DIE = "finish", "die"


class Puppet(Task):
    """A run that trains nothing and does what it is told."""

    def __init__(self, job):
        super().__init__(job)
        self.inbox = SimpleQueue()

    def told(self):
        yield StateChanged(RunState.RUNNING)
        yield Started(0, 10, "cpu", 1, 1)
        while True:
            match self.inbox.get():
                case Pause():
                    yield StateChanged(RunState.PAUSED)
                case Resume():
                    yield StateChanged(RunState.RUNNING)
                case Stop(sentence):
                    yield StateChanged(RunState.STOPPED, sentence)
                    return
                case Interrupt():
                    yield StateChanged(RunState.INTERRUPTED, "The process that trained it was stopped.")
                    return
                case "finish":
                    yield StateChanged(RunState.FINISHED)
                    return
                case "die":
                    return

    def send(self, command):
        self.inbox.put(command)

    def kill(self):
        self.send(DIE)


class Server(RuleBasedStateMachine):
    """A manager, and what must be true of its folder after each step. alive: ids of runs that wait, run or rest."""

    ids = Bundle("ids")

    @initialize()
    def opens(self):
        self.folder = tempfile.TemporaryDirectory()
        self.settings = Settings(
            runs_dir=Path(self.folder.name) / "runs",
            gallery_dir=Path(self.folder.name) / "gallery",
            max_concurrent_runs=SLOTS,
        )
        self.manager = RunManager(self.settings, Executor(Puppet))
        self.made = set()

    def teardown(self):
        self.manager.close(30)
        store = Store(self.settings.runs_dir)
        assert {run.id for run in store.runs()} == self.made
        assert not any(run.state.alive for run in store.runs())
        assert store.unreadable == {}
        store.close()
        self.folder.cleanup()

    def refused(self, act, *words):
        """Do it; the sentence with which it was refused, else empty. Anything else is not an answer."""
        try:
            act(*words)
        except Refused as refused:
            return str(refused)
        return ""

    @rule(target=ids, seed=st.integers(0, 9))
    def submit(self, seed):
        run = self.manager.submit(fakes.config(seed=seed))
        self.made.add(run)
        return run

    @rule(run=ids, act=st.sampled_from(["stop", "pause", "resume"]))
    def act(self, run, act):
        said = self.refused(getattr(self.manager, act), run)
        assert not said or said.endswith(".")
        self.settle(run)

    @rule(run=ids, end=st.sampled_from([FINISH, DIE]))
    def ends(self, run, end):
        if run in self.manager.executor._tasks:
            self.manager.executor.send(run, end)
            self.settle(run)

    @rule(run=ids)
    def delete(self, run):
        if not self.refused(self.manager.delete, run):
            self.made.discard(run)

    @rule(run=ids, name=st.text(max_size=20))
    def rename(self, run, name):
        self.refused(lambda: self.manager.label(run, name=name))

    def settle(self, run):
        """Wait until all that was said to the run is done and written."""
        tasks = self.manager.executor._tasks
        fakes.until(lambda: run not in tasks or (tasks[run].inbox.empty() and tasks[run].thread.is_alive()))

    @invariant()
    def all_is_listed_once_with_its_folder(self):
        runs = self.manager.runs()
        assert sorted(run.id for run in runs) == sorted(self.made)
        assert {path.name for path in self.settings.runs_dir.iterdir() if RUN_ID.fullmatch(path.name)} == self.made
        assert all((run.folder / "run.json").exists() for run in runs)
        assert len(self.manager._queue.running) <= SLOTS

    @invariant()
    def who_waits_has_a_place_of_its_own(self):
        places = [place for run in self.made if (place := self.manager.position(run))]
        assert sorted(places) == list(range(1, len(places) + 1))


Server.TestCase.settings = settings(
    max_examples=5, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
test_in_any_order = Server.TestCase
