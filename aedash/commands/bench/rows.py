"""One row of the table: the usual loop, the engine, the whole app and the instrument, interleaved."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any

import torch

from aedash.analysis.baselines import statistics
from aedash.commands.bench.instrument import known
from aedash.commands.bench.machine import Bench, apart
from aedash.commands.train import fetch
from aedash.config import RunConfig, vary_all
from aedash.data.corruption import corrupt
from aedash.data.idx import encoded
from aedash.data.image_data import Batch, ImageData, load
from aedash.data.streams import stream
from aedash.figures import board
from aedash.history import EARLY, History
from aedash.models import build
from aedash.objectives import objective
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.manager import RunManager
from aedash.training.memory import kept
from aedash.training.threads import fastest
from aedash.training.trainer import blocks


@dataclass(frozen=True)
class Row:
    """preset: its id; known: what the instrument calls it, empty where it knows none such; changes: what the source's
    own script has otherwise than the preset.
    """

    preset: str
    known: str = ""
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def config(self) -> RunConfig:
        """What is trained, at the source's batch size."""
        return vary_all(preset(self.preset).config, self.changes)


ROWS = {
    "R0-simple": Row("R0-simple", "simple_ae(s0)"),
    "R0-elaborate": Row("R0-elaborate", "elab_ae(s0)"),
    "R0-vae": Row("R0-vae", "vae(s0)"),
    "R1-dense": Row("R1-dense", "torch_ae(s1)"),
    "R1-conv": Row("R1-conv", "conv_ae(s1)"),
    "R2-contractive": Row("R2-contractive-1e-4", "cae_sum(s2)", (("architecture.widths", [256]),)),
    "R2-denoising": Row("R2-denoising", "denoise(s2)", (("optimizer.batch_size", 32),)),
    "R3-ffnn": Row("R3-ffnn", "ffnn(s3)"),
    "R3-transpose": Row("R3-transpose", "tconv(s3)"),
    "R3-upsample": Row("R3-upsample", "upconv(s3)"),
    "R4-vanilla": Row("R4-vanilla", "vanilla(s4)"),
}


def row_named(name: str) -> Row:
    """The row of that name; of a preset that is none, it alone."""
    return ROWS.get(name, Row(name))


def row(name: str, bench: Bench) -> dict[str, Any]:
    """All columns of one row, interleaved round by round; the median of each.

    name: of `ROWS`, or a preset's. usual, engine, complete: images per second; best_known, usual_known: what the
    instrument measured of its own loops, None without one; the ratios of those; evaluation_seconds: of one evaluation.
    Raises Refused without the images.
    """
    which = row_named(name)
    config = which.config
    apart(bench.threads, fetch, config.data.name, bench.settings.data_dir)
    data = apart(bench.threads, load, config.data.name, bench.settings.data_dir)
    apart(bench.threads, statistics, data, config.data.validation)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(bench.rounds):
        for column, value in measured(which, config, data, bench):
            found[column].append(value)
    return {"preset": name, **columns({column: median(values) for column, values in found.items()})}


def measured(which: Row, config: RunConfig, data: ImageData, bench: Bench) -> Iterator[tuple[str, float]]:
    """(column, value) of one round; a round has several evaluations, or none."""
    for workers in (0, 2):
        yield f"usual{workers}", apart(bench.threads, usual, config, data, workers, bench)
    yield "engine", apart(bench.threads, engine, config, data, bench)
    rate, evaluations = complete(config, bench)
    yield "complete", rate
    yield from (("evaluation", seconds) for seconds in evaluations)
    if bench.instrument and which.known:
        rates = known(bench.instrument, which.known, bench)
        yield from (("usual_known", rates.usual), ("best_known", rates.best))


def columns(middle: Mapping[str, float]) -> dict[str, Any]:
    """The row's figures and ratios from the medians of what was measured.

    >>> told = columns({"usual0": 10.0, "usual2": 8.0, "engine": 40.0, "complete": 39.0, "best_known": 50.0})
    >>> told["engine_over_usual"], told["complete_over_engine"], told["engine_over_best"], told["usual_known"]
    (4.0, 0.975, 0.8, None)
    """
    usual, engine, best = max(middle["usual0"], middle["usual2"]), middle["engine"], middle.get("best_known")
    return {
        "usual": round(usual),
        "engine": round(engine),
        "complete": round(middle["complete"]),
        "best_known": best and round(best),
        "usual_known": round(middle["usual_known"]) if "usual_known" in middle else None,
        "engine_over_usual": round(engine / usual, 2),
        "engine_over_best": best and round(engine / best, 3),
        "complete_over_engine": round(middle["complete"] / engine, 3),
        "evaluation_seconds": round(middle.get("evaluation", 0.0), 3),
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
        batch = Batch(corrupt(x, config.corruption, (0.0, 1.0), None), x, labels, labels)
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


def engine(config: RunConfig, data: ImageData, bench: Bench) -> float:
    """Images per second of the trainer's steps after the first 16, blocks read back and threads chosen as in a run."""
    if not bench.settings.threads:
        torch.set_num_threads(fastest(config, data, bench.threads))
    state = TrainState.fresh(config, data.info, torch.device("cpu"))
    train, scaling = data.splits(config.data.validation)["train"], data.scaling(config.data.scaling)
    per_epoch = -(-len(train) // config.optimizer.batch_size)
    done, began = 0, 0.0
    with kept():
        while True:
            for block in blocks(train, state, lambda step: config, scaling, per_epoch):
                done += block.images
                if not began and state.step >= 16:
                    began, done = perf_counter(), 0
                if began and perf_counter() - began > bench.seconds:
                    return done / (perf_counter() - began)
            state.epoch += 1


def complete(config: RunConfig, bench: Bench) -> tuple[float, list[float]]:
    """(images per second, seconds of each evaluation) of a run under the manager while somebody watches.

    Evaluations are not in the rate, nor is the beginning, see `_settled`.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = {"runs_dir": Path(folder), "max_epochs": 10_000, "device": "cpu", "max_concurrent_runs": 1}
        manager = RunManager(bench.settings.model_copy(update=here))
        identifier = manager.submit(vary_all(config, [("epochs", 10_000)]))
        manager.wait(identifier, _settled(perf_counter() + 3 * bench.seconds), 120)
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


def _settled(late: float) -> Callable[[History], bool]:
    """Whether what is done once, at a run's beginning, is over: its reference lines, and its first twenty snapshots,
    which come by steps. late: the moment from which on those are not waited for.
    """

    def settled(history: History) -> bool:
        early = history.step <= max(EARLY) and perf_counter() < late
        return history.step >= 64 and bool(history.references) and not early

    return settled


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
