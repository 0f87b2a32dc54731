"""The process of a run is killed, crashes, stops, or gets no more memory: that run alone ends, the others go on."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from aedash.commands.soak.faults import LONG, SECONDS, SMALL, over, unclear
from aedash.commands.soak.kills import trainers
from aedash.commands.soak.outcome import Outcome
from aedash.config import vary
from aedash.events import RunState
from aedash.settings import Settings
from aedash.training.manager import RunManager

ENDS = (RunState.INTERRUPTED, RunState.FAILED)


def case(quick: bool) -> Outcome:
    """SIGKILL, SIGSEGV, SIGABRT, SIGSTOP and then a Stop, and an end of memory; once, or five times each."""
    faults: list[str] = []
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory() as folder:
        here = {"runs_dir": Path(folder), "gallery_dir": Path(folder) / "gallery", "ray_address": "", "device": "cpu"}
        update = {"executor": "process", "max_concurrent_runs": 2, **here}
        manager = RunManager(Settings().model_copy(update=update))
        try:
            for _ in range(rounds):
                for name, blow in BLOWS.items():
                    faults += [f"{name}: {why}" for why in struck(manager, blow)]
        finally:
            manager.close(30)
    return Outcome({"blows": rounds * len(BLOWS)}, tuple(faults))


def struck(manager: RunManager, blow: Callable[[RunManager, str, int], None]) -> Iterator[str]:
    """Of two runs the first one's process is struck: what was not as it should be."""
    victim = manager.submit(LONG)
    manager.wait(victim, lambda history: bool(history.ends), SECONDS)
    [process] = trainers(manager.settings.runs_dir)
    other = manager.submit(vary(SMALL, "epochs", 20))
    blow(manager, victim, process)
    lost = over(manager, victim)
    if lost.state not in ENDS:
        yield f"the run is {lost.state}."
        manager.stop(victim)
    yield from unclear(lost)
    beside = over(manager, other)
    if beside.state is not RunState.FINISHED:
        yield f"the run beside it is {beside.state}: {beside.sentence}"
    if lost.resumable:
        step = manager.history(lost).step
        manager.resume(victim)
        if not manager.wait(victim, lambda history: history.step > step, SECONDS):
            yield "the run does not go on."
        manager.stop(victim)
        over(manager, victim)


def _sent(number: signal.Signals) -> Callable[[RunManager, str, int], None]:
    return lambda manager, victim, process: os.kill(process, number)


def _stopped(manager: RunManager, victim: str, process: int) -> None:
    os.kill(process, signal.SIGSTOP)
    manager.stop(victim)


def _without_memory(manager: RunManager, victim: str, process: int) -> None:
    """It may not have a byte more than it has; what it has freed may do for a while."""
    from resource import RLIMIT_AS, prlimit

    size = int(Path(f"/proc/{process}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    prlimit(process, RLIMIT_AS, (size // 2, size // 2))
    manager.wait(victim, lambda history: not history.state.state.alive, 20.0)
    if manager.run(victim).state.alive:  # it needs no more: nothing to be seen
        os.kill(process, signal.SIGKILL)
        Event().wait(0.1)


BLOWS = {
    "SIGKILL": _sent(signal.SIGKILL),
    "SIGSEGV": _sent(signal.SIGSEGV),
    "SIGABRT": _sent(signal.SIGABRT),
    "SIGSTOP and a Stop": _stopped,
    "No more memory": _without_memory,
}
