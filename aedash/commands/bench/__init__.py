"""Measure the engine against the usual loop, side by side in one run, in images per second.

usual: torchvision, ToTensor, DataLoader with the better of 0 and 2 workers, plain Adam, .item() each step. engine: the
trainer's steps on the resident images. complete: the whole app without its browser: manager, store, snapshots, and a
reader that builds once a second what a live page sends. Evaluation is left out of all three and told apart. best: the
best loop known for that network at that batch, measured by a script of its own where one is given.
"""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aedash.commands.bench import viewers
from aedash.commands.bench.machine import Bench, apart, flops, machine, sgemm_gflops
from aedash.commands.bench.penalties import PENALTIES, penalty
from aedash.commands.bench.rows import ROWS, row, row_named
from aedash.registry import Refused
from aedash.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="one short round instead of three")
    parser.add_argument(
        "--only", nargs="+", default=list(ROWS), metavar="ROW", help=f"of {', '.join(ROWS)}, or a preset"
    )
    parser.add_argument("--viewers", type=numbers, metavar="0,1,10", help="what so many open pages cost, instead")
    parser.add_argument("--instrument", type=Path, metavar="SCRIPT", help="what measures the best loops known")


def numbers(text: str) -> list[int]:
    """Counts between commas. Raises ValueError for anything else.

    >>> numbers("0,1,10")
    [0, 1, 10]
    """
    return [int(part) for part in text.split(",") if int(part) >= 0]


def run(args: Namespace) -> dict[str, Any]:
    """{machine, threads, sgemm_gflops, sgemm_share, rows, contractive}; sgemm_share: of the machine's best matrix
    product that the engine reaches, 0..1. Raises Refused without the images, or for an instrument that is no file.
    """
    if args.viewers:
        return {"viewers": viewers.rows(args.viewers, 1.5 if args.quick else 3.0, 1 if args.quick else 3)}
    settings = Settings()
    threads = settings.threads or os.cpu_count() or 1
    if args.instrument and not args.instrument.is_file():
        raise Refused("The instrument must be a script; there is none of that name.", "instrument")
    bench = Bench(settings, 1.0 if args.quick else 3.0, 1 if args.quick else 3, threads, args.instrument)
    peak = apart(threads, sgemm_gflops, bench.seconds)
    rows = [row(name, bench) for name in tqdm(args.only, unit="row", leave=False, disable=None)]
    share = max(told["engine"] * apart(threads, flops, row_named(told["preset"]).config) / peak / 1e9 for told in rows)
    return {
        "machine": machine(),
        "threads": threads,
        "sgemm_gflops": round(peak, 1),
        "sgemm_share": round(share, 3),
        "rows": rows,
        "contractive": [apart(threads, penalty, *each) for each in PENALTIES],
    }


def show(value: dict[str, Any]) -> None:
    if "viewers" in value:
        viewers.show(value["viewers"])
        return
    print(f"{value['machine']}, {value['threads']} threads, sgemm {value['sgemm_gflops']} GFLOP/s")
    rates = ("usual", "engine", "complete", "best_known")
    ratios = ("engine_over_usual", "engine_over_best", "complete_over_engine")
    print(f"{'':14}" + "".join(f"{title:>13}" for title in ("usual", "engine", "complete", "best known")), end="")
    print("".join(f"{title:>17}" for title in ("engine/usual", "engine/best", "complete/engine", "evaluation")))
    for told in value["rows"]:
        cells = [f"{_shown(told[name], ',.0f'):>13}" for name in rates]
        cells += [f"{_shown(told[name], '.2f'):>17}" for name in ratios]
        print(f"{told['preset']:14}{''.join(cells)}{told['evaluation_seconds']:>15.2f} s")
    for told in value["contractive"]:
        print(f"contractive, {told['form']} on {told['encoder']}: {told['ratio']:.2f} plain steps")


def _shown(value: float | None, how: str) -> str:
    return "–" if value is None else f"{value:{how}}"
