"""Models side by side: their colours, error against size or bytes, and sheets of the same images."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from aedash.events import Bytes
from aedash.figures.curves import Line, LossChart
from aedash.figures.grids import Mosaic, png_uri, rgba, sheet
from aedash.figures.sweep import Group
from aedash.figures.theme import CLASSES, ROLES, literal, look, role
from aedash.formatting import value_label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Of the class colours, each as far as can be from those before it, in the worst of four colour visions.
_ORDER = (7, 9, 2, 5, 6, 0, 3, 1)
_PIXELS = 112  # side of an enlarged tile
_ROOMS = ((4, 10, 80), (6, 12, 62))  # below so many rows: columns, and the largest tile in CSS pixels
_CROWD = (16, 46)  # of more rows
_LINE = 14  # CSS pixels between two labels


@dataclass(frozen=True)
class Mark:
    """A named point, in the units of the plane's axes. color: "#RRGGBB"; name: "" for none."""

    name: str
    x: float
    y: float
    color: str


@dataclass(frozen=True)
class Track:
    """A line, named at its end: a codec's curve or PCA's, say.

    x, y: in the units of the plane's axes, not empty. color: (light, dark); dash: Plotly's word; markers: whether its
    points stand out; end: which end is named, "first" or "last".
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: tuple[str, str] = ROLES["reference"]
    dash: str = "solid"
    markers: bool = False
    end: str = "last"


def colors(count: int) -> list[str]:
    """As many colours "#RRGGBB" as there are models, each as far as can be from those before; beyond eight they start
    again.
    """
    return [CLASSES[_ORDER[i % len(_ORDER)]] for i in range(count)]


def plane(
    marks: Sequence[Mark], tracks: Sequence[Track], titles: tuple[str, str], dark: bool, height: int = 320
) -> "Figure":
    """Points and lines on two logarithmic axes. titles: (x, y), with units; height: CSS pixels.

    What is not above 0 has no place there and is left out.
    """
    from plotly import graph_objects as go

    marks = [mark for mark in marks if mark.x > 0 and mark.y > 0]
    xs = [mark.x for mark in marks] + [float(x) for track in tracks for x in track.x if x > 0]
    ys = [mark.y for mark in marks] + [float(y) for track in tracks for y in track.y if y > 0]
    figure = go.Figure()
    for track in tracks:
        _line(figure, track, dark)
    figure.add_scatter(
        x=[mark.x for mark in marks],
        y=[mark.y for mark in marks],
        mode="markers",
        marker={"size": 11, "color": [mark.color for mark in marks], "line": {"width": 2, "color": role("page", dark)}},
        text=[literal(mark.name) for mark in marks],
        hovertemplate="%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
    )
    margin = {"l": 58, "r": 14, "t": 10, "b": 46}
    figure.update_layout(template=look(dark), height=height, showlegend=False, hovermode="closest", margin=margin)
    figure.update_xaxes(**_axis(xs, 1.0), title_text=titles[0])
    figure.update_yaxes(**_axis(ys, 0.5), title_text=titles[1])
    _name(figure, marks, tracks, dark, height - margin["t"] - margin["b"])
    return figure


def _line(figure: Any, track: Track, dark: bool) -> None:
    color = track.color[dark]
    figure.add_scatter(
        x=list(track.x),
        y=list(track.y),
        name=literal(track.name),
        mode="lines+markers" if track.markers else "lines",
        line={"color": color, "width": 2 if track.dash == "solid" else 1.5, "dash": track.dash},
        marker={"size": 6, "color": color},
        hovertemplate=f"{literal(track.name)}<br>%{{x:.4g}}, %{{y:.4g}}<extra></extra>",
    )


def _axis(values: Sequence[float], room: float) -> dict[str, Any]:
    """Range with some room at its upper end for names, and ticks at 1, 2 and 5."""
    low, high = log10(min(values, default=1.0)), log10(max(values, default=1.0))
    span = max(high - low, 0.3)
    first, last = low - 0.06 * span, high + 0.1 * (1 + room) * span
    steps = (1, 2, 5) if span < 2 else (1, 3) if span < 3 else (1,)
    ticks = [step * 10.0**power for power in _powers(first, last) for step in steps]
    ticks = [tick for tick in ticks if first <= log10(tick) <= last]
    return {"type": "log", "range": [first, last], "tickvals": ticks, "ticktext": [_tick(tick) for tick in ticks]}


def _powers(first: float, last: float) -> range:
    """Of ten, from below the first logarithm to below the last, as far as ten to them is a number."""
    return range(max(floor(first), -300), min(floor(last), 300) + 1)


def _tick(value: float) -> str:
    return f"{value:,.10g}" if value >= 0.001 else value_label(value)


def _name(figure: Any, marks: Sequence[Mark], tracks: Sequence[Track], dark: bool, height: int) -> None:
    """Names beside points and at the ends of lines, pushed apart where they would cover one another."""
    low, high = figure.layout.yaxis.range
    left, right = figure.layout.xaxis.range
    page = role("page", dark)
    named = [(mark.name, mark.x, mark.y, role("ink", dark)) for mark in marks if mark.name]
    for track in tracks:
        at = 0 if track.end == "first" else -1
        named.append((track.name, float(track.x[at]), float(track.y[at]), role("ink", dark)))
    places = [(1 - (log10(y) - low) / (high - low)) * height for _, _, y, _ in named]
    above = [at - _LINE * 0.7 * (i >= len(named) - len(tracks)) for i, at in enumerate(places)]  # names of lines
    notes = []
    for (name, x, y, color), at, place in zip(named, places, spread(above), strict=True):
        turned = (log10(x) - left) / (right - left) > 0.72
        notes.append(
            {
                "x": log10(x),
                "y": log10(y),
                "text": literal(name),
                "showarrow": False,
                "xanchor": "right" if turned else "left",
                "xshift": -9 if turned else 9,
                "yshift": at - place,
                "font": {"size": 12, "color": color},
                "bgcolor": f"rgba({','.join(str(int(page[i : i + 2], 16)) for i in (1, 3, 5))},0.7)",
                "borderpad": 0,
            }
        )
    figure.update_layout(annotations=notes)


def spread(wanted: Sequence[float], gap: float = _LINE) -> list[float]:
    """Places near those wanted, in their order, at least `gap` apart: neighbours are moved as one block.

    wanted, gap: CSS pixels. The mean place of a block stays.

    >>> spread([10.0, 10.0, 40.0], gap=4)
    [8.0, 12.0, 40.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[list[float]] = []  # (middle of the block, members)
    for i in order:
        blocks.append([wanted[i], 1])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    places = [middle + gap * (k - (many - 1) / 2) for middle, many in blocks for k in range(int(many))]
    by_index = dict(zip(order, places, strict=True))
    return [by_index[i] for i in range(len(wanted))]


def contact(images: Bytes, columns: int) -> str:
    """(N, H, W) uint8, or in colour, as rows of `columns` tiles, enlarged to about 112 pixels each, as a PNG data URI.

    What does not fill a row is left out; empty where not even one is filled.
    """
    if len(images) < columns:
        return ""
    count, height, width = images.shape[:3]
    factor = max(1, round(_PIXELS / height))
    rows = images[: count // columns * columns].reshape(-1, columns, *images.shape[1:])
    sheet = np.moveaxis(rows, 2, 1).reshape(-1, columns * width, *images.shape[3:])
    return png_uri(sheet.repeat(factor, 0).repeat(factor, 1))


def image_rows(
    originals: Bytes | None, rows: Sequence[tuple[str, str, Bytes | None]], columns: int | None = None
) -> Mosaic:
    """Test images over a row a model, as a grid.

    originals: (N, H, W) uint8, None while they are not there. rows: (name, CSS colour, (M, H, W) uint8, M up to N);
    what is not there yet keeps its place. columns: as many as suit the number of rows, and as there are, if not given.
    """
    fitting, tile = next(((wide, side) for below, wide, side in _ROOMS if len(rows) < below), _CROWD)
    columns = columns or min(fitting, fitting if originals is None else len(originals))
    names = [name for name, *_ in rows]
    return Mosaic(
        "" if originals is None else _sheet(originals[:columns], [made for *_, made in rows]),
        columns,
        len(rows) + 1,
        ("test image", *names),
        alt=f"{columns} test images, and what each of {', '.join(names)} makes of them",
        max_tile=tile,
        min_tile=40,
        swatches=("", *(color for _, color, _ in rows)),
        room=max(6.0, min(11.0, 2.2 + 0.52 * max(map(len, names), default=0))),
    )


def _sheet(originals: Bytes, rows: Sequence[Bytes | None]) -> str:
    return sheet([originals, *(_filled(made, originals) for made in rows)])


def _filled(made: Bytes | None, originals: Bytes) -> Bytes:
    """A row as long as the originals: what is missing of it is transparent."""
    if made is not None and len(made) >= len(originals):
        return made[: len(originals)]
    row = np.zeros((*originals.shape[:3], 4), np.uint8)
    if made is not None:
        row[: len(made)] = rgba(made)
    return row


def error_chart(groups: Sequence[Group], epochs: int) -> LossChart:
    """Error per pixel on [0, 1] after each epoch, a curve a model: the one figure that runs of any objective share.

    Of clean input, on held-out or test images, of each group's first seed; a model without an epoch has no curve.
    epochs: the longest plan, the width of the frame.
    """
    lines = []
    for group in groups:
        x, y = group.histories[0].second(lambda end: end.figures.mse)
        if len(x):
            lines.append(Line(group.label, x, y, role="member", end=group.label, color=group.color, smooth=False))
    alt = f"Error per pixel by epoch, one curve for each of {len(lines)} models"
    return LossChart(tuple(lines), (), epochs, "MSE per pixel, clean input, held-out or test images", True, alt)
