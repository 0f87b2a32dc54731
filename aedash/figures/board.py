"""The live board: one run's history, at one moment, as the four pictures of the Train page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aedash import words
from aedash.analysis.alignment import size
from aedash.analysis.equivalent import milestones, recorded
from aedash.analysis.moments import positions, trails
from aedash.config import RunConfig
from aedash.events import Bytes, Changed, EpochEnd, Floats, Probes, Snapshot
from aedash.figures.curves import Level, Line, LossChart
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.figures.scatter import LatentMap, box
from aedash.formatting import number, percent, setting
from aedash.history import History

SAMPLE_COLUMNS = 9
NEIGHBOURHOODS = "t-SNE lays images with alike codes side by side; how far apart groups lie says little."
EXHIBIT_HEIGHT = 250  # CSS pixels: all of its rows are seen at once
MIN_TILE = 44  # whether or not there is a row of noisy images: choosing noise takes no image away
UNIT = 2.0  # least side of the map of a dead code, in code units: what N(0, I) spans from -1 to 1
MOST_PASSED = 1000  # numbers of PCA that are worth a mark
END_LABEL = {"validation": "valid.", "test": "test"}


@dataclass(frozen=True)
class Earlier:
    """A run to draw behind the one on screen: what it is called, and its record."""

    title: str
    history: History


def loss_chart(
    history: History,
    config: RunConfig,
    unit: str,
    published: tuple[int, Sequence[float]] | None = None,
    earlier: Earlier | None = None,
    moment: Snapshot | None = None,
) -> LossChart:
    """Training and second curve, each term apart, reference levels, the published curve and an earlier run's.

    config: that the run began with; unit: of its objective; published: (first epoch, value an epoch) in that unit, or
    None; moment: of the time machine, None when live. A curve that has no point yet is not among the lines.
    """
    lines = [*_reference_lines(published, earlier), *_own_lines(history, config)]
    levels = history.references.lines if history.references else ()
    best = history.best()
    held_out = best is not None and best.split == "validation"
    per_epoch = history.started.steps_per_epoch if history.started else 1
    return LossChart(
        lines=tuple(lines),
        levels=tuple(Level(line.label, line.value) for line in levels),
        epochs=config.epochs,
        unit=unit,
        log=unit.endswith("per image"),
        alt=_chart_alt(history),
        best=(best.epoch, best.figures.loss) if best and held_out else None,
        marker=moment.step / per_epoch if moment else None,
        marks=tuple(sorted([*_changed(history, per_epoch), *_passed(history)], key=lambda mark: mark[0])),
    )


def _changed(history: History, per_epoch: int) -> list[tuple[float, str]]:
    return [(change.step / per_epoch, short(change)) for change in history.changes]


def _passed(history: History) -> list[tuple[float, str]]:
    """[(epoch, label)]: where the error of clean images fell below that of PCA with 1, 2, 5, 10, ... numbers, on the
    split that is watched; the mean image is PCA with none.
    """
    ends = history.ends[:]
    sizes = [recorded(end.figures.mse, history.references, end.split) for end in ends]
    known = [float("nan") if size is None else size for size in sizes]
    return [(float(ends[place].epoch), f"PCA-{size} passed") for place, size in milestones(known, MOST_PASSED)]


def short(change: Changed) -> str:
    """The least that tells what was changed.

    >>> short(Changed(100, "optimizer.learning_rate", 0.0005))
    'lr 0.0005'
    """
    return f"{words.short(change.path)} {setting(change.value)}"


def _reference_lines(published: tuple[int, Sequence[float]] | None, earlier: Earlier | None) -> list[Line]:
    lines = []
    if earlier and earlier.history.ends:
        x, y = earlier.history.second(lambda end: end.figures.loss)
        lines.append(Line(f"earlier: {earlier.title}", x, y, "earlier", "earlier"))
    if published:
        first, values = published
        lines.append(Line("published", np.arange(first, first + len(values)), np.asarray(values), "published", "publ."))
    return lines


def _own_lines(history: History, config: RunConfig) -> list[Line]:
    lines = []
    first = {term.name: term.weight for term in config.objective}
    names = history.names()
    for name in names[1:] if len(names) > 2 else []:
        x, y = history.train(name)
        weights = _weights(name, first.get(name, 1.0), x, history)
        word = words.plain(name)
        label = word if weights[-1] == 1 else f"{setting(weights[-1])} × {word}"
        lines.append(Line(label, x, y * weights, "term", word[:6], shown=False))
    if names:
        lines.append(Line("train", *history.train("loss"), "train", "train"))
    split = history.ends[0].split if history.ends else "validation" if config.data.validation else "test"
    x, y = _second(history, split)
    return [*lines, Line(split, x, y, "second", END_LABEL[split])] if len(x) else lines


def _second(history: History, split: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(epochs (N,), losses (N,)): an epoch each, and where the run was stopped within one, whose weights were kept."""
    x, y = history.second(lambda end: end.figures.loss)
    kept, last = history.state.figures.get(split), x[-1] if len(x) else 0.0
    held_out = split == "validation" and last  # the best weights are of an epoch's end
    if kept is None or held_out or history.epoch <= last:
        return x, y
    return np.append(x, history.epoch), np.append(y, kept.loss)


def _weights(name: str, first: float, epochs: NDArray[np.float64], history: History) -> NDArray[np.float64]:
    """(N,) a term's weight in the blocks that end at these epochs (N,)."""
    weights = np.full(len(epochs), first)
    per_epoch = history.started.steps_per_epoch if history.started else 1
    for change in history.changes:
        if change.path == f"objective.{name}.weight":
            weights[epochs > change.step / per_epoch] = change.value
    return weights


def _chart_alt(history: History) -> str:
    changes = ", ".join(map(short, history.changes))
    changed = f" Changed on the way: {changes}." if changes else ""
    passed = "".join(f" {label} in epoch {epoch:.0f}." for epoch, label in _passed(history)[-1:])
    if not history.ends:
        return f"Loss by epoch; no epoch has ended yet.{changed}"
    last, best = history.ends[-1], history.best()
    kept = f" Best weights: epoch {best.epoch}." if best else ""
    return (
        f"Loss by epoch. After epoch {last.epoch}: training {number(last.train['loss'])}, "
        f"{last.split} {number(last.figures.loss)}.{kept}{changed}{passed}"
    )


def reconstruction(originals: Bytes, inputs: Bytes | None, snapshot: Snapshot | None) -> Mosaic:
    """Originals over (corrupted inputs over) reconstructions over signed errors, the MSE per pixel of each below.

    originals, inputs: (N, H, W) uint8; inputs: None when nothing corrupts them. Without a snapshot the lower rows are
    outlined tiles.
    """
    given = [originals] if inputs is None else [originals, inputs]
    labels = ("input",) if inputs is None else ("clean", "input")
    rows = list(given)
    foot = ("–",) * len(originals)
    if snapshot is not None:
        difference = (snapshot.reconstructions.astype(np.float32) - originals) / 255
        rows += [snapshot.reconstructions, error_map(difference)]
        foot = tuple(number(float(value)) for value in snapshot.mse)
    rows_shown = len(given) + 2
    return Mosaic(
        image=sheet(rows),
        columns=len(originals),
        rows=rows_shown,
        labels=(*labels, "output", "error", "MSE"),
        foot=foot,
        alt=f"{len(originals)} test images, their reconstructions and the signed error of each",
        max_tile=80 if rows_shown == 3 else 54,
        min_tile=MIN_TILE,
        filled=len(rows),
    )


def latent_map(
    history: History,
    probes: Probes,
    snapshot: Snapshot,
    classes: tuple[str, ...],
    atlas: str,
    followed: list[int],
    beside: tuple[str, float] | None = None,
) -> LatentMap:
    """The codes of the fixed test images, in the basis that all steps of the run share.

    classes: names, by label; atlas: name of the images that hovering shows; followed: rows whose way until then is
    drawn, those that the map lacks left out; beside: see `spread_sentence`.
    """
    points = positions(history, snapshot)
    least = UNIT if dead(history, snapshot) else 0.0
    paths = trails(history, snapshot, [i for i in followed if i < len(points)])
    return LatentMap(
        points=points,
        labels=probes.labels,
        classes=classes,
        box=box(points, least),
        atlas=atlas,
        trails=tuple(paths.items()),
        alt=f"Latent codes of {len(points)} test images, coloured by class",
        note=spread_sentence(history, snapshot, beside),
        equal=dead(history, snapshot),
        faint=dead(history, snapshot),
    )


def dead(history: History, snapshot: Snapshot) -> bool:
    """Whether no unit of the code was alive when the last epoch before that moment ended; False before one has."""
    end = at_moment(history, None if snapshot is history.snapshots[-1] else snapshot)
    return end is not None and end.figures.code_size == 0


def spread_sentence(history: History, snapshot: Snapshot, beside: tuple[str, float] | None = None) -> str:
    """How large the cloud of codes is, in code units, and whether it says anything: the map is scaled to fill.

    beside: (name, size) of another model's cloud.
    """
    spread = size(snapshot.scores)
    if np.isnan(spread):
        return "No code is a number"
    against = f", {_beside(spread / beside[1])} that of {beside[0]}" if beside and beside[1] else ""
    nothing = " No number of it is in use: a place says nothing about its image."
    return f"Spread of the code: {number(spread)}{against}.{nothing * dead(history, snapshot)}"


def _beside(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio >= 1 else f"{percent(ratio)} of"


def embedding_map(points: Floats, probes: Probes, classes: tuple[str, ...], atlas: str) -> LatentMap:
    """A map made elsewhere, t-SNE say. points: (N, 2), nan for what is not drawn; atlas: as in `latent_map`."""
    alt = f"t-SNE map of the codes of {len(points)} test images, coloured by class"
    return LatentMap(points, probes.labels, classes, box(points), atlas, (), alt, NEIGHBOURHOODS)


@lru_cache(maxsize=64)
def samples(snapshot: Snapshot | None) -> Mosaic:
    """Images decoded from N(0, I), the same codes at every step, in rows of nine; five rows of outlined tiles for None.

    Made once a snapshot, however many look at it.
    """
    rows = 5 if snapshot is None else min(5, max(1, len(snapshot.samples) // SAMPLE_COLUMNS))
    image = ""
    if snapshot is not None:
        tiles = snapshot.samples[: rows * SAMPLE_COLUMNS]
        image = sheet([tiles[i : i + SAMPLE_COLUMNS] for i in range(0, len(tiles), SAMPLE_COLUMNS)])
    alt = f"{rows * SAMPLE_COLUMNS} images decoded from random codes"
    return Mosaic(image, SAMPLE_COLUMNS, rows, alt=alt, max_tile=60, min_tile=33)


@lru_cache(maxsize=64)
def exhibit(snapshot: Snapshot) -> Mosaic:
    """What only this model can show, as the model laid it out; the snapshot has one."""
    rows, columns = snapshot.exhibit.shape[:2]
    alt = f"{rows} rows of {columns} pictures that only this model can make"
    most = min(60, EXHIBIT_HEIGHT // rows - 3)
    return Mosaic(sheet(list(snapshot.exhibit)), columns, rows, alt=alt, max_tile=most, min_tile=min(33, most))


def frames(history: History, config: RunConfig) -> tuple[float, ...]:
    """Positions (0 to 1) of the recorded snapshots on the whole run's time line; empty before it began."""
    if history.started is None:
        return ()
    whole = history.started.steps_per_epoch * config.epochs
    return tuple(min(1.0, snapshot.step / whole) for snapshot in history.snapshots)


def at_moment(history: History, snapshot: Snapshot | None) -> EpochEnd | None:
    """The last epoch that had ended at that moment; of the whole run when live (None). None before one has."""
    ends = history.ends[:]
    if snapshot is not None:
        ends = [end for end in ends if end.step <= snapshot.step]
    return ends[-1] if ends else None
