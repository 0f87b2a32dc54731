"""List the presets: named configs of published systems."""

from argparse import ArgumentParser, Namespace
from typing import Any

from aedash import registry
from aedash.models import build
from aedash.models.base import parameters
from aedash.presets.base import preset


def arguments(parser: ArgumentParser) -> None:
    """None beyond --json."""


def run(args: Namespace) -> list[dict[str, Any]]:
    """One {id, title, dataset, published, parameters} a preset, by name; published: its figures, None for none."""
    found = [preset(name) for name in registry.presets.names()]
    return [{**p.json(), "parameters": _parameters(p.id)} for p in found]


def _parameters(identifier: str) -> int:
    config = preset(identifier).config
    return parameters(build(config.architecture, registry.datasets.get(config.data.name).info, config.seed))


def show(value: list[dict[str, Any]]) -> None:
    for row in value:
        figure = ", ".join(f"{p['split']} {p['value']:g} {p['unit']}" for p in row["published"] or []) or "no figure"
        print(f"{row['id']:14} {row['title']:30} {row['parameters']:>9,} parameters  {row['dataset']:14} {figure}")
