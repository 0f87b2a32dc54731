"""The table of a comparison: a row a value, each leading to its runs, and all of them to Compare."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from types import MappingProxyType
from typing import Any

from aedash.events import RunState
from aedash.figures.payloads import Payload
from aedash.formatting import MISSING, value_label
from aedash.sweep import Sweep
from aedash.ui.components.live import words
from aedash.ui.experiments.shared.broadcast import feed
from aedash.ui.experiments.shared.cells import Cell, foremost
from aedash.ui.shell import frame
from aedash.ui.widgets.comparing import MOST

Figure = Callable[[Cell], str]
Column = tuple[str, Figure]
NONE: Mapping[str, Figure] = MappingProxyType({})


def table(
    found: list[Cell],
    columns: list[Column],
    what: str,
    below: str = "",
    moving: Mapping[str, Figure] = NONE,
    sweep: Sweep | None = None,
) -> str:
    """HTML: a row a value with its swatch, its runs to open and its state, then the given columns.

    what: the heading of the values. below: further rows, HTML. moving: {column: its figure while a value's runs train},
    which comes by the wire of the sweep; it looks at nothing but the value.
    """
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    head = f'<tr><th class="text">{escape(what)}</th><th class="text">state</th>{head}</tr>'
    rows = []
    for place, cell in enumerate(found):
        figures = [_figure(show(cell)) for _, show in columns]
        for column, (title, _) in enumerate(columns if sweep else ()):
            if sweep and title in moving and not cell.finished:
                build = partial(_moved, moving[title], place)
                figures[column] = words(figures[column], feed(sweep, found, f"figure-{column}-{place}", build))
        rows.append(_row(cell, figures))
    return _table(f"{head}{''.join(rows)}{below}")


def _moved(figure: Figure, place: int, found: list[Cell]) -> Payload:
    return {"html": _figure(figure(found[place]))} if found[place].runs else {}


def matrix(found: list[Cell], heads: tuple[str, str], figure: Callable[[Cell], str], what: str) -> str:
    """HTML: the cells of two fields, each a figure that opens its first run.

    heads: the first field, across, and the second, down, in words. what: the figure is, in words.
    """
    first, second = ([value_label(value) for value in _values(found, i)] for i in (0, 1))
    top = "".join(f"<th>{escape(label)}</th>" for label in first)
    rows = []
    for row, label in enumerate(second):
        cells = "".join(f"<td>{_open(cell, figure(cell))}</td>" for cell in found[row :: len(second)])
        rows.append(f'<tr><td class="text">{escape(label)}</td>{cells}</tr>')
    corner = f'<th class="text">{escape(heads[1])} &#8595; &nbsp; {escape(heads[0])} &#8594;</th>'
    caption = f'<p class="hint">{escape(what)}, which opens its run.</p>'
    return _table(f"<tr>{corner}{top}</tr>{''.join(rows)}") + caption


def _table(rows: str) -> str:
    """HTML: a table that scrolls inside its card where it is wider."""
    return f'<div class="scroll"><table class="table">{rows}</table></div>'


def _values(found: list[Cell], axis: int) -> list[Any]:
    values = [list(cell.varied.values())[axis] for cell in found]
    return [value for i, value in enumerate(values) if value not in values[:i]]


def _open(cell: Cell, text: str) -> str:
    """A figure that opens the cell's first run; where there is none yet, the run's state."""
    if not cell.runs:
        return MISSING
    run = cell.runs[0]
    return frame.link("train", {"run": run.id}, run.state.value if text == MISSING else text, "Open its run")


def beside(found: list[Cell]) -> str:
    """HTML: a link to Compare with the first seed of each value that has figures; nothing for fewer than two."""
    known = [cell.finished[0].id for cell in found if cell.finished][:MOST]
    if len(known) < 2:
        return ""
    count = sum(bool(cell.finished) for cell in found)
    which = f"the first {len(known)} of {count}" if len(known) < count else f"these {count}"
    seed = ", the first seed of each" if any(len(cell.finished) > 1 for cell in found) else ""
    return f'<p class="beside">{frame.link("compare", {"run": known}, f"Compare {which}{seed}")}</p>'


def _row(cell: Cell, figures: list[str]) -> str:
    swatch = f'<i class="swatch" style="background:{cell.group.color}"></i>'
    shown = "".join(f"<td>{figure}</td>" for figure in figures)
    return f'<tr><td class="text">{swatch}{_value(cell)}</td><td class="text">{state(cell)}</td>{shown}</tr>'


def _value(cell: Cell) -> str:
    """The value, which opens its first run; below it those of further seeds."""
    if not cell.runs:
        return escape(cell.group.label)
    links = [frame.link("train", {"run": run.id}, str(run.config.seed), "Open this run") for run in cell.runs[1:]]
    first = frame.link("train", {"run": cell.runs[0].id}, cell.group.label, "Open its run")
    return f"{first}<small>seeds {cell.runs[0].config.seed} {' '.join(links)}</small>" if links else first


def _figure(text: str) -> str:
    """HTML of a measured value; what follows a line break, its range over seeds, stands small below."""
    value, _, spread = text.partition("\n")
    return f"{escape(value)}{f'<small>{escape(spread)}</small>' if spread else ''}"


def state(cell: Cell) -> str:
    """The pill of a value's seeds; what went wrong, on hover."""
    if not cell.runs:
        return "–"
    first = foremost(cell.runs)
    done = sum(run.state is RunState.FINISHED for run in cell.runs)
    share = f" {done}/{len(cell.runs)}" if len(cell.runs) > 1 else ""
    return f'<span title="{escape(first.sentence)}">{frame.pill(first)}{share}</span>'
