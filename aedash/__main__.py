"""The command line: `python -m aedash COMMAND`, one file a command in `aedash/commands`."""

import argparse
import importlib
import json
import logging
import pkgutil
import sys
from types import ModuleType
from typing import Any, NoReturn

from pydantic import ValidationError

from aedash import commands
from aedash.registry import Refused
from aedash.settings import Settings

OK, FAILED, BAD_INPUT = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(f"{message[0].upper()}{message[1:]}.", "arguments", self.format_usage().strip())


def parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    """Each command's module gives `arguments(parser)`, `run(args) -> JSON value`, `show(value)` for people.

    One that trains several runs gives `failed(value)`, too: whether any of them did.
    """
    whole = _Parser(prog="python -m aedash", description="The autoencoder laboratory, without a browser.")
    kinds = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in modules.items():
        summary = (module.__doc__ or "").splitlines()[0]
        sub = kinds.add_parser(name, help=summary, description=module.__doc__)
        sub.add_argument("--json", action="store_true", help="print one JSON value as the last line")
        module.arguments(sub)
    return whole


def discover() -> dict[str, ModuleType]:
    """{command: module} of every public module in `aedash.commands`."""
    found = {
        m.name: importlib.import_module(f"aedash.commands.{m.name}") for m in pkgutil.iter_modules(commands.__path__)
    }
    return {name: module for name, module in found.items() if hasattr(module, "run")}


def main(argv: list[str] | None = None) -> int:
    """Exit status 0, 1 when a run failed, 2 for bad input, then with {error, field, allowed}."""
    words = sys.argv[1:] if argv is None else argv
    as_json = "--json" in words
    try:
        modules = discover()
        args = parser(modules).parse_args(words)
        log_to(settings())
        value = modules[args.command].run(args)
    except (Refused, ValueError) as error:
        refusal = {"error": str(error), "field": getattr(error, "field", ""), "allowed": getattr(error, "allowed", "")}
        print(json.dumps(refusal) if as_json else str(error), file=sys.stdout if as_json else sys.stderr)
        return BAD_INPUT
    if as_json:
        print(json.dumps(value))
    else:
        modules[args.command].show(value)
    failed = getattr(modules[args.command], "failed", _failed)
    return FAILED if failed(value) else OK


def _failed(value: Any) -> bool:
    """Whether the command's one run did; a list of runs, as `runs` gives it, is no failure of the command."""
    return isinstance(value, dict) and value.get("state") == "failed"


def settings() -> Settings:
    """From the environment. Raises Refused with the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"AEDASH_{first['loc'][0]}".upper()
        said = first["msg"].removeprefix("Input should be ")
        raise Refused(f"{name} must be {said}; got {str(first['input'])[:40]}.", name, said) from None


def log_to(settings: Settings) -> None:
    """Tracebacks of failed runs go to the log file."""
    try:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=settings.log_file, format="%(asctime)s %(levelname)s %(message)s")
    except OSError:
        logging.basicConfig(stream=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
