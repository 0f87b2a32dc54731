"""A server without pages that is killed in the midst of its work, and does the rest the next time.

A helper imports everything once and forks one for each line. It says {"run": id} of each run as it is told to be there,
{"run", "step", "epochs", "place"} as it is recorded, {"pair": [id, id of its repetition]}, {"fault": sentence}, and
{"done": true} at its end.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from aedash.config import parse, vary
from aedash.events import RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.sweep import Axis, sweep
from aedash.training import sweeps, twins
from aedash.training.executors import nursery
from aedash.training.executors.line import Line
from aedash.training.manager import RunManager
from aedash.training.plan import gate

RATE = "optimizer.learning_rate"
EPOCHS = 6
SMALL = {
    "data": {"name": "digits"},
    "architecture": {"name": "dense", "widths": [16], "latent": 4, "variational": True},
    "objective": ["reconstruction", {"name": "kl", "weight": 0.5}],
    "corruption": {"name": "gaussian", "sigma": 0.3},
    "optimizer": {"batch_size": 16},
    "epochs": EPOCHS,
    "threads": 1,
}


@dataclass(frozen=True)
class Work:
    """scenario: of `SCENARIOS`; executor: thread or process; folder: of the runs; seed: of the first run's weights."""

    scenario: str
    executor: str
    folder: str
    seed: int = 0


def one(manager: RunManager, work: Work) -> None:
    """A run from its start to its end."""
    if not manager.runs():
        manager.submit(vary(parse(SMALL), "seed", work.seed))
    _finish(manager)


def changed(manager: RunManager, work: Work) -> None:
    """A run whose learning rate is changed on the way."""
    if not manager.runs():
        manager.submit(vary(parse(SMALL), "seed", work.seed))
    [run] = manager.runs()
    _go_on(manager, [run])
    manager.news.wait_for(lambda: manager.history(run).step >= 100 or not _here(manager, run), 60)
    if not manager.run(run.id).changes:
        with suppress(Refused):  # it is at its end
            manager.change(run.id, RATE, 0.004)
    _finish(manager)


def fork(manager: RunManager, work: Work) -> None:
    """Two runs that part from a finished one after its third epoch, side by side."""
    if not manager.runs():
        manager.submit(vary(parse(SMALL), "seed", work.seed))
    _finish(manager)
    if not manager.sweeps():
        twins.fork(manager, manager.runs()[-1], 3, RATE, 0.004, EPOCHS)
    _finish(manager)


def group(manager: RunManager, work: Work) -> None:
    """A sweep of two rates and two seeds, two runs at once."""
    if not manager.sweeps():
        axes = [Axis(path=RATE, values=(0.001, 0.01))]
        sweeps.start(manager, sweep(name="rates", base=vary(parse(SMALL), "seed", work.seed), axes=axes, seeds=2))
    _finish(manager)


def extended(manager: RunManager, work: Work) -> None:
    """A finished run that is given as many epochs again."""
    one(manager, work)
    [run] = manager.runs()
    if run.config.epochs == EPOCHS:
        manager.extend(run.id, 2 * EPOCHS)
    _finish(manager)


SCENARIOS: dict[str, Callable[[RunManager, Work], None]] = {
    "run": one,
    "changed": changed,
    "fork": fork,
    "sweep": group,
    "extended": extended,
}


def repeated(manager: RunManager, tell: Callable[[dict[str, Any]], None]) -> None:
    """Train every run anew, undisturbed, its changes at their steps: what must have come out of it, bit for bit."""
    for run in manager.runs():
        again = manager.replay(run.id)
        tell({"pair": [run.id, again]})
    _finish(manager)


def _here(manager: RunManager, run: Run) -> bool:
    return manager.run(run.id).state.alive


def _go_on(manager: RunManager, runs: Iterable[Run]) -> None:
    for run in runs:
        if run.state.resumable:
            with suppress(Refused):  # another look may have come first
                manager.resume(run.id)


def _finish(manager: RunManager) -> None:
    """Go on with whatever was broken off, until all are finished. Raises Refused where one has failed."""
    while left := [run for run in manager.runs() if run.state is not RunState.FINISHED]:
        lost = next((run for run in left if run.state is RunState.FAILED), None)
        if lost:
            raise Refused(f"Run {lost.id} failed: {lost.sentence}")
        _go_on(manager, left)
        manager.news.wait_for(lambda: False, 0.05)


def child(line: Line) -> None:
    """Do the work that is said on the line, say what comes of it, and end the process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    messages = line.received()
    try:
        line.send({"pid": os.getpid()})
        work = next(messages)
        Thread(target=_ends_with, args=(messages,), daemon=True).start()
        _do(work, line.send)
    except Refused as refused:
        line.send({"fault": str(refused)})
    except BaseException as error:
        line.send({"fault": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _do(work: Work, tell: Callable[[dict[str, Any]], None]) -> None:
    folder = Path(work.folder)
    here = {"runs_dir": folder, "gallery_dir": folder / "gallery", "executor": work.executor, "ray_address": ""}
    settings = Settings().model_copy(update={"max_concurrent_runs": 2, "device": "cpu", **here})
    manager = RunManager(settings)
    known: set[str] = set()

    def heard(identifier: str) -> None:
        run = manager.run(identifier)
        if identifier not in known:
            known.add(identifier)
            tell({"run": identifier})
        if run.state.alive and run.own:
            history = manager.history(run)
            place = {"step": history.step, "epochs": len(history.ends), "place": run.order}
            tell({"run": identifier, **place})

    manager.news.listen(heard)
    if work.scenario == "repeat":
        repeated(manager, tell)
    else:
        SCENARIOS[work.scenario](manager, work)
    manager.close()
    tell({"done": True})


def _ends_with(messages: Iterable[Any]) -> None:
    """When nobody is there any more who kills it, it ends by itself."""
    for _ in messages:
        pass
    os._exit(0)


if __name__ == "__main__":
    gate(parse(SMALL), Settings())  # what it imports, no victim has to import again
    nursery.main(socket.socket(fileno=int(sys.argv[1])), child)
