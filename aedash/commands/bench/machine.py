"""What is measured with: how long, in which threads, and against what the machine can do."""

import os
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from aedash.config import RunConfig
from aedash.data.image_data import Batch, load
from aedash.settings import Settings
from aedash.training.checkpoint import TrainState
from aedash.training.trainer import train_step


@dataclass(frozen=True)
class Bench:
    """seconds: of one measurement; rounds: measurements of each column, interleaved; instrument: a script that knows
    the best loops, or None.
    """

    settings: Settings
    seconds: float
    rounds: int
    threads: int
    instrument: Path | None = None


def machine() -> str:
    """What it is, in words: 'x86_64, 2 cores, torch 2.14.0'."""
    return f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"


def apart(threads: int, measure: Callable[..., Any], *arguments: Any) -> Any:
    """The measure's result, taken in a thread of its own.

    A thread that has once used torch keeps its OpenMP helpers; while they live, those of a later run hardly spin and it
    trains at half its speed. So nothing is computed in the main thread, as in the server.
    """

    def work() -> Any:
        torch.set_num_threads(threads)
        return measure(*arguments)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def sgemm_gflops(seconds: float) -> float:
    """The machine's best single-precision matrix product, in GFLOP/s."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best, until = 0.0, perf_counter() + seconds
    while perf_counter() < until:
        began = perf_counter()
        torch.mm(a, b)
        best = max(best, 2 * 1024**3 / (perf_counter() - began) / 1e9)
    return best


def flops(config: RunConfig) -> float:
    """Floating-point operations of one training image, forward and backward."""
    data = load("digits", Path())
    state = TrainState.fresh(config, data.info, torch.device("cpu"))
    x = data.scaling("unit").to_model(data.train.images[:8])
    with FlopCounterMode(display=False) as counter:
        train_step(state, Batch(x, x, data.train.labels[:8], data.train.labels[:8]), config)
    return counter.get_total_flops() / 8
