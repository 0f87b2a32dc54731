"""The command line: `python -m aedash COMMAND`, one file a command in `aedash/commands`."""

import argparse
import importlib
import json
import logging
import pkgutil
import sys
from types import ModuleType
from typing import Any, NoReturn

from aedash import commands
from aedash.events import RunState
from aedash.log import LogFile, logged
from aedash.registry import Refused
from aedash.settings import Settings

OK, FAILED, BAD_INPUT, BROKEN_OFF = 0, 1, 2, 130
UNFINISHED = (RunState.FAILED, RunState.INTERRUPTED)
log = logging.getLogger("aedash")


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
    """Exit status 0, 1 when a run failed or was interrupted, 2 for bad input, then with {error, field, allowed}.

    argv: words behind the program's name; None for this process's own. A bug is no bad input: it exits with 1, and its
    traceback is in the log. 130 after Ctrl-C. With --json one JSON value is the last line on standard output, a
    refusal, too; else sentences for people, refusals on standard error.
    """
    words = sys.argv[1:] if argv is None else argv
    as_json, command = "--json" in words, "aedash"
    try:
        modules = discover()
        args = parser(modules).parse_args(words)
        command = args.command
        logging.basicConfig(handlers=[LogFile(Settings.read())])
        value = modules[args.command].run(args)
    except Refused as error:
        return _refused(str(error), as_json, BAD_INPUT, error.field, error.allowed)
    except commands.Interrupted as error:
        return _refused(str(error), as_json, FAILED)
    except KeyboardInterrupt:
        return BROKEN_OFF
    except Exception as error:
        sentence = f"{command} failed with {type(error).__name__}; {logged(log, command, error)}"
        return _refused(sentence, as_json, FAILED)
    if as_json:
        print(json.dumps(value))
    else:
        modules[args.command].show(value)
    failed = getattr(modules[args.command], "failed", _failed)
    return FAILED if failed(value) else OK


def _refused(sentence: str, as_json: bool, status: int, field: str = "", allowed: str = "") -> int:
    """Say why there is no answer, in the form that was asked for; the exit status."""
    refusal = {"error": sentence, "field": field, "allowed": allowed}
    print(json.dumps(refusal) if as_json else sentence, file=sys.stdout if as_json else sys.stderr)
    return status


def _failed(value: Any) -> bool:
    """Whether the command's one run did not end as it was meant to; a list, as `runs` gives it, is an answer."""
    return isinstance(value, dict) and value.get("state") in UNFINISHED


if __name__ == "__main__":
    sys.exit(main())
