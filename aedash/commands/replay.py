"""Train a run anew, with every change that was made to it on the way at the same step."""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from aedash.commands.progress import follow, show
from aedash.commands.train import fetch
from aedash.settings import Settings
from aedash.store import Store

__all__ = ["arguments", "run", "show"]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="the run's 12 hexadecimal digits")
    parser.add_argument("--device", help="auto, cpu, cuda, mps")


def run(args: Namespace) -> dict[str, Any]:
    """Answer of `progress.result`, of a new run. Raises Refused for an unknown id, or where its images are missing."""
    settings = Settings()
    with closing(Store(settings.runs_dir)) as store:
        found = store.run(args.id)
        fetch(found.config.data.name, settings.data_dir)
        again = store.create(found.config, found.preset, found.changes, found.threads)
        return follow(store, again, settings, args.device or settings.device, resume=False)
