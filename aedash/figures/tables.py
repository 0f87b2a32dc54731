"""Tables for other programs: what a spreadsheet or a script reads."""

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aedash.analysis.survey import Survey
from aedash.events import Floats

MOST_NUMBERS = 2**20  # of all codes in one file: about 12 MB


def codes_csv(survey: Survey, rows: NDArray[np.int64], classes: Sequence[str], points: Floats | None = None) -> str:
    """A line a test image: its number in the test split, label, class, error and code, unrounded; no more lines than
    `most` says.

    rows: of the survey; points: (N, 2 or 3) where the survey's images lie on a map, or None.
    """
    into = io.StringIO()
    out = csv.writer(into, lineterminator="\n")
    axes = [] if points is None else ["x", "y", "z"][: points.shape[1]]
    units = [f"code {unit}" for unit in range(1, survey.codes.shape[1] + 1)]
    out.writerow(["test image", "label", "class", "MSE per pixel", *(f"map {axis}" for axis in axes), *units])
    for row in rows[: most(survey)]:
        label, error = int(survey.labels[row]), survey.mse[row]
        place = [] if points is None else _cells(points[row])
        told = str(error) if np.isfinite(error) else ""
        out.writerow([int(survey.places[row]), label, plain(classes[label]), told, *place, *_cells(survey.codes[row])])
    return into.getvalue()


def most(survey: Survey) -> int:
    """How many lines a file has at most."""
    return max(1, MOST_NUMBERS // survey.codes.shape[1])


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> plain("=1+1"), plain("Ankle boot")
    ("'=1+1", 'Ankle boot')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _cells(numbers: Floats) -> list[str]:
    """Each number with all digits that it has; empty where it is none."""
    return [str(value) if np.isfinite(value) else "" for value in numbers.astype(np.float32)]
