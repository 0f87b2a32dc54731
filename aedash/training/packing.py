"""Packing a finished run for the gallery: half-precision weights, a dozen snapshots, thinned curves, its figures."""

import shutil
from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np
import torch

from aedash.analysis.baselines import references
from aedash.analysis.metrics import clean_batches, evaluate
from aedash.analysis.snapshots import KEPT_NUMBERS, Probe
from aedash.atomic import write_json
from aedash.data.image_data import images_of
from aedash.events import NO_EXHIBIT, Bytes, Figures, Probes, Snapshot
from aedash.history import History, Run, joined
from aedash.models import build
from aedash.store import folder as folders
from aedash.store.weights import load_weights, save_weights
from aedash.training.findings import findings

ROUNDING = 1.0  # grey levels by which pictures of halved weights may differ, on average


@dataclass(frozen=True)
class Thinning:
    """How much of a run is kept: snapshots, the last among them, and samples in each; blocks and ends of epochs of its
    curves; principal numbers of each code, and those of the last snapshot; points, dots of its map.
    """

    snapshots: int = 12
    samples: int = 45
    blocks: int = 300
    ends: int = 1000
    numbers: int = 8
    last_numbers: int = KEPT_NUMBERS
    points: int = 500


MODEL = Thinning()  # a trained model of the gallery


def pack(run: Run, history: History, folder: Path, data_root: Path, thinning: Thinning = MODEL) -> int:
    """Write the folder anew, whole; returns its size in bytes. Called by the command `pretrain`, for the gallery.

    Weights are halved where no published digit changes: where the test loss keeps its first three. Raises OSError, and
    KeyError for a run without figures of the test images.
    """
    partial = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "snapshots").mkdir(parents=True)
    packed = _weights(run, partial, data_root)
    test = replace(run.figures["test"], measures=packed.measures)  # what is measured may be newer than the run
    write_json(partial / "run.json", folders.manifest(replace(run, figures={**run.figures, "test": test})))
    folders.write_history(partial, _thinned(judged(run, history, data_root), thinning))
    points = thinning.points
    if history.probes:  # the images in the grid stand on the map, too
        points = max(points, int(history.probes.shown.max()) + 1)
        folders.save_arrays(partial / "probes.npz", _fewer(history.probes, points))
    *before, last = [history.snapshots[i] for i in spread(len(history.snapshots), thinning.snapshots)]
    numbers = [thinning.numbers] * len(before) + [thinning.last_numbers]
    for snapshot in (lean(*each, points, thinning.samples) for each in zip([*before, last], numbers, strict=True)):
        folders.save_arrays(partial / "snapshots" / f"{snapshot.step}.npz", snapshot)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return size(folder)


def size(folder: Path) -> int:
    """Bytes of all its files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def refresh(run: Run, history: History, data_root: Path) -> None:
    """Write anew what this version finds of a packed run: lines, findings, measures, exhibit. Its weights stay.

    data_root: of the data sets; raises Unavailable without them, ValueError for weights of another model.
    """
    data = images_of(run.config.data, data_root)
    scaling, model = data.scaling(run.config.data.scaling), build(run.config.architecture, data.info, run.config.seed)
    load_weights(model, run.folder / "best.safetensors")
    folders.write_history(run.folder, judged(run, history, data_root))
    _exhibited_anew(run, history, Probe(data, run.config, scaling).look(model, run.epochs_done).exhibit)
    with torch.no_grad():
        measures = model.eval().measures(clean_batches(data.test, scaling, model.chunk))
    if measures:
        test = replace(run.figures["test"], measures={**run.figures["test"].measures, **measures})
        write_json(run.folder / "run.json", folders.manifest(replace(run, figures={**run.figures, "test": test})))


def _exhibited_anew(run: Run, history: History, exhibit: Bytes) -> None:
    """The last snapshot shows what the model would exhibit today; where that is something else, those before nothing.

    Their weights are gone.
    """
    *before, last = history.snapshots
    if not exhibit.size:
        return
    alike = exhibit.shape == last.exhibit.shape
    if not alike or float(np.abs(exhibit.astype(int) - last.exhibit).mean()) > ROUNDING:
        for snapshot in [*(replace(one, exhibit=NO_EXHIBIT) for one in before), replace(last, exhibit=exhibit)]:
            folders.save_arrays(run.folder / "snapshots" / f"{snapshot.step}.npz", snapshot)


def judged(run: Run, history: History, data_root: Path) -> History:
    """A copy of the history with reference lines and findings of this version: what it was trained under may have
    erred.
    """
    data = images_of(run.config.data, data_root)
    code = prod(build(run.config.architecture, data.info, run.config.seed).latent_shape)
    lines = references(data, run.config, code)
    anew = copy(history)
    anew.references = lines
    anew.ends = [
        replace(end, findings=findings(history.ends[:i], lines, run.config)) for i, end in enumerate(history.ends, 1)
    ]
    return anew


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` indices below count, evenly, the last and the first among them; empty where there is nothing.

    >>> spread(10, 4)
    [0, 3, 6, 9]
    """
    places = np.linspace(count - 1, 0, min(count, wanted))  # the last one, if but one is wanted
    return sorted({round(i) for i in places}) if count else []


def lean(snapshot: Snapshot, numbers: int, points: int, samples: int) -> Snapshot:
    """The same with so many dots on the map and samples at most, and of each code only the first principal numbers."""
    scores, components = snapshot.scores[:points, :numbers], snapshot.components[:numbers]
    return replace(snapshot, scores=scores, components=components, samples=snapshot.samples[:samples])


def _fewer(probes: Probes, points: int) -> Probes:
    return replace(probes, images=probes.images[:points], labels=probes.labels[:points])


def _thinned(history: History, thinning: Thinning) -> History:
    """Its blocks joined to so many, so that no mean changes. The last one stays: some sources published its loss.

    The best of its epochs stays, too.

    seconds and images stand in the manifest and are those of all blocks still.
    """
    thin = History()
    thin.started, thin.references = history.started, history.references
    few, best = spread(len(history.ends), thinning.ends), history.best()
    thin.ends = [end for i, end in enumerate(history.ends) if i in few or end is best]
    last = len(history.blocks) - 1
    if last >= 0:
        cuts = [0, *(i + 1 for i in spread(last, thinning.blocks - 1)), last + 1]
        thin.blocks = [joined(history.blocks[one:next]) for one, next in pairwise(cuts)]
    return thin


def _weights(run: Run, folder: Path, data_root: Path) -> Figures:
    """Write the best weights; the figures of what was written, on the test images."""
    data = images_of(run.config.data, data_root)
    model = build(run.config.architecture, data.info, run.config.seed)
    about = load_weights(model, run.folder / "best.safetensors")
    whole = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        for value in model.state_dict().values():
            value.copy_(value.half())
    scaling = data.scaling(run.config.data.scaling)
    figures = evaluate(model, data.test, run.config, scaling)
    if f"{figures.loss:.3g}" == f"{run.figures['test'].loss:.3g}":
        save_weights(model.half(), folder / "best.safetensors", about)
        return figures
    model.load_state_dict(whole)
    save_weights(model, folder / "best.safetensors", about)
    return evaluate(model, data.test, run.config, scaling)
