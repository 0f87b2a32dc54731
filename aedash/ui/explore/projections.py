"""Projections: where the images of a survey lie on a map, of the model's code and of what can stand beside it."""

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash import registry
from aedash.analysis.projection import tsne
from aedash.analysis.spectrum import Spectrum, spectrum
from aedash.analysis.versus import pca_at, pixels
from aedash.events import Floats
from aedash.figures.units import unit_name
from aedash.formatting import count, percent, setting
from aedash.ui.desk.background import told
from aedash.ui.desk.manager import present
from aedash.ui.explore.bench import Bench

NAMES = ("PCA", "PCA 3-D", "Units", "t-SNE")
SPACES = ("code", "pixels", "PCA")  # what can be seen: the model's code, the raw images, PCA with as many numbers
PERPLEXITIES = (5.0, 30.0, 100.0)


@dataclass(frozen=True)
class View:
    """What is to be seen, and how. name: one of NAMES; space: one of SPACES; units: of Units, the numbers on both axes,
    those beyond the code count as its last; perplexity, seed: of t-SNE.
    """

    name: str = "PCA"
    units: tuple[int, int] = (0, 1)
    perplexity: float = 30.0
    seed: int = 0
    space: str = "code"

    def beside(self, space: str) -> "View":
        """The same map of another space, whose units are nobody's: there the main axes take their place."""
        return replace(self, space=space, name="PCA" if self.name == "Units" else self.name)


@dataclass(frozen=True, eq=False)
class Projected:
    """A map of N images in the order of the survey.

    points: (N, 2 or 3) float32, in the units of the space, of t-SNE in none. axes: what each axis is; none where they
    mean nothing. linear: (centre (D,), axes (D, 2 or 3)) where points are (x - centre) @ axes, else None. drawn: share
    of the space's variance that the axes hold, 0..1; nan where that is no question. done: share of the arranging that
    is over; below 1 the points still move. note: what is to be known of this map, a sentence or none.
    """

    points: Floats
    axes: tuple[str, ...] = ()
    linear: tuple[Floats, Floats] | None = None
    drawn: float = float("nan")
    done: float = 1.0
    note: str = ""


def projected(bench: Bench, view: View) -> Projected | None:
    """The map; None until there is anything to be seen of it, or where the desk tells why it cannot be.

    t-SNE is shown as it unfolds, from the main axes on.
    """
    x = space(bench, view.space)
    if x is None:
        return None
    if view.name == "Units":
        return units(x, view.units)
    found = spread(bench, view.space)
    if found is None:
        return None
    if view.name == "t-SNE":
        return _arranged(bench, view, x, found)
    return main_axes(x, found, 3 if view.name == "PCA 3-D" else 2)


def space(bench: Bench, name: str) -> NDArray[Any] | None:
    """(N, D) the survey's images in a space; None until it is there, and where there is none, see `spaces`."""
    survey = bench.survey
    if survey is None or name == "code":
        return None if survey is None else survey.codes
    if name not in spaces(bench):
        return None
    places, data = survey.places, bench.run.config.data
    images = (data.name, len(places), int(places[-1]))  # the same for all models of the data set
    if name == "pixels":
        return bench.desk.ask(bench.run, name, lambda model: pixels(model, places), *images)
    size = survey.codes.shape[1]
    return bench.desk.ask(
        bench.run, name, lambda model: pca_at(model, places), *images, data.validation, data.without, size
    )


def spaces(bench: Bench) -> tuple[str, ...]:
    """Those of SPACES that there are: a code of as many numbers as pixels has no PCA beside it, and images that are
    not there have nothing.
    """
    if not present(bench.run.config.data.name):
        return SPACES[:1]
    size = 0 if bench.survey is None else bench.survey.codes.shape[1]
    return SPACES if size < prod(registry.datasets.get(bench.run.config.data.name).info.shape) else SPACES[:2]


def spread(bench: Bench, name: str) -> Spectrum | None:
    """The spectrum of a space; None until it is there."""
    x = space(bench, name)
    return None if x is None else bench.desk.look(("spectrum", *bench.surveyed, name), lambda: spectrum(x))


def units(codes: NDArray[Any], chosen: tuple[int, int]) -> Projected:
    """Two numbers of the codes (N, D) as axes, counted from 0."""
    last = codes.shape[1] - 1
    pair = [min(unit, last) for unit in chosen]
    axes = np.zeros((last + 1, 2), np.float32)
    axes[pair, [0, 1]] = 1
    names = tuple(map(unit_name, pair))
    variance = codes.var(0, dtype=np.float64)
    drawn = float(variance[sorted(set(pair))].sum() / (variance.sum() or 1.0))
    points = codes[:, pair].astype(np.float32)
    return Projected(points, names, (np.zeros(last + 1, np.float32), axes), drawn)


def main_axes(x: NDArray[Any], found: Spectrum, count: int) -> Projected:
    """The codes (N, D) along so many principal axes; what they do not have is an axis at 0."""
    there = min(count, len(found.axes))
    axes = np.zeros((x.shape[1], count), np.float32)
    axes[:, :there] = found.axes[:there].T
    shares = found.shares[:there]
    names = [f"axis {i}, {percent(float(share), 0)} of the variance" for i, share in enumerate(shares, 1)]
    points = ((x.astype(np.float32) - found.centre) @ axes).astype(np.float32)
    empty = [""] * (count - there)
    return Projected(points, (*names, *empty), (found.centre, axes), float(shares.sum()), note=_flat(x, found, count))


def _flat(x: NDArray[Any], found: Spectrum, axes: int) -> str:
    if not found.total:
        return "All images have the same code: there is nothing to see."
    if x.shape[1] == 1:
        return "The code is one number: all images lie on a line."
    return f"The code has {x.shape[1]} numbers: the third axis is empty." if x.shape[1] < axes else ""


def _arranged(bench: Bench, view: View, x: NDArray[Any], found: Spectrum) -> Projected:
    """t-SNE, or what there is of it; till then the main axes, from which it unfolds."""
    key = ("t-SNE", *bench.surveyed, view.space, view.perplexity, view.seed)
    points, done = bench.desk.growing(key, lambda: tsne(x, view.perplexity, told, view.seed))
    if points is None:
        return replace(main_axes(x, found, 2), axes=(), linear=None, drawn=float("nan"), done=done)
    return Projected(points, done=done, note=_lowered(len(x), view, found))


def _lowered(images: int, view: View, found: Spectrum) -> str:
    if not found.total:
        return "All images have the same code: there is nothing to arrange."
    most = (images - 1) / 3
    if view.perplexity <= most:
        return ""
    return (
        f"{count(images)} images have a perplexity of at most {setting(round(most, 1))}: it is taken in place of "
        f"{setting(view.perplexity)}."
    )
