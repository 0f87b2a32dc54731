"""The picture of a finished answer for a question's card: few lines over a row of images, drawn from kept figures.

HTML with the lines as masks: so they take the colours of the theme that they stand in. `illustration.css` dresses it.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from aedash.figures.theme import ROLES, legible
from aedash.formatting import number
from aedash.store.illustrations import Illustration, Line, Strip

WIDTH, HEIGHT, EDGE = 300, 100, 7  # of the drawing; the page stretches it to its own width
COLORS = tuple(f"light-dark({light},{dark})" for light, dark in (ROLES["train"], ROLES["second"], ROLES["reference"]))


def picture(illustration: Illustration | None) -> str:
    """HTML of the card's picture, as wide as its place; empty without an illustration."""
    if illustration is None:
        return ""
    count = len(illustration.ticks)
    plot = _plot(illustration) if illustration.lines else ""
    strips = "".join(_strip(strip, count) for strip in illustration.strips)
    kind = "answer" if plot else "answer pictures"
    return (
        f'<div class="{kind}" role="img" aria-label="{escape(_alt(illustration))}">{plot}'
        f"{_row('ticks', [f'<span>{escape(tick)}</span>' for tick in illustration.ticks])}"
        f'<div class="axis">{escape(illustration.x)}</div>{strips}</div>'
    )


def _plot(illustration: Illustration) -> str:
    """The lines, from one end of their axis to the other, as its title says; zero is in sight unless it is far."""
    low, high = bounds(illustration.lines)
    names = "".join(_key(line.name, color) for line, color in _colored(illustration.lines))
    lines = "".join(
        _line(line, color, (low, high), illustration.joined) for line, color in _colored(illustration.lines)
    )
    title = f"{illustration.y}, {_end(low)} to {_end(high)}"
    return f'<div class="head"><span>{escape(title)}</span>{names}</div><div class="plot">{lines}</div>'


def _end(value: float) -> str:
    return number(value).removesuffix(".0")


def bounds(lines: Sequence[Line]) -> tuple[float, float]:
    """(low, high) of the axis: from 0, unless all values lie in the upper quarter; a band is inside.

    >>> bounds([Line("a", (1.0, 4.0))]), bounds([Line("a", (35.0, 40.0))])
    ((0.0, 4.0), (34.5, 40.0))
    """
    values = [value for line in lines for value in (*line.y, *line.low, *line.high)]
    low, high = min(values), max(values)
    if 0 <= low < 0.75 * high:
        return 0.0, high
    return low - (high - low) / 10, high


def _colored(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    return [(line, COLORS[i % len(COLORS)]) for i, line in enumerate(lines)]


def _key(name: str, color: str) -> str:
    return f'<b style="color:{legible(color)}"><i style="background:{color}"></i>{escape(name)}</b>' if name else ""


def _line(line: Line, color: str, ends: tuple[float, float], joined: bool) -> str:
    middle = _points(line.y, ends)
    stroke = f'<polyline points="{" ".join(middle)}" stroke-width="2"/>' if joined else ""
    dots = "".join(f'<path d="M{point}h0" stroke-width="7"/>' for point in middle) if len(middle) <= 12 else ""
    band = ""
    if line.low and line.high:
        around = [*_points(line.high, ends), *reversed(_points(line.low, ends))]
        band = _masked(f'<polygon points="{" ".join(around)}" fill="#000" stroke="none"/>', color, "band")
    return band + _masked(stroke + dots, color, "line")


def _points(values: Sequence[float], ends: tuple[float, float]) -> list[str]:
    """x,y of each value in the drawing: columns of equal width, in whose middle it stands."""
    low, high = ends
    up = (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    across = WIDTH / len(values)
    return [f"{(i + 0.5) * across:.1f},{EDGE + (high - value) * up:.1f}" for i, value in enumerate(values)]


def _masked(shapes: str, color: str, kind: str) -> str:
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        '<g fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">'
        f"{shapes}</g></svg>"
    )
    coded = b64encode(drawing.replace("/>", ' vector-effect="non-scaling-stroke"/>').encode()).decode()
    return f'<i class="{kind}" style="background:{color};mask-image:url(data:image/svg+xml;base64,{coded})"></i>'


def _strip(strip: Strip, count: int) -> str:
    images = [f'<img src="{source}" alt="">' if source else "<span></span>" for source in strip.pictures]
    name = f'<div class="axis">{escape(strip.name)}</div>' if strip.name else ""
    return name + _row("strip", images)


def _row(kind: str, cells: Sequence[str]) -> str:
    return (
        f'<div class="{kind}" style="grid-template-columns:repeat({len(cells)},minmax(0,1fr))">{"".join(cells)}</div>'
    )


def _alt(illustration: Illustration) -> str:
    drawn = " and ".join(filter(None, (line.name for line in illustration.lines)))
    what = f"{illustration.y}, {drawn}, by {illustration.x}." if illustration.lines else f"{illustration.x}."
    return f"{what} {illustration.sentence}"
