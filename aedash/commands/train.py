"""Train a preset, changed as you like, and print its figures."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from aedash.commands.progress import follow, show
from aedash.config import RunConfig, vary
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.training.runs import gate
from aedash.training.worker import device_named

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
    settings = Settings()
    device = args.device or settings.device
    device_named(device)
    config = gate(configured(args), settings)
    store = Store(settings.runs_dir)
    return follow(store, store.create(config, args.preset), settings, device, resume=False)


def configured(args: Namespace) -> RunConfig:
    """The preset with the flags and each --set applied."""
    config = preset(args.preset).config
    flags = {"data.name": args.dataset, "epochs": args.epochs, "seed": args.seed}
    for path, value in flags.items():
        config = config if value is None else vary(config, path, value)
    for text in args.set:
        path, equals, value = text.partition("=")
        if not equals:
            raise Refused(f"--set needs PATH=VALUE; got '{text[:60]}'.", "set", "PATH=VALUE")
        config = vary(config, path, parsed(value))
    return config


def parsed(text: str) -> Any:
    """JSON, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
