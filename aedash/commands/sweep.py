"""Train a preset once for every value of one or two fields, and seeds; equal runs that are there are not trained again.

Runs go side by side, each with its share of the cores, in processes of their own.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from threading import Event
from typing import Any

from tqdm import tqdm

from aedash.commands import train
from aedash.commands.progress import error_words, interruptible, result
from aedash.events import RunState
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.sweep import members, sweep
from aedash.training import sweeps
from aedash.training.manager import RunManager

WAIT_SECONDS = 0.5


def arguments(parser: ArgumentParser) -> None:
    train.arguments(parser)
    parser.add_argument(
        "--vary", action="append", default=[], metavar="PATH=V1,V2,...", help="a field and its values; once or twice"
    )
    parser.add_argument("--seeds", type=int, default=1, help="runs of each cell, which differ in their seed alone")
    parser.add_argument("--parallel", type=int, help="runs side by side; default: one a core")
    parser.add_argument("--name", default="", help="what the sweep is called in the app")


def run(args: Namespace) -> list[dict[str, Any]]:
    """`progress.result` of each run with {varied, seed}, in the order of `members`.

    Raises Refused as `sweep` and `train` do.
    """
    axes = [axis(text) for text in args.vary]
    base = train.configured(args)
    if len(axes) > 2:
        raise Refused(f"--vary may be given once or twice; got {len(axes)}.", "vary", "1 or 2 fields")
    name = args.name or f"{args.preset}: {', '.join(each['path'] for each in axes)}"[:120]
    wanted = sweep(name=name, base=base, axes=axes, seeds=args.seeds, preset=args.preset)
    settings = side_by_side(Settings(), args.parallel, len(members(wanted)), args.device)
    train.fetch(base.data.name, settings.data_dir)
    over = Event()
    with closing(RunManager(settings)) as manager, interruptible(over.set):
        started = sweeps.start(manager, wanted)
        follow(manager, list(started.runs), over)
        manager.interrupt()
        runs = sweeps.runs_of(manager, started)
    return [
        {**result(each), "varied": member.varied, "seed": member.config.seed}
        for each, member in zip(runs, members(started), strict=True)
        if each
    ]


def side_by_side(settings: Settings, parallel: int | None, runs: int, device: str | None) -> Settings:
    """As many runs at once as asked for, or as there are cores; more than one in processes.

    parallel, device: None for the settings' own. runs: how many there are. Raises Refused for 0, or over 64.
    """
    cores = os.cpu_count() or 1
    at_once = min(cores if parallel is None else parallel, runs)
    if not 1 <= at_once <= 64:
        raise Refused(f"--parallel must be 1 to 64; got {parallel}.", "parallel", "1 to 64")
    changes: dict[str, Any] = {"max_concurrent_runs": at_once, "device": device or settings.device}
    if at_once > 1:
        changes["executor"] = "process"
    return settings.model_copy(update=changes)


def axis(text: str) -> dict[str, Any]:
    """An `Axis`, unchecked, from PATH=V1,V2,...: JSON or text, split at the commas outside brackets and quotes.

    Raises Refused without a path.

    >>> axis("architecture.widths=[400],[400,200]")
    {'path': 'architecture.widths', 'values': [[400], [400, 200]]}
    """
    path, equals, values = text.partition("=")
    if not equals or not path:
        raise Refused(f"--vary needs PATH=V1,V2,...; got '{text[:60]}'.", "vary", "PATH=V1,V2,...")
    return {"path": path, "values": [train.parsed(value) for value in split(values)]}


def split(text: str) -> list[str]:
    """The parts between top-level commas; none for an empty text.

    >>> split('1,[2,3],"a,b"')
    ['1', '[2,3]', '"a,b"']
    """
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts] if text.strip() else []


def follow(manager: RunManager, runs: list[str], over: Event) -> None:
    """Wait for the end of all runs, a bar for each, or until it is over for all: the caller then interrupts them.

    runs: ids; over: set by a signal. Raises Refused for a run that was deleted meanwhile.
    """
    epochs = {identifier: manager.run(identifier).config.epochs for identifier in runs}
    with tqdm(total=sum(epochs.values()), unit="epoch", file=sys.stderr) as bar:
        for identifier in epochs:
            while manager.run(identifier).state.alive and not over.is_set():
                manager.wait(identifier, lambda history: over.is_set() or not history.state.state.alive, WAIT_SECONDS)
                bar.n = sum(manager.run(each).epochs_done for each in epochs)
                bar.refresh()


def failed(value: list[dict[str, Any]]) -> bool:
    """Whether any of the runs did not end as it was meant to."""
    return any(row["state"] in (RunState.FAILED, RunState.INTERRUPTED) for row in value)


def show(value: list[dict[str, Any]]) -> None:
    for row in value:
        varied = "  ".join(f"{path}={setting}" for path, setting in row["varied"].items())
        figures = row["test"]
        told = f"test loss {figures['loss']:.4f}, {error_words(figures)}" if figures else row["sentence"]
        print(f"{row['id']}  {row['state']:12}{varied}  seed {row['seed']}  {told}")
