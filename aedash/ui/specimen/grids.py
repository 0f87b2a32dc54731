"""Grids with a run a row: which image or sample of which run a tile is."""

from collections.abc import Callable, Sequence
from typing import Any

from aedash.analysis.specimen import Touched
from aedash.ui.specimen import touch
from aedash.ui.specimen.touch import Place


def tiles(runs: Sequence[str], shown: Sequence[int] | None) -> dict[str, Any]:
    """What makes the tiles of a grid open cards: `on_touch` and `touched` of `mosaic`.

    runs: the id of each row's run; a row of none, empty, opens the first run's. shown: the dot of each column; None:
    the columns are samples.
    """
    return {"on_touch": _opened(runs, shown), "touched": _column(shown)}


def dots(run: str) -> dict[str, Any]:
    """What makes the dots of a run's map open cards: `on_touch` and `touched` of `scatter`."""
    place = touch.touched()
    mine = place is not None and place.run == run and place.touched.kind == "dot"
    return {
        "on_touch": lambda dot: touch.touch(Place(Touched("dot", dot), run)),
        "touched": place.touched.place if place and mine else None,
    }


def _opened(runs: Sequence[str], shown: Sequence[int] | None) -> Callable[[int, int], None] | None:
    first = next(filter(None, runs), "")

    def act(row: int, column: int) -> None:
        run = runs[row] if 0 <= row < len(runs) and runs[row] else first
        if shown is None:
            touch.touch(Place(Touched("sample", column), run))
        elif 0 <= column < len(shown):
            touch.touch(Place(Touched("dot", int(shown[column])), run))

    return act if first else None


def _column(shown: Sequence[int] | None) -> int | None:
    """Which column the open card is of."""
    place = touch.touched()
    if place is None or (place.touched.kind == "sample") != (shown is None):
        return None
    if shown is None:
        return place.touched.place
    return list(shown).index(place.touched.place) if place.touched.place in shown else None
