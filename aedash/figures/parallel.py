"""Parallel coordinates: an axis a setting or result, a line a run, coloured by one of the results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING, Any

from aedash.figures.lines import is_wide
from aedash.figures.theme import SWEEP_DARK, SWEEP_LIGHT, look, role
from aedash.formatting import number, value_label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FEW = 7  # values that all get a tick
BELOW = 0.12  # of an axis: how far below the lowest value those stand that have none
NONE = "none"


@dataclass(frozen=True)
class Scale:
    """An axis. title: with its unit; values: one a run, numbers or texts, None where the run has no such thing.

    measured: whether they are results, which are rounded, not settings, which are told as they were typed.
    """

    title: str
    values: tuple[Any, ...]
    measured: bool = False

    @property
    def numeric(self) -> bool:
        """Whether all that have a value have a number."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.told)

    @property
    def told(self) -> list[Any]:
        """The values of those that have one."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Laid:
    """An axis as it is drawn. places: one a run; ticks: {place: text}; low, high: its ends."""

    places: list[float]
    ticks: dict[float, str]
    low: float
    high: float


def laid(scale: Scale) -> Laid:
    """Texts stand at 0, 1, 2 in their order; numbers that span a power of ten on a logarithmic axis; what is missing
    below the others, under a tick of its own.

    >>> laid(Scale("beta", (1, 4, None))).ticks
    {1.0: '1', 4.0: '4', 0.64: 'none'}
    """
    if not scale.numeric:
        texts = sorted({value_label(value) for value in scale.told})
        at: dict[Any, float] = {text: float(i) for i, text in enumerate(texts)}
        places = [None if value is None else at[value_label(value)] for value in scale.values]
        return _closed(places, {place: text for text, place in at.items()})
    wide = is_wide(scale.told) and min(scale.told) > 0
    places = [None if value is None else log10(value) if wide else float(value) for value in scale.values]
    return _closed(places, _ticks(scale.told, wide, number if scale.measured else value_label))


def _ticks(values: Sequence[float], wide: bool, word: Callable[[float], str]) -> dict[float, str]:
    different = sorted(set(values))
    if len(different) <= FEW:
        return {log10(value) if wide else float(value): word(value) for value in _apart(different, wide)}
    if wide:
        powers = range(floor(log10(different[0])), floor(log10(different[-1])) + 1)
        inner = {float(power): value_label(10.0**power) for power in powers if 10.0**power >= different[0]}
        ends = {log10(value): number(value) for value in (different[0], different[-1])}
        near = 0.08 * (log10(different[-1]) - log10(different[0]))
        return {at: text for at, text in inner.items() if all(abs(at - end) > near for end in ends)} | ends
    low, high = different[0], different[-1]
    return {float(at): number(at) for at in (low + (high - low) * i / 4 for i in range(5))}


def _apart(values: Sequence[float], wide: bool) -> list[float]:
    """Those whose ticks have room: a twentieth of the axis from the one before."""
    places = {value: log10(value) if wide else value for value in values}
    room, found = (places[values[-1]] - places[values[0]]) / 20, [values[0]]
    found += [value for before, value in pairwise(values) if places[value] - places[before] > room]
    return found


def _closed(places: Sequence[float | None], ticks: dict[float, str]) -> Laid:
    there = [place for place in places if place is not None]
    low, high = min(there), max(there)
    room = (high - low) or 1.0
    if len(there) == len(places):
        return Laid(there, ticks, low, high if high > low else low + room)
    under = low - BELOW * room
    return Laid([under if place is None else place for place in places], {**ticks, under: NONE}, under, high)


def parallel(scales: Sequence[Scale], color: int, dark: bool, height: int = 430) -> "Figure":
    """A line a run across all axes, which can be dragged over to keep those that cross there.

    color: place of the axis whose values colour the lines; height: CSS pixels. Every scale has as many values, of at
    least one run, and at least one value that is told.
    """
    from plotly import graph_objects as go

    drawn = [laid(scale) for scale in scales]
    ramp, of = (SWEEP_DARK if dark else SWEEP_LIGHT)[1:], drawn[color]
    line = {
        "color": of.places,
        "colorscale": [[i / (len(ramp) - 1), shade] for i, shade in enumerate(ramp)],
        "cmin": of.low,
        "cmax": of.high,
    }
    axes = [
        {
            "label": scale.title,
            "values": each.places,
            "range": [each.low, each.high],
            "tickvals": list(each.ticks),
            "ticktext": list(each.ticks.values()),
        }
        for scale, each in zip(scales, drawn, strict=True)
    ]
    ink = {"color": role("ink", dark), "size": 12}
    ticks = {"color": role("reference", dark), "size": 11}
    faint = {"color": role("border", dark), "opacity": 0.35}
    figure = go.Figure(
        go.Parcoords(
            line=line,
            dimensions=axes,
            labelfont=ink,
            tickfont=ticks,
            rangefont={**ticks, "size": 1},
            unselected={"line": faint},
            labelside="top",
        )
    )
    figure.update_layout(template=look(dark), height=height, margin={"l": 100, "r": 80, "t": 56, "b": 24})
    return figure
