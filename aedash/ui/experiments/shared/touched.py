"""What can be touched on a comparison page: the first seed of each value."""

from typing import Any

from aedash import words
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.specimen.dock import Subject
from aedash.ui.specimen.grids import tiles


def subjects(found: list[Cell]) -> dict[str, Subject]:
    """{run id: the first seed of each value}."""
    return {
        cell.runs[0].id: Subject(cell.runs[0], cell.group.histories[0], name=_name(cell))
        for cell in found
        if cell.runs and cell.group.histories
    }


def _name(cell: Cell) -> str:
    fields = " & ".join(map(words.field, cell.varied))
    return f"{fields[:1].upper()}{fields[1:]} {cell.group.label}"


def by_value(
    found: list[Cell], before: int, samples: bool = False, columns: int = 10, times: int = 1
) -> dict[str, Any]:
    """What makes the tiles of a grid with a row a value open cards, see `grids.tiles`.

    before: rows above those of the values; columns: of the ten images, which come so many times, side by side.
    """
    runs = [""] * before + [cell.runs[0].id if cell.runs else "" for cell in found]
    probes = next((h.probes for cell in found for h in cell.group.histories[:1] if h.probes), None)
    shown = [] if probes is None else [int(place) for place in probes.shown[:columns]] * times
    return tiles(runs, None if samples else shown)
