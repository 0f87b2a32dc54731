"""The Noise page's pictures: rows of images, error against noise, and trained at against tested at."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aedash.events import Bytes
from aedash.figures.grids import Mosaic, sheet
from aedash.figures.lambdas import MSE, Curve
from aedash.figures.lines import Axis, Series, heat_map, line_chart
from aedash.figures.theme import CLASSES, ROLES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROOM = 2.0  # times the mean picture's error: what lies higher is lost, and would press all else to the floor
MATRIX, CHART = 252, 262  # CSS pixels


@dataclass(frozen=True)
class Ink:
    """How a baseline is drawn wherever it is. color: (light, dark); dash: Plotly's word."""

    color: tuple[str, str]
    dash: str

    @property
    def swatch(self) -> str:
        """CSS background: two dashes, light or dark as the theme."""
        color = f"light-dark({self.color[0]},{self.color[1]})"
        return f"linear-gradient(90deg,{color} 0 4px,transparent 4px 6px,{color} 6px) 0 50%/100% 3px no-repeat"


INKS = {
    "noisy input": Ink(ROLES["reference"], "dash"),
    "mean picture": Ink(ROLES["ink"], "dot"),
    "median": Ink((CLASSES[3], CLASSES[3]), "dash"),
    "Wiener": Ink((CLASSES[6], CLASSES[6]), "dash"),
    "non-local means": Ink((CLASSES[0], CLASSES[0]), "dash"),
}
FILTERS = ("median", "Wiener", "non-local means")


@dataclass(frozen=True)
class Baseline:
    """MSE per pixel on [0, 1] of what is no network, at each noise x by now. name: one of INKS."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@lru_cache(maxsize=64)
def robustness(
    curves: tuple[Curve, ...], baselines: tuple[Baseline, ...], ends: float, at: float, unit: str, dark: bool
) -> "Figure":
    """MSE per pixel on [0, 1] against noise from 0 to `ends`: a line a network, dashed what is none, dotted the slider.

    baselines: by now, none at first; at: the slider's place; unit: of the noise, at the axis. Beyond twice the mean
    picture's error nothing is shown.
    """
    lines = [curve.series() for curve in curves]
    for line in baselines:
        ink = INKS[line.name]
        named = line.name == "mean picture"  # the others stand in the rows beside the chart
        lines.append(Series(line.name, line.x, line.y, ink.color, dash=ink.dash, markers=False, named=named))
    figure = line_chart(lines, Axis(f"tested at: {unit}"), Axis(MSE), dark, CHART, legend=False)
    mean = next((line.y[0] for line in baselines if line.name == "mean picture" and line.y), None)
    if mean is not None:
        figure.update_yaxes(range=[0, ROOM * mean])
    figure.update_xaxes(range=[0, ends])
    figure.update_layout(margin={"t": 10})
    figure.add_vline(x=at, line={"width": 1, "dash": "dot", "color": ROLES["reference"][dark]})
    return figure


@lru_cache(maxsize=64)
def matrix(
    values: tuple[tuple[float, ...], ...], levels: tuple[str, ...], measure: str, unit: str, dark: bool
) -> "Figure":
    """values: a row for each level of training, a column for each of testing; nan where nothing is measured yet.

    levels: their labels; measure: "PSNR" in dB, of which more is better, or "MSE" per pixel; unit: of the noise.
    Outlined: tested as trained.
    """
    low = measure == "MSE"
    return heat_map(
        np.array(values, dtype=float),
        levels,
        levels,
        (f"tested at: {unit}", "trained at"),
        dark,
        low_is_good=low,
        outlined=[(i, i) for i in range(len(levels))],
        height=MATRIX,
    )


def grid(clean: Bytes, rows: Sequence[tuple[str, str, Bytes | None]]) -> Mosaic:
    """Test images over what becomes of them. clean: (N, H, W) uint8, or in colour.

    rows: (label, CSS background of its swatch, (N, H, W) uint8, or None as yet: an outlined row).
    """
    empty = np.zeros((*clean.shape[:3], 4), np.uint8)
    tiles: list[NDArray[np.uint8]] = [clean, *(empty if made is None else made for _, _, made in rows)]
    labels = tuple(label for label, _, _ in rows)
    return Mosaic(
        sheet(tiles),
        len(clean),
        len(tiles),
        ("clean", *labels),
        alt=f"{len(clean)} test images, clean, and as {', '.join(labels)}",
        max_tile=50 if len(tiles) <= 10 else 44,
        min_tile=27,
        swatches=("", *(swatch for _, swatch, _ in rows)),
        room=6.6,
    )
