"""The table of a comparison: a row a value."""

from collections.abc import Callable
from html import escape

from aedash.events import RunState
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.shell import frame

Column = tuple[str, Callable[[Cell], str]]


def table(found: list[Cell], columns: list[Column], what: str, below: str = "") -> str:
    """HTML: a row a value with its swatch and state, then the given columns. what: the heading of the values.

    below: further rows, HTML.
    """
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    head = f'<tr><th class="text">{escape(what)}</th><th class="text">state</th>{head}</tr>'
    return f'<table class="table">{head}{"".join(_row(cell, columns) for cell in found)}{below}</table>'


def _row(cell: Cell, columns: list[Column]) -> str:
    swatch = f'<i class="swatch" style="background:{cell.group.color}"></i>'
    figures = "".join(_figure(show(cell)) for _, show in columns)
    return (
        f'<tr><td class="text">{swatch}{escape(cell.group.label)}</td><td class="text">{state(cell)}</td>{figures}</tr>'
    )


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
