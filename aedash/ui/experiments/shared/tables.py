"""The table of a comparison: a row a value, each leading to its runs, and all of them to Compare."""

from collections.abc import Callable
from html import escape
from typing import Any

from aedash.events import RunState
from aedash.figures.sweep import value_label
from aedash.formatting import MISSING
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.shell import frame
from aedash.ui.widgets.comparing import MOST

Column = tuple[str, Callable[[Cell], str]]


def table(found: list[Cell], columns: list[Column], what: str, below: str = "") -> str:
    """HTML: a row a value with its swatch, its runs to open and its state, then the given columns.

    what: the heading of the values. below: further rows, HTML.
    """
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    head = f'<tr><th class="text">{escape(what)}</th><th class="text">state</th>{head}</tr>'
    return _table(f"{head}{''.join(_row(cell, columns) for cell in found)}{below}")


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


def _row(cell: Cell, columns: list[Column]) -> str:
    swatch = f'<i class="swatch" style="background:{cell.group.color}"></i>'
    figures = "".join(_figure(show(cell)) for _, show in columns)
    return f'<tr><td class="text">{swatch}{_value(cell)}</td><td class="text">{state(cell)}</td>{figures}</tr>'


def _value(cell: Cell) -> str:
    """The value, which opens its first run; below it those of further seeds."""
    if not cell.runs:
        return escape(cell.group.label)
    links = [frame.link("train", {"run": run.id}, str(run.config.seed), "Open this run") for run in cell.runs[1:]]
    first = frame.link("train", {"run": cell.runs[0].id}, cell.group.label, "Open its run")
    return f"{first}<small>seeds {cell.runs[0].config.seed} {' '.join(links)}</small>" if links else first


def _figure(text: str) -> str:
    """A measured value; what follows a line break, its range over seeds, stands small below."""
    value, _, spread = text.partition("\n")
    return f"<td>{escape(value)}{f'<small>{escape(spread)}</small>' if spread else ''}</td>"


def state(cell: Cell) -> str:
    """The pill of a value: the state of its seeds, the least advanced first; what went wrong, on hover."""
    order = [RunState.FAILED, RunState.RUNNING, RunState.PAUSED, RunState.QUEUED]
    runs = sorted(cell.runs, key=lambda run: order.index(run.state) if run.state in order else len(order))
    if not runs:
        return "–"
    done = sum(run.state is RunState.FINISHED for run in runs)
    share = f" {done}/{len(runs)}" if len(runs) > 1 else ""
    return f'<span title="{escape(runs[0].sentence)}">{frame.pill(runs[0])}{share}</span>'
