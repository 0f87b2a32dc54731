"""Threads by size: more of them make a large step shorter and a small one longer, so a few steps are tried."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

import torch

from aedash.config import RunConfig
from aedash.data.image_data import Drawer, ImageData
from aedash.training.checkpoint import TrainState
from aedash.training.trainer import train_step

WORTH = 1.1  # what more threads must gain: beside a busy browser they wait for each other, one alone does not
TRIED_SECONDS = 0.012  # of steps, for each number of threads
LARGE = 0.015  # seconds of a step on one thread that every core is worth, and that would take too long to try


def fastest(config: RunConfig, data: ImageData, most: int) -> int:
    """How many threads train this config fastest on a CPU: `most`, its half, and so on to 1, as measured here and now.

    The steps are those of a state that is thrown away, so nothing that is trained knows of them. Of numbers that differ
    by less than a tenth the smallest. Takes about 0.1 s at most, and leaves another number of threads
    set.
    """
    state = TrainState.fresh(config, data.info, torch.device("cpu"))
    steps = _steps(state, data, config)
    torch.set_num_threads(1)
    if state.model.coupled or min(next(steps), next(steps)) > LARGE:  # the first one also finds its kernels
        return most
    taken = {number: _typical(steps, number) for number in halves(most)}
    best = min(taken.values())
    return min(number for number, seconds in taken.items() if seconds <= WORTH * best)


def halves(most: int) -> list[int]:
    """The numbers that are tried, the largest first.

    >>> halves(6)
    [6, 3, 1]
    """
    return [most >> i for i in range(most.bit_length())]


def _steps(state: TrainState, data: ImageData, config: RunConfig) -> Iterator[float]:
    """Steps on the first batch; the seconds of each."""
    train, scaling = data.splits(config.data.validation)["train"], data.scaling(config.data.scaling)
    batch = Drawer(train, scaling).draw(torch.arange(min(config.optimizer.batch_size, len(train))))
    while True:
        began = perf_counter()
        train_step(state, batch, config)
        yield perf_counter() - began


def _typical(steps: Iterator[float], threads: int) -> float:
    """Seconds of a step with so many threads: the median of three or more, after one that starts them."""
    torch.set_num_threads(threads)
    next(steps)
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < TRIED_SECONDS:
        taken.append(next(steps))
    return median(taken)
