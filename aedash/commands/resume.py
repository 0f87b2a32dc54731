"""Go on with an interrupted, stopped or failed run from its last save, or with a finished one for more epochs."""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from aedash.atomic import held
from aedash.commands.progress import follow, show
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store, sweeps
from aedash.store.database import sentences
from aedash.training.extending import experiment_of, lengthened

__all__ = ["arguments", "run", "show"]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="the run's 12 hexadecimal digits")
    parser.add_argument("--epochs", type=int, help="in all, of a finished run: as if it had been trained for so many")
    parser.add_argument("--device", help="auto, cpu, cuda, mps")


def run(args: Namespace) -> dict[str, Any]:
    """Answer of `progress.result`. Raises Refused for an unknown id, and for a run that cannot go on."""
    settings = Settings()
    with closing(Store(settings.runs_dir)) as store:
        found = store.run(args.id)
        if args.epochs is None:
            found.check_resumable()
        else:
            found = extended(store, found, args.epochs, settings)
        return follow(store, found, settings, args.device or settings.device, resume=True)


def extended(store: Store, run: Run, epochs: int, settings: Settings) -> Run:
    """The run with more epochs to train. Raises Refused as `lengthened`, and where an experiment compares it."""
    experiment = experiment_of(run, sweeps.all_of(settings.runs_dir))
    if experiment:
        raise Refused(f"The experiment '{experiment.name}' compares this run with others of its length.", "id")
    longer = lengthened(run, store.history(run), epochs, settings)
    with sentences(), held(run.folder / "lock"):
        return longer
