"""Print what the page Explore says of trained models, as tables: trust, samples, odd one out, kept identity, t-SNE.

Everything is measured on test images, by the best weights, on one thread.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aedash.analysis.baselines import statistics
from aedash.analysis.equivalent import equivalent, pca_errors
from aedash.analysis.identity import kept, kept_by_pca
from aedash.analysis.judge import judge_of
from aedash.analysis.level import compare, paired
from aedash.analysis.odd import odd_one_out
from aedash.analysis.projection import tsne
from aedash.analysis.samplers import samplers
from aedash.analysis.samples import table
from aedash.analysis.spectrum import spectrum
from aedash.analysis.survey import Survey, survey
from aedash.analysis.trained import Trained, trained
from aedash.analysis.trust import JUDGED, alike, judged, trust
from aedash.analysis.versus import pca_at, pixels
from aedash.commands.bench.machine import apart, machine
from aedash.commands.train import fetch
from aedash.events import Floats
from aedash.formatting import count, number, percent
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store import Store
from aedash.store.gallery import pretrained

CODE = "code"
POINTS = (700, 2000, 10_000)  # that t-SNE is timed with
Rows = list[dict[str, Any]]


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names of the gallery's models, or ids of runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these tables alone")


def run(args: Namespace) -> dict[str, Any]:
    """{machine, models}: of each {model, id} and its tables by name, lists of rows, see the functions of PARTS; instead
    of one that it cannot have {refused: sentence}.

    Raises Refused for an unknown model, one without weights, or without its images.
    """
    settings = Settings()
    with closing(Store(settings.runs_dir)) as store:
        shown = pretrained(settings.gallery_dir)
        found = [(name, shown.get(name) or store.run(name)) for name in args.models]
    for _, one in found:
        fetch(one.config.data.name, settings.data_dir)
    bar = tqdm(found, unit="model", leave=False, disable=None)
    return {"machine": machine(), "models": [apart(1, _measured, name, one, args.only, settings) for name, one in bar]}


def _measured(name: str, one: Run, parts: list[str], settings: Settings) -> dict[str, Any]:
    model = trained(one, settings.data_dir)
    return {"model": name, "id": one.id, **{part: _asked(PARTS[part].rows, model, settings) for part in parts}}


def _asked(rows: Callable[[Trained, Settings], Rows], model: Trained, settings: Settings) -> Rows | dict[str, str]:
    try:
        return rows(model, settings)
    except Refused as error:
        return {"refused": str(error)}


def trusted(model: Trained, settings: Settings) -> Rows:
    """One {space, numbers, effective, alike, margin, gap, level, pca, tsne} a space: the code, the raw pixels, PCA with
    as many numbers; of 2,000 test images spread evenly.

    effective: directions in use, 1..numbers. alike: share of the 10 nearest that are of the same class, 0..1, with two
    standard errors; gap: of the code above this space. pca, tsne: of both maps {trustworthiness, continuity, alike}.
    """
    seen = survey(model, JUDGED)
    spaces = {CODE: seen.codes, "pixels": pixels(model, seen.places), "PCA": pca_at(model, seen.places)}
    there: dict[str, NDArray[Any]] = {name: x for name, x in spaces.items() if x is not None}
    rows = judged(*there.values())
    same = {name: alike(x[rows], seen.labels[rows]) for name, x in there.items()}
    return [
        {"space": name, **_maps(x[rows], seen.labels[rows]), **_beside(same[CODE], same[name])}
        for name, x in there.items()
    ]


def _beside(code: Floats, same: Floats) -> dict[str, Any]:
    found = compare([1 - code], [1 - same], least=0.0)
    margin = paired(same, np.zeros_like(same))
    return {"alike": float(same.mean()), "margin": margin, "gap": -found.gap, "level": found.level}


def _maps(x: NDArray[Any], labels: NDArray[np.int64]) -> dict[str, Any]:
    found, x = spectrum(x), x.astype(np.float32)
    maps = {"pca": (x - found.centre) @ found.axes[:2].T, "tsne": tsne(x)}
    told = {name: _told(points, x, labels) for name, points in maps.items()}
    return {"numbers": x.shape[1], "effective": found.effective, **told}


def _told(points: Floats, x: Floats, labels: NDArray[np.int64]) -> dict[str, float]:
    seen = trust(points, x)
    same = float(alike(points, labels).mean())
    return {"trustworthiness": seen.trustworthiness, "continuity": seen.continuity, "alike": same}


def sampled(model: Trained, settings: Settings) -> Rows:
    """`samples.Row` of each sampler and of what stands beside them, as mappings."""
    found = table(model, judge_of(model.config.data.name, settings.gallery_dir), samplers(model))
    return [asdict(row) for row in found.rows]


def odd(model: Trained, settings: Settings) -> Rows:
    """One {without, seed, name, auc, margin, level} a score, of all test images; without: the class left out."""
    found = odd_one_out(model)
    about = {"without": model.data.info.classes[found.label], "seed": model.config.seed}
    return [
        {**about, "name": each.name, "auc": each.auc, "margin": each.margin, "level": each.level}
        for each in found.scores
    ]


def identity(model: Trained, settings: Settings) -> Rows:
    """One {kept, read, margin, images, by_pca, equivalent}: `Kept` of the model; the share that PCA of equal size
    keeps; how many numbers PCA needs for the model's error on all test images.
    """
    judge, share = judge_of(model.config.data.name, settings.gallery_dir), model.config.data.validation
    own, pca = kept(model, judge), kept_by_pca(model, judge)
    errors = pca_errors(model.data.test, statistics(model.data, share))
    size = equivalent(float(survey(model, len(model.data.test)).mse.mean()), errors)
    return [{**asdict(own), "by_pca": pca.kept, "equivalent": size}]


def timed(model: Trained, settings: Settings) -> Rows:
    """One {points, seconds, trustworthiness, continuity, alike} a number of test images whose codes t-SNE arranges;
    trust of 2,000 of them.
    """
    return [_timed(survey(model, points)) for points in sorted({min(most, len(model.data.test)) for most in POINTS})]


def _timed(seen: Survey) -> dict[str, Any]:
    began = perf_counter()
    points = tsne(seen.codes)
    seconds, rows = perf_counter() - began, judged(seen.codes)
    return {"points": len(points), "seconds": seconds, **_told(points[rows], seen.codes[rows], seen.labels[rows])}


@dataclass(frozen=True)
class Part:
    """A table. rows: measures a model; heads: of its columns, between bars; cells: the texts of a row, under them."""

    rows: Callable[[Trained, Settings], Rows]
    heads: str
    cells: Callable[[dict[str, Any]], list[str]]


def _trust_cells(row: dict[str, Any]) -> list[str]:
    above = "" if row["space"] == CODE else f"{100 * row['gap']:+.1f} points" + (", level" if row["level"] else "")
    right = f"{100 * row['alike']:.1f} ± {100 * row['margin']:.1f} %"
    maps = [_map_words(row[name]) for name in ("pca", "tsne")]
    return [row["space"], str(row["numbers"]), f"{row['effective']:.1f}", right, above, *maps]


def _map_words(row: dict[str, float]) -> str:
    return f"{row['trustworthiness']:.3f} / {row['continuity']:.3f}, {percent(row['alike'], 0)}"


def _sample_cells(row: dict[str, Any]) -> list[str]:
    shares = [percent(row[name], 0) for name in ("near", "confident")]
    crowd = [percent(row[name], 0) for name in ("precision", "recall")]
    rest = [f"{row['density']:.2f}", percent(row["coverage"], 0), number(row["distance"])]
    return [row["name"], *shares, f"{row['kinds']:.1f}", *crowd, *rest]


def _odd_cells(row: dict[str, Any]) -> list[str]:
    return [row["without"], str(row["seed"]), row["name"], f"{row['auc']:.3f} ± {row['margin']:.3f}"]


def _identity_cells(row: dict[str, Any]) -> list[str]:
    return [*(percent(row[name]) for name in ("kept", "by_pca", "read")), number(row["equivalent"])]


def _time_cells(row: dict[str, Any]) -> list[str]:
    return [count(row["points"]), f"{row['seconds']:.2f}", _map_words(row)]


MAP = "trustworthiness / continuity, right by 10 neighbours"
PARTS = {
    "trust": Part(
        trusted,
        f"space | numbers | in use | right by 10 neighbours | code above it by | PCA map: {MAP} | t-SNE map: the same",
        _trust_cells,
    ),
    "samples": Part(
        sampled,
        "pictures | near | sure | kinds | precision | recall | density | coverage | kernel distance",
        _sample_cells,
    ),
    "odd": Part(odd, "left out | seed | error of | AUC", _odd_cells),
    "identity": Part(identity, "kept identity | of PCA | of originals | numbers PCA needs", _identity_cells),
    "tsne": Part(timed, f"points | t-SNE, seconds | {MAP}", _time_cells),
}


def show(value: dict[str, Any]) -> None:
    print(value["machine"])
    for name, part in PARTS.items():
        asked = [(model["model"], model[name]) for model in value["models"] if name in model]
        rows = [[model, *part.cells(row)] for model, found in asked if isinstance(found, list) for row in found]
        if rows:
            print(f"\n| model | {part.heads} |\n|{'---|' * len(rows[0])}")
        for cells in rows:
            print(f"| {' | '.join(cells)} |")
        for model, found in asked:
            if isinstance(found, dict):
                print(f"\n{name}, {model}: {found['refused']}")
