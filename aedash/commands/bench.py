"""Measure the engine against the usual loop, side by side in one run, in images per second.

usual: torchvision, ToTensor, DataLoader with the better of 0 and 2 workers, plain Adam, .item() each step. engine: the
trainer's steps on the resident images. complete: the whole app without its browser: manager, store, snapshots, and a
reader that builds once a second what a live page sends. Evaluation is left out of all three and told apart.
"""

import os
import platform
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from aedash.analysis.baselines import statistics
from aedash.commands.train import fetch
from aedash.config import RunConfig, parse, vary_all
from aedash.data.idx import encoded
from aedash.data.image_data import Batch, ImageData, load
from aedash.data.streams import stream
from aedash.figures import board
from aedash.history import History
from aedash.models import build
from aedash.objectives import objective
from aedash.presets.base import preset
from aedash.settings import Settings
from aedash.training.checkpoint import TrainState
from aedash.training.manager import RunManager
from aedash.training.trainer import blocks, train_step

PRESETS = ("R0-simple", "R1-dense", "R1-conv", "R3-transpose")
# what a step costs with each form of the contractive penalty: (encoder, its hidden widths, form)
PENALTIES: tuple[tuple[str, list[int], str], ...] = (
    ("784-64", [], "exact"),
    ("784-64", [], "hutchinson"),
    ("784-128-64", [128], "exact"),
    ("784-128-64", [128], "hutchinson"),
    ("784-128-64", [128], "published"),
)
ROUNDS = 40  # steps of each kind, in turn


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="one short round instead of three")
    parser.add_argument("--only", nargs="+", default=list(PRESETS), metavar="PRESET")


@dataclass(frozen=True)
class Bench:
    """seconds: of one measurement; rounds: measurements of each column, interleaved."""

    settings: Settings
    seconds: float
    rounds: int
    threads: int


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


def penalty(encoder: str, widths: list[int], form: str) -> dict[str, Any]:
    """How many plain steps one with this penalty takes: medians of steps at batch 64, taken in turn.

    encoder: a name for the table; widths: its hidden layers; form: of `ContractiveConfig`.
    """
    dense = {"name": "dense", "widths": widths, "latent": 64, "code_activation": "relu"}
    plain = parse({"architecture": dense, "optimizer": {"batch_size": 64}})
    taxed = vary_all(plain, [("objective.contractive.weight", 0.1), ("objective.contractive.form", form)])
    data = load("digits", Path())
    x = data.scaling("unit").to_model(data.train.images[:64])
    batch = Batch(x, x, data.train.labels[:64], torch.arange(64))
    states = {config: TrainState.fresh(config, data.info, torch.device("cpu")) for config in (plain, taxed)}
    taken: dict[RunConfig, list[float]] = {plain: [], taxed: []}
    for _ in range(ROUNDS):
        for config, state in states.items():
            began = perf_counter()
            train_step(state, batch, config)
            taken[config].append(perf_counter() - began)
    return {"encoder": encoder, "form": form, "ratio": round(median(taken[taxed]) / median(taken[plain]), 2)}


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


def row(name: str, bench: Bench) -> dict[str, Any]:
    """All columns of one preset, interleaved round by round; the median of each.

    usual, engine, complete: images per second; the ratios of those; evaluation_seconds: of one evaluation. Raises
    Refused without the preset's images.
    """
    config = preset(name).config
    apart(bench.threads, fetch, config.data.name, bench.settings.data_dir)
    data = apart(bench.threads, load, config.data.name, bench.settings.data_dir)
    apart(bench.threads, statistics, data, config.data.validation)
    found: dict[str, list[float]] = {"usual0": [], "usual2": [], "engine": [], "complete": [], "evaluation": []}
    for _ in range(bench.rounds):
        for workers in (0, 2):
            found[f"usual{workers}"].append(apart(bench.threads, usual, config, data, workers, bench))
        found["engine"].append(apart(bench.threads, engine, config, data, bench.seconds))
        rate, evaluation = complete(config, bench)
        found["complete"].append(rate)
        found["evaluation"] += evaluation
    middle = {key: median(values) if values else 0.0 for key, values in found.items()}
    best = max(middle["usual0"], middle["usual2"])
    return {
        "preset": name,
        "usual": round(best),
        "engine": round(middle["engine"]),
        "complete": round(middle["complete"]),
        "engine_over_usual": round(middle["engine"] / best, 2),
        "complete_over_engine": round(middle["complete"] / middle["engine"], 3),
        "evaluation_seconds": round(middle["evaluation"], 3),
    }


def usual(config: RunConfig, data: ImageData, workers: int, bench: Bench) -> float:
    """Images per second of the loop that everybody writes."""
    from torchvision import datasets, transforms

    with tempfile.TemporaryDirectory() as folder:  # which its reader empties into memory
        images = datasets.MNIST(_unpacked(data, Path(folder)), train=True, transform=transforms.ToTensor())
    loader = torch.utils.data.DataLoader(images, config.optimizer.batch_size, shuffle=True, num_workers=workers)
    model = build(config.architecture, data.info, config.seed)
    adam = config.optimizer
    optimizer = torch.optim.Adam(
        model.parameters(), lr=adam.learning_rate, eps=adam.eps, weight_decay=adam.weight_decay
    )
    generators = {"posterior": stream(0, "posterior")}
    done, began, steps, total = 0, 0.0, 0, 0.0
    for x, labels in _forever(loader):
        batch = Batch(x, x, labels, labels)
        output = model(batch, generators["posterior"])
        terms = objective.values(config.objective, model, batch, output, generators)
        loss = objective.weighted(config.objective, {key: value.mean() for key, value in terms.items()})
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        steps, done = steps + 1, done + len(x)
        if steps == 2 * workers + 5:
            began, done = perf_counter(), 0
        if began and perf_counter() - began > bench.seconds:
            return done / (perf_counter() - began)
    raise AssertionError("the loader never ends")


def _forever(loader: Any) -> Iterator[Any]:
    while True:
        yield from loader


def _unpacked(data: ImageData, folder: Path) -> Path:
    """The folder, with the images unpacked and named as torchvision's reader of MNIST wants them."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    splits = {"train": data.train, "t10k": data.test}
    for part, split in splits.items():
        (raw / f"{part}-images-idx3-ubyte").write_bytes(encoded(split.images.squeeze(1)))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(encoded(split.labels.byte()))
    return folder


def engine(config: RunConfig, data: ImageData, seconds: float) -> float:
    """Images per second of the trainer's steps, blocks read back as in a run. seconds: of the measurement, after 16
    steps.
    """
    state = TrainState.fresh(config, data.info, torch.device("cpu"))
    train, scaling = data.splits(config.data.validation)["train"], data.scaling(config.data.scaling)
    per_epoch = -(-len(train) // config.optimizer.batch_size)
    done, began = 0, 0.0
    while True:
        for block in blocks(train, state, lambda step: config, scaling, per_epoch):
            done += block.images
            if not began and state.step >= 16:
                began, done = perf_counter(), 0
            if began and perf_counter() - began > seconds:
                return done / (perf_counter() - began)
        state.epoch += 1


def complete(config: RunConfig, bench: Bench) -> tuple[float, list[float]]:
    """(images per second, seconds of each evaluation) of a run under the manager while somebody watches.

    Evaluations are not in the rate.
    """
    with tempfile.TemporaryDirectory() as folder:
        manager = RunManager(
            bench.settings.model_copy(update={"runs_dir": Path(folder), "max_epochs": 10_000, "device": "cpu"})
        )
        identifier = manager.submit(vary_all(config, [("epochs", 10_000), ("threads", bench.threads)]))
        manager.wait(identifier, lambda history: history.step >= 64 and bool(history.references), 120)
        run = manager.run(identifier)
        history = manager.history(run)
        over = Event()
        watcher = Thread(target=_watch, args=(history, config, over))
        watcher.start()
        first, began = history.images, perf_counter()
        ends = len(history.ends)
        _next_block(manager, identifier, history, began + bench.seconds)
        images, seconds = history.images - first, perf_counter() - began
        evaluation = [end.seconds for end in history.ends[ends:]]
        over.set()
        watcher.join()
        manager.close(60)
    return images / (seconds - sum(evaluation)), evaluation


def _next_block(manager: RunManager, identifier: str, history: History, after: float) -> None:
    """Wait for the first block recorded after a moment."""
    while perf_counter() < after:
        seen = history.images
        manager.wait(identifier, lambda h, seen=seen: h.images > seen, 60)  # type: ignore[misc]


def _watch(history: History, config: RunConfig, over: Event) -> None:
    """What one live page makes of the history once a second."""
    while not over.wait(1.0):
        if history.snapshots and history.probes:
            last = history.snapshots[-1]
            board.loss_chart(history, config, objective.unit(config.objective))
            board.reconstruction(history.probes.originals, None, last)
            board.latent_map(history, history.probes, last, tuple("0123456789"), "", [])
            board.samples(last)
            board.frames(history, config)


def sgemm_gflops(seconds: float) -> float:
    """The machine's best single-precision matrix product, in GFLOP/s."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best, until = 0.0, perf_counter() + seconds
    while perf_counter() < until:
        began = perf_counter()
        torch.mm(a, b)
        best = max(best, 2 * 1024**3 / (perf_counter() - began) / 1e9)
    return best


def flops(name: str) -> float:
    """Floating-point operations of one training image, forward and backward."""
    config = preset(name).config
    data = load("digits", Path())
    state = TrainState.fresh(config, data.info, torch.device("cpu"))
    x = data.scaling("unit").to_model(data.train.images[:8])
    with FlopCounterMode(display=False) as counter:
        train_step(state, Batch(x, x, data.train.labels[:8], data.train.labels[:8]), config)
    return counter.get_total_flops() / 8
