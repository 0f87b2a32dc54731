"""What a browser needs to draw a figure, as plain JSON: the same for a page's script and for the wire."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.figures.cloud import Cloud, shown
from aedash.figures.curves import Line, LossChart, thinned
from aedash.figures.grids import Mosaic
from aedash.figures.scatter import LatentMap, quantise
from aedash.figures.theme import class_color, legible

Payload = dict[str, Any]
MOVED = ("points", "box", "note", "equal", "faint")  # of a map, with the moment; the rest stays
REPAINTED = ("image", "filled", "foot")  # of a grid


@dataclass(frozen=True)
class Status:
    """One moment of a run as the status row shows it."""

    state: str  # queued running paused finished stopped failed interrupted, or "" = "Ready"
    word: str  # text of the pill: "Running", "Queued, 2nd in line"
    progress: float  # 0 to 1
    frames: tuple[float, ...]  # positions (0 to 1, ascending) of the recorded snapshots
    metrics: tuple[tuple[str, str], ...]  # (value, label); of five, the second gives way where room is short
    over: bool = False  # whether nothing newer can come: the newest moment is the end
    steps: tuple[int, ...] = ()  # of the snapshots, where their moments can be had from the wire


def packed(array: NDArray[Any], kind: str) -> str:
    """Encode an array as base64 of little-endian numbers of a NumPy kind, such as "<f4"; what is too large is inf."""
    with np.errstate(over="ignore"):
        return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def moved(view: LatentMap) -> Payload:
    """What of a map's payload changes with the moment."""
    return _picked(scatter(view), MOVED)


def repainted(grid: Mosaic | None) -> Payload:
    """What of a grid's payload changes with the moment; nothing of a grid that is not there."""
    return _picked(mosaic(grid), REPAINTED) if grid else {}


def _picked(payload: Payload, names: Sequence[str]) -> Payload:
    return {name: payload[name] for name in names}


def curve(chart: LossChart, thin: Callable[[Line], Line] = thinned) -> Payload:
    """A loss chart, lines thinned and packed: at most 6.4 kB a line, and as much for its band.

    thin: `curves.steady` where the same chart is sent again and again.
    """
    return {
        # a mean over seeds, which has a band, is calm already
        "lines": [line(thin(one)) | {"smooth": one.smooth and one.low is None} for one in chart.lines],
        "levels": [{"label": one.label, "value": float(one.value)} for one in chart.levels if isfinite(one.value)],
        "epochs": float(chart.epochs),
        "unit": chart.unit,
        "log": chart.log,
        "alt": chart.alt,
        "best": [float(part) for part in chart.best] if chart.best and isfinite(chart.best[1]) else None,
        "marker": None if chart.marker is None else float(chart.marker),
        "marks": [[float(epoch), label] for epoch, label in chart.marks],
        "start": float(chart.start),
    }


def line(one: Line) -> Payload:
    """A line of a chart: how it is drawn, its points, and its band where it has one."""
    edges = {"x": one.x, "y": one.y, "low": one.low, "high": one.high}
    return {
        **{name: packed(edge, "<f4") for name, edge in edges.items() if edge is not None},
        "color": one.color,
        "ink": legible(one.color),
        "name": one.name,
        "role": one.role,
        "end": one.end,
        "shown": one.shown,
    }


def mosaic(grid: Mosaic) -> Payload:
    """A grid of images."""
    return {
        "image": grid.image,
        "columns": grid.columns,
        "rows": grid.rows,
        "filled": grid.rows if grid.filled is None else grid.filled,
        "group": grid.group,
        "labels": list(grid.labels),
        "swatches": list(grid.swatches),
        "room": grid.room,
        "foot": list(grid.foot),
        "alt": grid.alt,
        "maxTile": grid.max_tile,
        "minTile": grid.min_tile,
    }


def scatter(view: LatentMap) -> Payload:
    """A latent map: four bytes a point for its place, one for its class."""
    return {
        "points": packed(quantise(view.points, view.box), "<u2"),
        "labels": packed(view.labels, "u1"),
        "classes": list(view.classes),
        "colors": [class_color(index) for index in range(len(view.classes))],
        "box": [float(edge) for edge in view.box],
        "atlas": view.atlas,
        "trails": [
            {"index": int(index), "path": packed(quantise(path, view.box), "<u2")} for index, path in view.trails
        ],
        "alt": view.alt,
        "note": view.note,
        "legend": view.legend,
        "equal": view.equal,
        "faint": view.faint,
    }


def cloud(view: Cloud) -> Payload:
    """A large map: two bytes an image and axis for its place; classes, errors and pictures are fetched once."""
    payload = shown(view)
    shades, inside = payload["shades"], payload["inside"]
    return payload | {
        "points": packed(payload["points"], "<u2"),
        "shades": None if shades is None else shades | {"steps": packed(shades["steps"], "u1")},
        "inside": None if inside is None else packed(inside, "u1"),
    }


def status(row: Status) -> Payload:
    """The status row without its time line, which changes with a snapshot only."""
    return {
        "state": row.state,
        "word": row.word or "Ready",
        "progress": round(min(1.0, max(0.0, row.progress)), 5),
        "over": row.over,
        "metrics": [list(each) for each in row.metrics],
    }


def timeline(row: Status) -> Payload:
    """The recorded moments of a status row: where on the line, and their steps."""
    return {"frames": [float(f"{position:.6g}") for position in row.frames], "steps": list(row.steps)}
