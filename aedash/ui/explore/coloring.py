"""Colouring: by what the dots of a map are coloured."""

from typing import Any

import numpy as np

from aedash.analysis.density import density
from aedash.analysis.survey import Survey
from aedash.events import Floats
from aedash.figures.cloud import Shades
from aedash.figures.units import unit_name
from aedash.formatting import many
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import Projected, View
from aedash.ui.shell import address

CLASS, ERROR, DENSITY = "class", "error", "density"


def choose(bench: Bench, survey: Survey) -> str:
    """Draws the choice: class, error, density, or a unit by its number, from 1."""
    options = [CLASS, ERROR, DENSITY, *map(unit_name, range(survey.codes.shape[1]))]
    how: dict[str, Any] = {"label_visibility": "collapsed", "width": 100, "format_func": "by {}".format}
    return address.select("view-color", "Colour", options, CLASS, bench.run.id, **how)


def shades(bench: Bench, survey: Survey, color: str, view: View, found: Projected) -> Shades | None:
    """The numbers of a choice with their unit; None where classes colour, or until the numbers are there."""
    if color == ERROR:
        known = int(np.isfinite(survey.mse).sum())
        few = "" if known == len(survey.mse) else f", known of {many(known, 'image')}"
        return Shades(survey.mse, f"MSE per pixel{few}")
    if color == DENSITY:
        dense = (
            None if found.done < 1 else bench.desk.look(("dense", *bench.surveyed, view), lambda: crowd(found.points))
        )
        return None if dense is None else Shades(dense, "× mean density")
    if color == CLASS:
        return None
    return Shades(survey.codes[:, int(color.removeprefix("unit ")) - 1], f"value of {color}")


def crowd(points: Floats) -> Floats:
    """(N,) how many other points of a map (N, D) lie about each, as a multiple of the mean over all points.

    >>> crowd(np.zeros((5, 2))).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    found = density(points).at(points)
    return found / np.nanmean(found) if np.isfinite(found).any() else found
