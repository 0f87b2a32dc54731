"""Static charts: a quantity against a setting, one line or one point a series, in the look of both themes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aedash.figures.theme import ROLES, literal, look, luminance, role
from aedash.formatting import number, value_label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROOM = 44  # letters that fit below a heat map in a side card
SHADES = (("#F1F5FD", "#5E87DE"), ("#171C26", "#456FC4"))  # of a heat map, from pale to deep, light and dark
MOST_WRITTEN = 12  # columns of a heat map whose values find room in their cells


@dataclass(frozen=True)
class Series:
    """One line. color: (light, dark); low, high: edges of a band, both or none; dash: "solid", "dot" or "dash" for a
    baseline.

    x, y: in the units of the chart's axes, as many of each. named: whether its name stands at its right end.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: tuple[str, str] = ROLES["reference"]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"
    markers: bool = True
    named: bool = False


@dataclass(frozen=True)
class Axis:
    """title: with its unit; log: logarithmic, where a zero stands at the left end under its own tick.

    categories: texts at 0, 1, 2, ... in place of numbers.
    """

    title: str
    log: bool = False
    categories: tuple[str, ...] = ()


def is_wide(values: Sequence[float]) -> bool:
    """Whether values ask for a logarithmic axis: none below 0, and the largest ten times the smallest above it.

    >>> is_wide([0, 1e-4, 1.0]), is_wide([1, 2, 5]), is_wide([-1, 100])
    (True, False, False)
    """
    positive = [value for value in values if value > 0]
    return min(values) >= 0 and max(positive, default=1) >= 10 * min(positive, default=1)


def line_chart(
    series: Sequence[Series], x: Axis, y: Axis, dark: bool, height: int = 232, legend: bool = True
) -> "Figure":
    """Lines with markers; on a logarithmic x axis values of 0 are drawn one step left of the smallest other one.

    height: CSS pixels. legend: whether several lines are named above; no, where their colours stand in rows beside the
    chart.
    """
    from plotly import graph_objects as go

    figure = go.Figure()
    ticks = zero_ticks([value for line in series for value in line.x]) if x.log else None
    zero = ticks[0] if ticks else None
    for line in series:
        _add(figure, line, zero, dark)
    for line in series:
        if line.named:
            _name(figure, line, zero, max((other.y[-1] for other in series if not other.named), default=0), dark)
    # room for a title beside the numbers, more where they are long: the template's margin is that of charts without one
    figure.update_layout(template=look(dark), height=height, showlegend=legend and len(series) > 1, margin_l=62)
    figure.update_xaxes(title_text=x.title, type="log" if x.log else None)
    figure.update_yaxes(title_text=y.title, type="log" if y.log else None, automargin=True, exponentformat="e")
    if ticks:
        figure.update_xaxes(tickvals=ticks[1], ticktext=ticks[2])
    if x.categories:
        figure.update_xaxes(tickvals=list(range(len(x.categories))), ticktext=list(x.categories))
    return figure


def zero_ticks(values: Sequence[float]) -> tuple[float, list[float], list[str]]:
    """(where 0 is drawn, tick places, tick texts) of a logarithmic axis that has room for 0.

    values: those of all lines; below 0 none is expected.

    >>> zero_ticks([0, 0.1, 1])
    (0.01, [0.01, 0.1, 1], ['0', '0.1', '1'])
    """
    positive = sorted({value for value in values if value > 0}) or [1.0]
    zero = positive[0] / 10
    if 0 not in list(values):
        return zero, positive, [value_label(value) for value in positive]
    return zero, [zero, *positive], ["0", *(value_label(value) for value in positive)]


def _add(figure: Any, line: Series, zero: float | None, dark: bool) -> None:
    x = _places(line, zero)
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
    figure.add_scatter(
        x=x,
        y=list(line.y),
        name=literal(line.name),
        mode=mode,
        line=how,
        marker={"size": 7, "color": color},
        customdata=[number(value) for value in line.y],
        hovertemplate="%{customdata}",
        showlegend=not line.named,
    )


def _places(line: Series, zero: float | None) -> NDArray[Any]:
    return np.array([zero if zero and not value else value for value in line.x], dtype=float)


def _name(figure: Any, line: Series, zero: float | None, highest: float, dark: bool) -> None:
    """The line's name at its right end: above it, or below where others end higher."""
    x = float(_places(line, zero)[-1])
    figure.add_annotation(
        x=np.log10(x) if zero else x,
        y=line.y[-1],
        text=literal(line.name),
        xanchor="right",
        yanchor="top" if highest > line.y[-1] else "bottom",
        showarrow=False,
        bgcolor=role("page", dark),
        opacity=0.8,
    )


def heat_map(
    values: NDArray[Any],
    rows: Sequence[str],
    columns: Sequence[str],
    titles: tuple[str, str],
    dark: bool,
    low_is_good: bool = False,
    outlined: Sequence[tuple[int, int]] = (),
    height: int = 360,
    words: Mapping[tuple[int, int], str] = MappingProxyType({}),
) -> "Figure":
    """values: (rows, columns), in one hue, the deeper the better; each stands in its cell, a column's best one bold;
    nan is an empty cell. Where there are too many columns for that a scale stands beside them.

    rows, columns: labels, each once. titles: (x, y). low_is_good: of an error. outlined: cells (row, column) to be told
    from the others. height: CSS pixels. words: in cells whose value is nan, which else stay empty.
    """
    from plotly import graph_objects as go

    written = len(columns) <= MOST_WRITTEN
    hover = f"{titles[1]} %{{y}}<br>{titles[0]} %{{x}}<br>%{{customdata}}<extra></extra>"
    words_of = np.array([[number(value) for value in row] for row in values])
    hue = {"colorscale": list(SHADES[dark]), "reversescale": low_is_good}
    look_of = {**hue, "showscale": not written, "xgap": 2, "ygap": 2}
    places = {"x": list(columns), "y": list(rows), "customdata": words_of}
    cells = go.Heatmap(z=values, **places, hovertemplate=hover, hoverongaps=False, **look_of)
    figure = go.Figure(cells)
    beyond = max(0, max(map(len, rows)) - 3)  # letters for which the template's margin has no room
    figure.update_layout(template=look(dark), height=height, hovermode="closest", margin={"t": 6, "l": 44 + 7 * beyond})
    figure.update_xaxes(title_text=titles[0], type="category", showline=False, dtick=1)
    figure.update_yaxes(title_text=titles[1], type="category", autorange="reversed", showgrid=False, dtick=1)
    if written:
        _write(figure, values, low_is_good, SHADES[dark])
    for (row, column), word in words.items():
        figure.add_annotation(x=column, y=row, text=word, showarrow=False)
    edge = {"color": role("second", dark), "width": 2}
    for row, column in outlined:
        at = {"x0": column - 0.49, "x1": column + 0.49, "y0": row - 0.48, "y1": row + 0.48}
        figure.add_shape(type="rect", line=edge, **at)
    return figure


def error_grid(
    values: Sequence[Sequence[Any]],
    scales: Sequence[str],
    errors: Sequence[float | None],
    said: Sequence[str],
    outlined: int | None,
    dark: bool,
) -> "Figure":
    """MSE per pixel by two varied fields; the first across, unless its words are too long for that.

    values: of each field, one a cell; the second field's turn fastest. scales: the fields in words, with their units.
    errors: one a cell, None for none; said: what stands in a cell that has none, or nothing. outlined: the chosen cell,
    None for none.
    """
    count = sum(value == values[0][0] for value in values[0])  # of the second field's values
    labels = [_told_apart(values[0][::count]), _told_apart(values[1][:count])]
    table = np.array([np.nan if error is None else error for error in errors]).reshape(-1, count)
    words = {divmod(cell, count): text for cell, text in enumerate(said) if text}
    best = [] if outlined is None else [divmod(outlined, count)]
    first, second = (sum(len(label) + 2 for label in own) for own in labels)
    if first > max(ROOM, second):
        down, across = labels
        titles = scales[1], scales[0]
    else:
        across, down = labels
        titles = scales[0], scales[1]
        table, words = table.T, {(row, column): text for (column, row), text in words.items()}
        best = [(row, column) for column, row in best]
    height = max(232, 70 + 34 * len(table))
    return heat_map(table, down, across, titles, dark, True, best, height, words)


def _told_apart(values: Sequence[Any]) -> list[str]:
    """A label each; those that would read alike are counted, since an axis knows its places by them."""
    labels = [value_label(value) for value in values]
    return [label if labels.count(label) == 1 else f"{label} ({i + 1})" for i, label in enumerate(labels)]


def _write(figure: Any, values: NDArray[Any], low_is_good: bool, shades: tuple[str, str]) -> None:
    """The values in their cells, black or white, whichever reads better: Plotly's own grey on mid tones does not."""
    from plotly.colors import sample_colorscale, unlabel_rgb

    measured = values[~np.isnan(values)]
    span = float(np.ptp(measured)) if measured.size else 0.0
    best = np.where(np.isnan(values), np.inf, values if low_is_good else -values).argmin(0)
    for (row, column), value in np.ndenumerate(values):
        if np.isnan(value):
            continue
        bright = (value - measured.min()) / span if span else 0.5
        [color] = sample_colorscale(list(shades), [1 - bright if low_is_good else bright])
        figure.add_annotation(
            x=column,
            y=row,
            text=f"<b>{number(value)}</b>" if best[column] == row else number(value),
            showarrow=False,
            font={"color": "#000000" if luminance(np.divide(unlabel_rgb(color), 255)) > 0.18 else "#FFFFFF"},
        )


def scatter_chart(
    points: Sequence[tuple[str, float, float]],
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    dark: bool,
    height: int = 320,
) -> "Figure":
    """Named points among lines: models by code size and error, say. points: (name, x, y); height: CSS pixels."""
    figure = line_chart(series, x, y, dark, height)
    figure.add_scatter(
        x=[place for _, place, _ in points],
        y=[value for _, _, value in points],
        text=[literal(name) for name, _, _ in points],
        name="models",
        mode="markers+text",
        textposition="top center",
        cliponaxis=False,
        marker={"size": 9, "color": role("train", dark)},
    )
    return figure


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
