"""Following one run in the terminal: what `train`, `resume` and `replay` share."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from queue import SimpleQueue
from typing import Any

from tqdm import tqdm

from aedash.events import Event, RunState, Started, StepBlock
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.training.extending import record_to_join
from aedash.training.plan import job_of
from aedash.training.worker import BUSY, Inbox, Interrupt, work


def follow(store: Store, run: Run, settings: Settings, device: str, resume: bool) -> dict[str, Any]:
    """Train the run in this thread, record it, draw a bar on standard error; returns what `--json` prints, see
    `result`.

    resume: whether to go on from its last save. Raises Refused where another process trains it, or it cannot be
    recorded.
    """
    history = record_to_join(store, run) if resume else History()
    inbox: Inbox = SimpleQueue()
    job = job_of(run, history, settings.model_copy(update={"device": device}), resume)
    bar = tqdm(unit="epoch", total=run.config.epochs, file=sys.stderr)
    with interruptible(lambda: inbox.put(Interrupt())), bar:
        for event in work(job, inbox):
            if event == BUSY:
                raise Refused(BUSY.sentence, "id")
            run = store.record(run, history, event)
            _draw(bar, history, event)
    return result(replace(run, state=history.state.state, sentence=history.state.sentence))


def result(run: Run) -> dict[str, Any]:
    """The contract's answer of `train`, `resume` and `replay`.

    seconds: in training steps; samples_per_second: images in those, 0 before the first; test, validation: `Figures` as
    a mapping, None where there are none.
    """
    figures = {name: asdict(value) for name, value in run.figures.items()}
    return {
        "id": run.id,
        "state": run.state.value,
        "sentence": run.sentence,
        "folder": str(run.folder.resolve()),
        "seconds": round(run.seconds, 3),
        "samples_per_second": round(run.images / run.seconds) if run.seconds else 0,
        "test": figures.get("test"),
        "validation": figures.get("validation"),
    }


def show(value: dict[str, Any]) -> None:
    """The same for people."""
    print(f"{value['id']} {value['state']}. {value['sentence']}".strip())
    if value["test"]:
        print(f"test loss {value['test']['loss']:.4f}, {error_words(value['test'])}")
    print(f"{value['seconds']:.1f} s in training, {value['samples_per_second']:,} images/s, in {value['folder']}")


def error_words(test: dict[str, Any]) -> str:
    """Test MSE per pixel of a run's figures; of a denoiser both errors, that at its task first."""
    clean, noisy = f"{test['mse']:.5f}", test["mse_corrupted"]
    errors = clean if noisy is None else f"{noisy:.5f} from noisy input, {clean} from clean"
    return f"test MSE per pixel {errors}"


def _draw(bar: "tqdm[Any]", history: History, event: Event) -> None:
    if isinstance(event, Started):
        bar.reset(total=bar.total)
    if isinstance(event, StepBlock):
        bar.n = round(history.epoch, 2)
        last = history.ends[-1] if history.ends else None
        bar.set_postfix(
            loss=f"{event.losses['loss']:.4g}", **({last.split: f"{last.figures.loss:.4g}"} if last else {})
        )
    if history.state.state is not RunState.RUNNING:
        bar.refresh()


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM save what trains and end it as interrupted, so that `resume` can go on.

    interrupt: called in the signal handler. In the main thread alone; the handlers before come back.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: interrupt())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
