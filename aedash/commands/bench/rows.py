"""One preset: the usual loop, the engine and the whole app, interleaved."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any

import torch

from aedash.analysis.baselines import statistics
from aedash.commands.bench.machine import Bench, apart
from aedash.commands.train import fetch
from aedash.config import RunConfig, vary_all
from aedash.data.idx import encoded
from aedash.data.image_data import Batch, ImageData, load
from aedash.data.streams import stream
from aedash.figures import board
from aedash.history import History
from aedash.models import build
from aedash.objectives import objective
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.manager import RunManager
from aedash.training.trainer import blocks

PRESETS = ("R0-simple", "R1-dense", "R1-conv", "R3-transpose")


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
