"""List every setting: its environment variable, value and meaning."""

from argparse import ArgumentParser, Namespace
from typing import Any

from aedash.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    """None beyond --json."""


def run(args: Namespace) -> list[dict[str, Any]]:
    """One {name, value, default, about} a variable, as it is in force now."""
    values, defaults = Settings().model_dump(mode="json"), Settings.model_construct()
    return [
        {
            "name": f"AEDASH_{name.upper()}",
            "value": values[name],
            "default": str(getattr(defaults, name)),
            "about": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]


def show(value: list[dict[str, Any]]) -> None:
    for row in value:
        print(f"{row['name']:28} {row['value']!s:24} {row['about']}")
