"""Train every preset that has a published figure, and judge ours against it.

A run of equal config that is finished already is not trained again. Presets run one after another; two shells with
--only use two cores best.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from statistics import fmean
from typing import Any

from aedash import registry
from aedash.commands import Interrupted
from aedash.commands.progress import follow
from aedash.commands.train import fetch
from aedash.config import RunConfig, vary_all
from aedash.events import RunState
from aedash.formatting import change, count
from aedash.history import History, Run, whole_run
from aedash.presets.base import Preset, Published, preset
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.sweep import seeded

MOST_SEEDS = 20
APART = 3  # factor between neighbouring values from which on seeds are two populations, whose mean no seed has
FAILED = {
    "verdict": "failed",
    **dict.fromkeys(("ours", "low", "high", "values", "code_sizes", "code_units", "test_mse")),
}
QUICK: list[tuple[str, Any]] = [("data.name", "digits"), ("epochs", 2), ("optimizer.batch_size", 20)]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="two epochs on digits: proves the path, judges nothing")
    parser.add_argument("--only", nargs="+", metavar="PRESET", help="these presets alone")
    parser.add_argument("--seeds", type=int, default=1, help="train each with this many seeds and judge their band")


def run(args: Namespace) -> list[dict[str, Any]]:
    """One `row` a published figure, or a preset without one. Raises Refused for unknown presets, 0 or over 20 seeds."""
    if not 1 <= args.seeds <= MOST_SEEDS:
        raise Refused(f"--seeds must be 1 to {MOST_SEEDS}; got {args.seeds}.", "seeds", f"1 to {MOST_SEEDS}")
    settings = Settings()
    wanted = [preset(name) for name in args.only or registry.presets.names()]
    rows = []
    with closing(Store(settings.runs_dir)) as store:
        for source in wanted:
            for figure in source.published or (None,):
                config = vary_all(source.procedure(figure), QUICK if args.quick else ())
                runs = [trained(store, source, each, settings) for each in seeded(config, args.seeds)]
                rows.append(row(source, figure, runs, args.quick))
    return rows


def trained(store: Store, source: Preset, config: RunConfig, settings: Settings) -> tuple[Run, History]:
    """A run of this config that has ended, finished or failed, and its history: one that is there, or a new one.

    Raises Interrupted where a person broke it off, and with it the command; Refused as `fetch`.
    """
    run = whole_run(store.runs(), config)
    if run is None:
        fetch(config.data.name, settings.data_dir)
        run = store.create(config, source.id)
        follow(store, run, settings, settings.device, resume=False)
        run = store.run(run.id)
    if run.state is RunState.INTERRUPTED:
        raise Interrupted(f"{source.id} was interrupted (run {run.id}): `resume` it, and reproduce again.")
    return run, store.history(run)


def row(
    source: Preset, figure: Published | None, runs: list[tuple[Run, History]], quick: bool = False
) -> dict[str, Any]:
    """One row of the table: what was published, and what came of it here.

    figure: None for a preset without one. runs: one a seed, not empty; quick: judged by nobody. seconds: of all
    together; for values see `judged`, all None where a run failed.
    """
    own = source.config.data
    asked = (figure.dataset, figure.scaling) if figure else (own.name, own.scaling)
    broken = [run for run, _ in runs if run.state is RunState.FAILED]
    return {
        "id": source.id,
        "data": ", ".join(word for word in asked if word not in (own.name, own.scaling)),
        "published": figure.value if figure else None,
        "unit": figure.unit if figure else "loss",
        "split": figure.split if figure else "test",
        "seeds": len(runs),
        "why": broken[0].sentence if broken else reason(source, figure),
        "seconds": round(sum(run.seconds for run, _ in runs), 1),
        "runs": [run.id for run, _ in runs],
        **(FAILED if broken else judged(figure, runs)),
        **({"verdict": "not judged"} if quick and not broken else {}),
    }


def reason(source: Preset, figure: Published | None) -> str:
    """What to know before believing a figure; empty for an honest one that needs no word."""
    if figure is None:
        return ""
    return figure.why or ("" if figure.honest else source.flaw)


def judged(figure: Published | None, runs: list[tuple[Run, History]]) -> dict[str, Any]:
    """What finished runs say, a value a seed. code_sizes: live numbers of the code on test images.

    ours: their mean, None where the seeds are two populations.
    """
    values = [figure.measured(run, history) if figure else run.figures["test"].loss for run, history in runs]
    tests = [run.figures["test"] for run, _ in runs]
    return {
        "verdict": "no figure" if figure is None else figure.verdict(values),
        "ours": fmean(values) if len(populations(values)) == 1 else None,
        "low": min(values),
        "high": max(values),
        "values": values,
        "code_sizes": [test.code_size for test in tests],
        "code_units": tests[0].code_units,
        "test_mse": fmean(test.mse for test in tests),
    }


def populations(values: Sequence[float]) -> list[list[float]]:
    """The values in order, cut where the next one is more than 3 times the one before it.

    >>> populations([0.9, 1.0, 20.0])
    [[0.9, 1.0], [20.0]]
    """
    ordered = sorted(values)
    cuts = [i for i, (low, high) in enumerate(pairwise(ordered), 1) if high > APART * abs(low)]
    return [ordered[start:end] for start, end in pairwise([0, *cuts, len(ordered)])]


def failed(value: list[dict[str, Any]]) -> bool:
    """Whether a run behind the table failed."""
    return any(each["verdict"] == "failed" for each in value)


HEADS = "system | published | ours | seeds: low to high | difference | split | live code | verdict | test MSE | seconds"


def show(value: list[dict[str, Any]]) -> None:
    print(f"| {HEADS} |\n|{'---|' * (HEADS.count('|') + 1)}")
    for each in value:
        print(f"| {' | '.join(cells(each))} |")
    print()
    for line in dict.fromkeys(f"- {_name(each)}: {each['why']}" for each in value if each["why"]):
        print(line)


def cells(each: dict[str, Any]) -> list[str]:
    """The texts of a row, under HEADS; dashes for what a failed run, or one without a published figure, lacks."""
    published, seconds, values = each["published"], count(each["seconds"]), each["values"]
    told = f"{published:g}" if published else "-"
    if values is None:
        return [_name(each), told, "-", str(each["seeds"]), "-", each["split"], "-", each["verdict"], "-", seconds]
    off = change(each["ours"] / published - 1) if published and each["ours"] is not None else "-"
    live = f"{', '.join(map(str, each['code_sizes']))} of {each['code_units']}"
    several = f"{each['seeds']}: {_digits(each['low'])} to {_digits(each['high'])}" if each["seeds"] > 1 else "1"
    mse = f"{each['test_mse']:.5f}"
    return [_name(each), told, _ours(values), several, off, each["split"], live, each["verdict"], mse, seconds]


def _ours(values: list[float]) -> str:
    """Their mean; of two populations how many are where."""
    groups = populations(values)
    means = [_digits(fmean(group)) for group in groups]
    return means[0] if len(groups) == 1 else ", ".join(f"{len(g)} near {m}" for g, m in zip(groups, means, strict=True))


def _digits(value: float) -> str:
    """Four significant digits: one more than people are shown, to compare machines."""
    return f"{value:.4g}"


def _name(each: dict[str, Any]) -> str:
    """The preset, and the data where they are not its own."""
    return f"{each['id']}, {each['data']}" if each["data"] else str(each["id"])
