"""Train a preset, changed as you like, and print its figures."""

import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aedash import registry
from aedash.commands.progress import follow, show
from aedash.config import RunConfig, vary_all
from aedash.data.image_data import Unavailable, load
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.training.device import device_named
from aedash.training.plan import gate

__all__ = ["arguments", "run", "show"]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--preset", required=True, help="a name that `presets` lists")
    parser.add_argument("--dataset", help="digits, mnist, fashion-mnist, kmnist")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--device", help="auto, cpu, cuda, mps")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="change one field of the config"
    )


def run(args: Namespace) -> dict[str, Any]:
    """Answer of `progress.result`. Raises Refused before anything is made: an unknown preset, path or device, a value
    that is not allowed, too much memory, images that cannot be had.
    """
    settings = Settings()
    device = args.device or settings.device
    device_named(device)
    config = gate(configured(args), settings)
    fetch(config.data.name, settings.data_dir)
    with closing(Store(settings.runs_dir)) as store:
        return follow(store, store.create(config, args.preset), settings, device, resume=False)


def fetch(name: str, root: Path) -> None:
    """Have the images in memory before a run is made, downloaded where that is needed and possible. Raises Refused."""
    entry = registry.datasets.get(name)
    try:
        try:
            load(name, root)
        except Unavailable:  # missing, or damaged: fetching mends both
            if entry.fetch is None:
                raise
            with tqdm(desc=entry.info.title, unit="B", unit_scale=True, file=sys.stderr) as bar:
                entry.fetch(root, lambda done, total: _show_bytes(bar, done, total))
            load(name, root)
    except Unavailable as error:
        raise Refused(str(error), "data.name", "a data set that is there or can be downloaded") from None


def _show_bytes(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def configured(args: Namespace) -> RunConfig:
    """The preset with the flags and each --set applied, in that order. Raises Refused as `config.vary_all` does."""
    flags = {"data.name": args.dataset, "epochs": args.epochs, "seed": args.seed}
    changes = [(path, value) for path, value in flags.items() if value is not None]
    return vary_all(preset(args.preset).config, [*changes, *map(assignment, args.set)])


def assignment(text: str) -> tuple[str, Any]:
    """(path, value) of PATH=VALUE. Raises Refused without a sign of equality.

    >>> assignment("optimizer.learning_rate=0.01")
    ('optimizer.learning_rate', 0.01)
    """
    path, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"--set needs PATH=VALUE; got '{text[:60]}'.", "set", "PATH=VALUE")
    return path, parsed(value)


def parsed(text: str) -> Any:
    """JSON, else the text itself.

    >>> parsed("[400, 20]"), parsed("gaussian")
    ([400, 20], 'gaussian')
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, or hundreds of brackets
        return text
