"""The table of a comparison: a row a value, each leading to its runs, and all of them to Compare."""

from collections.abc import Callable
from html import escape

from aedash.events import RunState
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
    return f'<table class="table">{head}{"".join(_row(cell, columns) for cell in found)}{below}</table>'


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
