"""Selecting: which images are chosen on the map, as it stands in the address: a class, a lasso, dots picked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.survey import Survey
from aedash.figures.cloud import Choice
from aedash.formatting import setting
from aedash.ui.explore import lasso
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import PERPLEXITIES, View, projected
from aedash.ui.shell import address

WORDS = {"PCA": "pca", "PCA 3-D": "pca3", "Units": "units", "t-SNE": "tsne"}  # of a map, in a lasso
MOST_PICKS = 100
LAST_PLACE = 10**6


@dataclass(frozen=True, eq=False)
class Selected:
    """choice: as the browser shows it; rows: of the survey, ascending; inside: (N,) bool, those in the lasso.

    drawn_on, turn: the map of the lasso, and how that was turned.
    """

    choice: Choice
    rows: NDArray[np.int64]
    inside: NDArray[np.bool_] | None = None
    drawn_on: View | None = None
    turn: tuple[float, float] | None = None


def word(view: View) -> str:
    """What names a map in a lasso.

    >>> word(View("Units", (3, 7)))
    'units-4-8'
    """
    return "-".join([WORDS[view.name], *_numbers(view)])


def viewed(text: str) -> View:
    """The map that a word names. Raises ValueError or KeyError where it names none."""
    short, *numbers = text.split("-")
    name = {short: long for long, short in WORDS.items()}[short]
    view = View(name)
    if name == "Units":
        across, up = (int(number) - 1 for number in numbers)
        view = View(name, (across, up))
    elif name == "t-SNE" and numbers:
        view = View(name, perplexity=float(numbers[0]))
    known = min(view.units) >= 0 and view.perplexity in PERPLEXITIES
    if not known or _numbers(view) != numbers:
        raise ValueError(text)
    return view


def _numbers(view: View) -> list[str]:
    if view.name == "Units":
        return [str(unit + 1) for unit in view.units]
    return [setting(view.perplexity)] if view.name == "t-SNE" and view.perplexity != View.perplexity else []


def selected(bench: Bench, survey: Survey) -> Selected:
    """What the address chooses: what is in the lasso and of the class, but for those picked by hand."""
    run, classes = bench.run.id, bench.classes
    kind = address.kept("view-class", None, lambda text: classes.index(text), run)
    drawn = address.kept("view-lasso", None, _drawn, run)
    none: tuple[int, ...] = ()
    picks = address.kept("view-picks", none, _picks, run)
    address.look("view-class", None if kind is None else classes[kind])
    address.look("view-lasso", None if drawn is None else drawn[0])
    address.look("view-picks", " ".join(map(str, picks)) or None)
    if drawn is None:
        return Selected(Choice(kind, "", picks), _rows(survey, kind, None, picks))
    text, polygon, view = drawn
    found = projected(bench, view)
    if found is None or found.points.shape[1] != (3 if view.name == "PCA 3-D" else 2):
        return Selected(Choice(kind, "", picks), _rows(survey, kind, None, picks))
    inside = lasso.enclosed(polygon, found.points)
    turn = polygon.turn if view.name == "PCA 3-D" else None
    return Selected(Choice(kind, text, picks), _rows(survey, kind, inside, picks), inside, view, turn)


def _drawn(text: str) -> tuple[str, lasso.Lasso, View]:
    polygon = lasso.read(text)
    return text, polygon, viewed(polygon.map)


def _picks(text: str) -> tuple[int, ...]:
    places = tuple(dict.fromkeys(int(part) for part in text.split(" ")))
    if len(places) > MOST_PICKS or not all(0 <= place < LAST_PLACE for place in places):
        raise ValueError(text)
    return places


def _rows(
    survey: Survey, kind: int | None, inside: NDArray[np.bool_] | None, picks: tuple[int, ...]
) -> NDArray[np.int64]:
    """As `chosenRows` of `cloud.js`: none where nothing is chosen."""
    chosen = np.full(len(survey.places), kind is not None or inside is not None)
    if kind is not None:
        chosen &= survey.labels == kind
    if inside is not None:
        chosen &= inside
    rows = [row for row in map(survey.row, picks) if row is not None]
    chosen[rows] ^= True
    return np.flatnonzero(chosen)


def choose(bench: Bench, told: Any) -> None:
    """Keep what was chosen. told: whatever the browser sent; what is no choice is passed over."""
    if not isinstance(told, dict):
        return
    kind, drawn, picks = told.get("class"), told.get("lasso"), told.get("picks")
    name = bench.classes[kind] if isinstance(kind, int) and 0 <= kind < len(bench.classes) else None
    address.keep("view-class", name, bench.run.id)
    _keep(bench, "view-lasso", drawn if isinstance(drawn, str) else "", _drawn)
    _keep(bench, "view-picks", " ".join(map(str, picks)) if isinstance(picks, list) else "", _picks)


def _keep(bench: Bench, name: str, text: str, read: Any) -> None:
    """Keep a text that can be read; none else."""
    try:
        read(text)
    except (ValueError, KeyError):
        text = ""
    address.keep(name, text or None, bench.run.id)
