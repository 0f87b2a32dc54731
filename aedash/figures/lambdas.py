"""The Lambda page's pictures: a row, a curve or a map for each value of the penalty's weight."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.alignment import size, turned
from aedash.analysis.moments import positions
from aedash.analysis.projection import codes
from aedash.events import Bytes, Floats, Snapshot
from aedash.figures.grids import Mosaic, error_map, one_rgba, rgba, sheet
from aedash.figures.lines import Axis, Series, line_chart
from aedash.figures.scatter import Box, LatentMap, box
from aedash.figures.sweep import Group
from aedash.figures.theme import ROLES
from aedash.figures.theme import sweep as ramp
from aedash.history import History

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Spread = tuple[float, float, float]  # mean, lowest and highest over seeds
SIGMA = "noise sigma, on pixels 0..1"
MSE = "MSE per pixel"
HEIGHT = 262  # CSS pixels: two charts are as high as the rows and the table of six values
ABOVE = 1.15  # room above the highest value of a chart, as a factor
FAR = 2.0  # times the top of the chart: a mean picture beyond that would press the lines to the floor
MAP = "Latent codes of the test images, coloured by class"


@dataclass(frozen=True)
class Curve:
    """A line of a chart with one line a value. place: which value it is, from 0, of `count`; y: one Spread a point of
    x.

    A Spread is (mean, lowest, highest) over seeds.
    """

    name: str
    place: int
    count: int
    x: tuple[float, ...]
    y: tuple[Spread, ...]

    def series(self) -> Series:
        """In the value's own colours, with a band where seeds differ."""
        light, dark = ramp(self.count, False)[self.place], ramp(self.count, True)[self.place]
        return replace(_series(self.name, self.x, self.y, (light, dark)), markers=False)

    def above(self, floor: float) -> "Curve":
        """As far as its mean is above `floor`; no band reaches below it. On a logarithmic axis 0 has no place."""
        upto = sum(mean > floor for mean, _, _ in self.y)
        seen = tuple((mean, max(low, floor), high) for mean, low, high in self.y[:upto])
        return replace(self, x=self.x[:upto], y=seen)


def _series(name: str, x: tuple[float, ...], y: tuple[Spread, ...], color: tuple[str, str]) -> Series:
    mean, low, high = zip(*y, strict=True)
    line = Series(name, x, mean, color)
    return replace(line, low=low, high=high) if low != high else line


def _dashed(name: str, x: tuple[float, ...], y: tuple[float, ...]) -> Series:
    return Series(name, x, y, dash="dash", markers=False, named=True)


@lru_cache(maxsize=32)
def errors(
    lambdas: tuple[float, ...],
    clean: tuple[Spread, ...],
    noisy: tuple[Spread, ...],
    sigma: float,
    dark: bool,
    mean_picture: float | None = None,
) -> "Figure":
    """MSE per pixel on [0, 1] against lambda, on clean images and on noisy ones, from 0 on: what is level looks level.

    clean, noisy: one Spread a lambda; sigma: of that noise. mean_picture: the error of showing the mean picture, drawn
    where it is not far above.
    """
    lines = [
        _series("clean", lambdas, clean, ROLES["train"]),
        _series(f"noisy, sigma {sigma:g}", lambdas, noisy, ROLES["second"]),
    ]
    top = ABOVE * max(high for _, _, high in (*clean, *noisy))
    if mean_picture is not None and mean_picture < FAR * top:
        lines.append(_dashed("mean picture", (lambdas[0], lambdas[-1]), (mean_picture, mean_picture)))
        top = max(top, ABOVE * mean_picture)
    figure = line_chart(lines, Axis("lambda, logarithmic", log=True), Axis(MSE), dark, HEIGHT)
    figure.update_yaxes(range=[0, top])
    return figure


@lru_cache(maxsize=32)
def robustness(
    curves: tuple[Curve, ...], clipped: tuple[float, ...], mean_picture: float | None, sigma: float, dark: bool
) -> "Figure":
    """MSE per pixel on [0, 1] against the noise on the input: a line a value, dashed what is no model, dotted the
    slider.

    curves: at least one, all over the same sigmas. clipped: of the noisy input itself at each sigma, drawn as far as
    the models reach; empty while it is unknown. mean_picture: None likewise. sigma: the slider's.
    """
    sigmas = curves[0].x
    highest = ABOVE * max(high for curve in curves for _, _, high in curve.y)
    lines = [curve.series() for curve in curves]
    below = sum(error <= highest for error in clipped)
    if below > 1:
        lines.append(_dashed("noisy input", sigmas[:below], clipped[:below]))
    if mean_picture is not None and mean_picture <= highest:
        lines.append(_dashed("mean picture", (sigmas[0], sigmas[-1]), (mean_picture, mean_picture)))
    figure = line_chart(lines, Axis(SIGMA), Axis(MSE), dark, HEIGHT, legend=False)
    figure.add_vline(x=sigma, line={"width": 1, "dash": "dot", "color": ROLES["reference"][dark]})
    return figure


@lru_cache(maxsize=32)
def spectrum(curves: tuple[Curve, ...], dark: bool) -> "Figure":
    """Singular values of the Jacobian, largest first, one line a value; values of 0 have no place on the axis.

    In code units per pixel of [0, 1]: large where the code reacts.
    """
    lines = [curve.series() for curve in curves if curve.x]
    numbers = Axis("number, largest first")
    figure = line_chart(lines, numbers, Axis("singular value, code per pixel", log=True), dark, 345, legend=False)
    figure.update_yaxes(dtick=1)  # powers of ten alone
    return figure


def pictures(
    groups: Sequence[Group], clean: Bytes, noisy: Bytes | None, outputs: Sequence[tuple[Bytes | None, Bytes | None]]
) -> Mosaic:
    """Input over one row a value: clean at the left, noisy at the right. outputs: of both, None while there is none.

    clean, noisy and each output: (n, H, W) uint8. What is missing is an outlined tile.
    """
    halves, size = [(clean, noisy), *outputs], clean.shape[:3]
    rows = [np.concatenate([_tiles(half, size) for half in pair]) for pair in halves]
    return Mosaic(
        sheet(rows),
        2 * len(clean),
        len(rows),
        ("input", *(group.label for group in groups)),
        alt=f"{len(clean)} test images, clean and noisy, and what each of {len(groups)} values makes of them",
        max_tile=44,
        min_tile=24,
        group=len(clean),
        room=5,
        swatches=("", *(group.color for group in groups)),
    )


def directions(groups: Sequence[Group], image: Bytes, found: Sequence[tuple[Floats | None, Floats | None]]) -> Mosaic:
    """A row a value: the image, the change of it that the code keeps most, and the one that it keeps least.

    image: (H, W) uint8; found: (most, least) of each value, (H, W), signed, each shown to its own strongest pixel;
    None, or all 0, is an empty tile.
    """
    size = image.shape[:2]
    rows = [np.stack([one_rgba(image), *(_signed(each, size) for each in pair)]) for pair in found]
    return Mosaic(
        sheet(rows),
        3,
        len(rows),
        tuple(group.label for group in groups),
        ("image", "most", "least"),
        alt=f"The image and two directions for each of {len(groups)} values",
        max_tile=44,
        min_tile=24,
        room=5.5,
        swatches=tuple(group.color for group in groups),
    )


def _signed(direction: Floats | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(H, W, 4): orange and blue, to the strongest pixel; nothing where there is no direction."""
    if direction is None or not np.any(direction):
        return np.zeros((*shape, 4), np.uint8)
    return error_map(direction / np.abs(direction).max())


def _tiles(pictures: Bytes | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(n, H, W, 4): opaque images, or transparent ones for None. shape: (n, H, W)."""
    return np.zeros((*shape, 4), np.uint8) if pictures is None else rgba(pictures)


@dataclass(frozen=True, eq=False)
class Map:
    """A value's map of the test images, and the code's size: the distance from its centre, in code units."""

    view: LatentMap
    size: float


def maps(groups: Sequence[Group], classes: tuple[str, ...]) -> list[Map | None]:
    """One a value, of its first seed, turned to agree best with the map of the first; None while there is none.

    classes: names, by label. All have one frame, each code at size 1, so that shapes compare; `Map.size` tells the
    size.
    """
    first_seeds = [group.histories[0] if group.histories and _has_map(group.histories[0]) else None for group in groups]
    shown = [history for history in first_seeds if history]
    if not shown:
        return [None] * len(groups)
    newest = [history.snapshots[-1] for history in shown]
    dots = min(len(snapshot.scores) for snapshot in newest)  # runs of the gallery keep fewer dots
    like = np.ascontiguousarray(positions(shown[0], newest[0])[:dots], np.float32).tobytes()
    around = box(np.concatenate([_turned(snapshot, like)[0] for snapshot in newest]))
    views = iter([_map(*each, like, classes, around) for each in zip(shown, newest, strict=True)])
    return [next(views) if history else None for history in first_seeds]


def _has_map(history: History) -> bool:
    return bool(history.snapshots) and history.probes is not None


def _map(history: History, snapshot: Snapshot, like: bytes, classes: tuple[str, ...], around: Box) -> Map:
    assert history.probes is not None
    points, real = _turned(snapshot, like)
    labels = history.probes.labels[: len(points)]
    return Map(LatentMap(points, labels, classes, around, alt=MAP, equal=True, legend=False), real)


@lru_cache(maxsize=64)
def _turned(snapshot: Snapshot, like: bytes) -> tuple[Floats, float]:
    """(points (N, 2), the code's size): once a snapshot, however many ticks show it. like: (N, 2) float32."""
    target = np.frombuffer(like, np.float32).reshape(-1, 2)
    z = codes(snapshot)[: len(target)]
    return turned(z, target), size(z)
