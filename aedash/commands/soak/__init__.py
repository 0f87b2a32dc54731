"""Try for minutes, or for an hour, what should never break: kills, full disks, crowds, files from strangers.

A case is a module of this package with `case(quick) -> Outcome`; its docstring's first line says what it tries.
"""

import importlib
import logging
import pkgutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aedash.commands.bench.machine import machine
from aedash.commands.soak.outcome import Outcome
from aedash.log import logged
from aedash.registry import Refused

log = logging.getLogger("aedash")


def cases() -> dict[str, Callable[[bool], Outcome]]:
    """{name: case} of every module here that has one; imported only now, since some need what not all systems have."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {module.__name__.rpartition(".")[2]: module.case for module in modules if hasattr(module, "case")}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="minutes instead of an hour")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="of those in docs/reliability.md")


def run(args: Namespace) -> dict[str, Any]:
    """{machine, date, quick, rows: [{case, passed, seconds, found, faults}]}. Raises Refused for an unknown case."""
    known = cases()
    for name in args.only or ():
        if name not in known:
            raise Refused(f"There is no case '{name[:40]}'.", "only", ", ".join(known))
    rows = [_tried(name, known[name], args.quick) for name in args.only or known]
    return {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", "quick": args.quick, "rows": rows}


def _tried(name: str, case: Callable[[bool], Outcome], quick: bool) -> dict[str, Any]:
    """A row of the table. A case that breaks has failed, and the others are tried all the same."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    began = monotonic()
    try:
        outcome = case(quick)
    except Exception as error:
        told = f"The case broke off with {type(error).__name__}; {logged(log, f'soak {name}', error)}"
        outcome = Outcome(faults=(told,))
    row = {"case": name, "passed": outcome.passed, "seconds": round(monotonic() - began)}
    return row | {"found": outcome.found, "faults": list(outcome.faults)}


def show(value: dict[str, Any]) -> None:
    print(f"{value['machine']}, {value['date']}{', quick' * value['quick']}")
    for row in value["rows"]:
        told = ", ".join(f"{figure:,g} {what}" for what, figure in row["found"].items())
        print(f"{row['case']:10} {'PASS' if row['passed'] else 'FAIL'} {row['seconds']:6d} s  {told}")
        for fault in row["faults"][:20]:
            print(f"{'':11}{fault}")


def failed(value: dict[str, Any]) -> bool:
    """Whether any case did not pass."""
    return not all(row["passed"] for row in value["rows"])
