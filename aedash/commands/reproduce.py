"""Train every preset that has a published figure, and judge ours against it.

A run of equal config that is finished already is not trained again. Presets run one after another; two shells with
--only use two cores best.
"""

from argparse import ArgumentParser, Namespace
from contextlib import closing
from statistics import fmean
from typing import Any

from aedash import registry
from aedash.commands.progress import follow
from aedash.commands.train import fetch
from aedash.config import RunConfig, vary, vary_all
from aedash.events import RunState
from aedash.history import History, Run
from aedash.presets.base import Preset, Published, preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store

MOST_SEEDS = 20
QUICK: list[tuple[str, Any]] = [("data.name", "digits"), ("epochs", 2), ("optimizer.batch_size", 20)]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="two epochs on digits: proves the path, judges nothing")
    parser.add_argument("--only", nargs="+", metavar="PRESET", help="these presets alone")
    parser.add_argument("--seeds", type=int, default=1, help="train each with this many seeds and judge their band")


def run(args: Namespace) -> list[dict[str, Any]]:
    if not 1 <= args.seeds <= MOST_SEEDS:
        raise Refused(f"--seeds must be 1 to {MOST_SEEDS}; got {args.seeds}.", "seeds", f"1 to {MOST_SEEDS}")
    settings = Settings()
    wanted = [preset(name) for name in args.only or registry.presets.names()]
    pairs = [(source, figure) for source in wanted for figure in source.published or (None,)]
    with closing(Store(settings.runs_dir)) as store:
        return [
            judged(source, figure, [trained(store, source, config, settings) for config in configs], args.quick)
            for source, figure in pairs
            if (configs := seeded(procedure(source, figure, args.quick), args.seeds))
        ]


def seeded(config: RunConfig, count: int) -> list[RunConfig]:
    """The config with `count` seeds in a row, its own first."""
    return [vary(config, "seed", config.seed + i) for i in range(count)]


def procedure(source: Preset, figure: Published | None, quick: bool = False) -> RunConfig:
    """The config that a figure was measured with."""
    config = source.config
    if figure is not None and figure.scaling != config.data.scaling:
        config = vary(config, "data.scaling", figure.scaling)
    return vary_all(config, QUICK) if quick else config


def trained(store: Store, source: Preset, config: RunConfig, settings: Settings) -> tuple[Run, History]:
    """A finished run of this config: one that is there, or a new one."""
    for run in store.runs():
        if run.state is RunState.FINISHED and run.config.key() == config.key() and not run.changes:
            return run, store.history(run)
    fetch(config.data.name, settings.data_dir)
    new = store.create(config, source.id)
    follow(store, new, settings, settings.device, resume=False)
    run = store.run(new.id)
    if run.state is not RunState.FINISHED:
        raise Refused(f"{source.id} ended {run.state} (run {run.id}). {run.sentence}".strip(), "run")
    return run, store.history(run)


def judged(
    source: Preset, figure: Published | None, runs: list[tuple[Run, History]], quick: bool = False
) -> dict[str, Any]:
    """One row of the table; ours: the mean over seeds, low and high: their range."""
    split = figure.split if figure else "test"
    values = [measured(figure, run, history) for run, history in runs]
    verdict = "no figure" if figure is None else verdict_of(figure, values, bool(source.flaw))
    return {
        "id": source.id,
        "published": figure.value if figure else None,
        "ours": fmean(values),
        "low": min(values),
        "high": max(values),
        "unit": figure.unit if figure else "loss",
        "split": split,
        "seeds": len(values),
        "verdict": "not judged" if quick else verdict,
        "why": source.flaw,
        "test_mse": fmean(run.figures["test"].mse for run, _ in runs),
        "seconds": round(sum(run.seconds for run, _ in runs), 1),
        "runs": [run.id for run, _ in runs],
    }


def verdict_of(figure: Published, values: list[float], has_flaw: bool) -> str:
    """How the published figure lies to the range of ours over seeds, widened by its band on both sides.

    reproduced within it; better when all of ours are below; else explained when a known flaw says why the figure is not
    what it seems, or missed.
    """
    low, high = (min(values) / figure.value - 1, max(values) / figure.value - 1)
    if low <= figure.band and high >= -figure.band:
        return "reproduced"
    if high < 0:
        return "better"
    return "explained" if has_flaw and not figure.honest else "missed"


def measured(figure: Published | None, run: Run, history: History) -> float:
    """Our figure by the source's own procedure: of a split, exactly, or what training reported last."""
    if figure is None:
        return run.figures["test"].loss
    if figure.split in run.figures:
        return figure.ours(run.figures[figure.split])
    last = history.blocks[-1].losses if figure.split == "last-batch" else history.ends[-1].train
    return last["loss"] * figure.times


def _range(row: dict[str, Any]) -> str:
    return f"{row['seeds']}: {row['low']:.4g} to {row['high']:.4g}" if row["seeds"] > 1 else "1"


def show(value: list[dict[str, Any]]) -> None:
    print("| system | published | ours | seeds: low to high | difference | split | verdict | test MSE | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in value:
        published = f"{row['published']:g}" if row["published"] else "-"
        off = f"{row['ours'] / row['published'] - 1:+.1%}" if row["published"] else "-"
        print(
            f"| {row['id']} | {published} | {row['ours']:.4g} | {_range(row)} | {off} | {row['split']} | "
            f"{row['verdict']} | {row['test_mse']:.5f} | {row['seconds']:.0f} |"
        )
