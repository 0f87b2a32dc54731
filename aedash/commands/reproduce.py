"""Train every preset that has a published figure, and judge ours against it.

A run of equal config that is finished already is not trained again. Presets run one after another; two shells with
--only use two cores best.
"""

from argparse import ArgumentParser, Namespace
from contextlib import closing
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

QUICK: list[tuple[str, Any]] = [("data.name", "digits"), ("epochs", 2), ("optimizer.batch_size", 20)]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="two epochs on digits: proves the path, judges nothing")
    parser.add_argument("--only", nargs="+", metavar="PRESET", help="these presets alone")


def run(args: Namespace) -> list[dict[str, Any]]:
    settings = Settings()
    wanted = [preset(name) for name in args.only or registry.presets.names()]
    pairs = [(source, figure) for source in wanted for figure in source.published or (None,)]
    with closing(Store(settings.runs_dir)) as store:
        return [
            judged(source, figure, *trained(store, source, procedure(source, figure, args.quick), settings), args.quick)
            for source, figure in pairs
        ]


def procedure(source: Preset, figure: Published | None, quick: bool = False) -> RunConfig:
    """The config that a figure was measured with."""
    config = source.config
    if figure is not None and figure.scaling != config.data.scaling:
        config = vary(config, "data.scaling", figure.scaling)
    return vary_all(config, QUICK) if quick else config


def trained(store: Store, source: Preset, config: RunConfig, settings: Settings) -> tuple[Run, History]:
    """A finished run of this config: one that is there, or a new one."""
    for run in store.runs():
        if run.state is RunState.FINISHED and run.config.key() == config.key():
            return run, store.history(run)
    fetch(config.data.name, settings.data_dir)
    new = store.create(config, source.id)
    follow(store, new, settings, settings.device, resume=False)
    run = store.run(new.id)
    if run.state is not RunState.FINISHED:
        raise Refused(f"{source.id} ended {run.state} (run {run.id}). {run.sentence}".strip(), "run")
    return run, store.history(run)


def judged(source: Preset, figure: Published | None, run: Run, history: History, quick: bool) -> dict[str, Any]:
    """One row of the table. `explained`: the figure is not what it seems, the preset's flaw says why."""
    split = figure.split if figure else "test"
    value = measured(split, run, history) * (figure.times if figure else 1)
    verdict = "no figure" if figure is None else verdict_of(figure, value, bool(source.flaw))
    return {
        "id": source.id,
        "published": figure.value if figure else None,
        "ours": value,
        "unit": figure.unit if figure else "loss",
        "split": split,
        "seeds": 1,
        "verdict": "not judged" if quick else verdict,
        "why": source.flaw,
        "test_mse": run.figures["test"].mse if "test" in run.figures else None,
        "seconds": round(run.seconds, 1),
        "run": run.id,
    }


def verdict_of(figure: Published, value: float, has_flaw: bool) -> str:
    """reproduced within the band, better below it, else explained by a known flaw, or missed."""
    off = value / figure.value - 1
    if abs(off) <= figure.band:
        return "reproduced"
    if off < 0:
        return "better"
    return "explained" if has_flaw and not figure.honest else "missed"


def measured(split: str, run: Run, history: History) -> float:
    """Our figure by the source's own procedure: a split's exact loss, or what training reported last."""
    if split in run.figures:
        return run.figures[split].loss
    if split == "last-batch" and history.blocks:
        return history.blocks[-1].losses["loss"]
    return history.ends[-1].train["loss"] if history.ends else float("nan")


def show(value: list[dict[str, Any]]) -> None:
    print("| system | published | ours | difference | split | verdict | test MSE | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for row in value:
        published = f"{row['published']:g}" if row["published"] else "-"
        off = f"{row['ours'] / row['published'] - 1:+.1%}" if row["published"] else "-"
        print(
            f"| {row['id']} | {published} | {row['ours']:.4g} | {off} | {row['split']} | {row['verdict']} | "
            f"{row['test_mse'] or float('nan'):.5f} | {row['seconds']:.0f} |"
        )
