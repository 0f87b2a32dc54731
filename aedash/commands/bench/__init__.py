"""Measure the engine against the usual loop, side by side in one run, in images per second.

usual: torchvision, ToTensor, DataLoader with the better of 0 and 2 workers, plain Adam, .item() each step. engine: the
trainer's steps on the resident images. complete: the whole app without its browser: manager, store, snapshots, and a
reader that builds once a second what a live page sends. Evaluation is left out of all three and told apart.
"""

import os
import platform
from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from aedash.commands.bench.machine import Bench, apart, flops, sgemm_gflops
from aedash.commands.bench.penalties import PENALTIES, penalty
from aedash.commands.bench.rows import PRESETS, row
from aedash.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="one short round instead of three")
    parser.add_argument("--only", nargs="+", default=list(PRESETS), metavar="PRESET")


def run(args: Namespace) -> dict[str, Any]:
    """{machine, threads, sgemm_gflops, sgemm_share, rows, contractive}; sgemm_share: of the machine's best matrix
    product that the engine reaches, 0..1.
    """
    settings = Settings()
    threads = settings.threads or os.cpu_count() or 1
    bench = Bench(settings, 1.0 if args.quick else 3.0, 1 if args.quick else 3, threads)
    peak = apart(threads, sgemm_gflops, bench.seconds)
    rows = [row(name, bench) for name in args.only]
    share = max(rate["engine"] * apart(threads, flops, rate["preset"]) / peak / 1e9 for rate in rows)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"
    return {
        "machine": machine,
        "threads": threads,
        "sgemm_gflops": round(peak, 1),
        "sgemm_share": round(share, 3),
        "rows": rows,
        "contractive": [apart(threads, penalty, *each) for each in PENALTIES],
    }


def show(value: dict[str, Any]) -> None:
    print(f"{value['machine']}, {value['threads']} threads, sgemm {value['sgemm_gflops']} GFLOP/s")
    print(
        f"{'preset':14}{'usual':>9}{'engine':>9}{'complete':>9}{'engine/usual':>14}{'complete/engine':>17}{'evaluation':>12}"
    )
    for r in value["rows"]:
        rates = f"{r['usual']:>9,}{r['engine']:>9,}{r['complete']:>9,}"
        ratios = f"{r['engine_over_usual']:>14.2f}{r['complete_over_engine']:>17.2f}"
        print(f"{r['preset']:14}{rates}{ratios}{r['evaluation_seconds']:>10.2f} s")
    for r in value["contractive"]:
        print(f"contractive, {r['form']} on {r['encoder']}: {r['ratio']:.2f} plain steps")
