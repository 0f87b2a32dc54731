"""Static charts: a quantity against a setting, one line or one point a series, in the look of both themes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aedash.figures.sweep import value_label
from aedash.figures.theme import look, role

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True)
class Series:
    """One line. color: (light, dark); low, high: edges of a band; dash: "solid", "dot" or "dash" for a baseline."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: tuple[str, str] = ("#5F6B7C", "#9AA6B6")
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"
    markers: bool = True


@dataclass(frozen=True)
class Axis:
    """title: with its unit; log: logarithmic, where a zero stands at the left end under its own tick."""

    title: str
    log: bool = False
    categories: tuple[str, ...] = ()


def line_chart(
    series: Sequence[Series], x: Axis, y: Axis, dark: bool, height: int = 232, legend: bool = True
) -> "Figure":
    """Lines with markers; on a logarithmic x axis values of 0 are drawn one step left of the smallest other one.

    legend: whether several lines are named above; no, where their colours stand in rows beside the chart.
    """
    from plotly import graph_objects as go

    figure = go.Figure()
    ticks = zero_ticks([value for line in series for value in line.x]) if x.log else None
    for line in series:
        _add(figure, line, ticks[0] if ticks else None, dark)
    # room for a title beside the numbers: the template's margin is that of charts without one
    figure.update_layout(template=look(dark), height=height, showlegend=legend and len(series) > 1, margin_l=62)
    figure.update_xaxes(title_text=x.title, type="log" if x.log else None)
    figure.update_yaxes(title_text=y.title, type="log" if y.log else None)
    if ticks:
        figure.update_xaxes(tickvals=ticks[1], ticktext=ticks[2])
    if x.categories:
        figure.update_xaxes(tickvals=list(range(len(x.categories))), ticktext=list(x.categories))
    return figure


def zero_ticks(values: Sequence[float]) -> tuple[float, list[float], list[str]]:
    """(where 0 is drawn, tick places, tick texts) of a logarithmic axis that has room for 0."""
    positive = sorted({value for value in values if value > 0}) or [1.0]
    zero = positive[0] / 10
    if 0 not in list(values):
        return zero, positive, [value_label(value) for value in positive]
    return zero, [zero, *positive], ["0", *(value_label(value) for value in positive)]


def _add(figure: Any, line: Series, zero: float | None, dark: bool) -> None:
    x = np.array([zero if zero and not value else value for value in line.x], dtype=float)
    color = line.color[dark]
    if line.low is not None and line.high is not None:
        around: NDArray[Any] = np.concatenate([line.high, line.low[::-1]])
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=around,
            fill="toself",
            fillcolor=_faint(color),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    mode = "lines+markers" if line.markers else "lines"
    how = {"color": color, "width": 2 if line.dash == "solid" else 1.25, "dash": line.dash}
    figure.add_scatter(x=x, y=list(line.y), name=line.name, mode=mode, line=how, marker={"size": 7, "color": color})


def heat_map(
    values: NDArray[Any],
    rows: Sequence[str],
    columns: Sequence[str],
    titles: tuple[str, str],
    dark: bool,
    text: str,
    low_is_good: bool = False,
    outlined: Sequence[tuple[int, int]] = (),
    height: int = 360,
) -> "Figure":
    """values: (rows, columns), bright is good; each stands in its cell in the format `text`, a column's best one bold.

    nan leaves a cell empty. titles: (x, y). outlined: cells (row, column) to be told from the others.
    """
    from plotly import graph_objects as go

    hover = f"{titles[1]} %{{y}}<br>{titles[0]} %{{x}}<br>%{{z:{text}}}<extra></extra>"
    look_of = {"colorscale": "Cividis", "reversescale": low_is_good, "showscale": False, "xgap": 2, "ygap": 2}
    cells = go.Heatmap(z=values, x=list(columns), y=list(rows), hovertemplate=hover, hoverongaps=False, **look_of)
    figure = go.Figure(cells)
    figure.update_layout(template=look(dark), height=height, hovermode="closest", margin={"t": 6})
    figure.update_xaxes(title_text=titles[0], type="category", showline=False, dtick=1)
    figure.update_yaxes(title_text=titles[1], type="category", autorange="reversed", showgrid=False, dtick=1)
    _write(figure, values, text, low_is_good)
    edge = {"color": role("second", dark), "width": 2}
    for row, column in outlined:
        at = {"x0": column - 0.49, "x1": column + 0.49, "y0": row - 0.48, "y1": row + 0.48}
        figure.add_shape(type="rect", line=edge, **at)
    return figure


def _write(figure: Any, values: NDArray[Any], text: str, low_is_good: bool) -> None:
    """The values in their cells, black or white, whichever reads better: Plotly's own grey on mid tones does not."""
    from plotly.colors import sample_colorscale, unlabel_rgb

    known = values[~np.isnan(values)]
    span = float(np.ptp(known)) if known.size else 0.0
    best = np.where(np.isnan(values), np.inf, values if low_is_good else -values).argmin(0)
    for (row, column), value in np.ndenumerate(values):
        if np.isnan(value):
            continue
        bright = (value - known.min()) / span if span else 0.5
        [color] = sample_colorscale("Cividis", [1 - bright if low_is_good else bright])
        written = format(value, text).replace("0.", ".", 1) if abs(value) < 1 else format(value, text)
        figure.add_annotation(
            x=column,
            y=row,
            text=f"<b>{written}</b>" if best[column] == row else written,
            showarrow=False,
            font={"color": "#000000" if luminance(unlabel_rgb(color)) > 0.18 else "#FFFFFF"},
        )


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG) of a colour of 0..255; above 0.18 black reads better on it than white."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def scatter_chart(
    points: Sequence[tuple[str, float, float]],
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    dark: bool,
    height: int = 320,
) -> "Figure":
    """Named points among lines: models by code size and error, say."""
    figure = line_chart(series, x, y, dark, height)
    figure.add_scatter(
        x=[place for _, place, _ in points],
        y=[value for _, _, value in points],
        text=[name for name, _, _ in points],
        name="models",
        mode="markers+text",
        textposition="top center",
        marker={"size": 9, "color": role("train", dark)},
    )
    return figure


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
