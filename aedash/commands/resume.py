"""Go on with an interrupted, stopped or failed run from its last save."""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from typing import Any

from aedash.commands.progress import follow, show
from aedash.settings import Settings
from aedash.store import Store

__all__ = ["arguments", "run", "show"]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="the run's 12 hexadecimal digits")
    parser.add_argument("--device", help="auto, cpu, cuda, mps")


def run(args: Namespace) -> dict[str, Any]:
    """Answer of `progress.result`. Raises Refused for an unknown id, and for a run that cannot go on."""
    settings = Settings()
    with closing(Store(settings.runs_dir)) as store:
        found = store.run(args.id)
        found.check_resumable()
        return follow(store, found, settings, args.device or settings.device, resume=True)
