"""A file's lines are of the images that they name, and no spreadsheet runs what is in them."""

import csv
import io

import numpy as np
import pytest

from aedash.analysis.survey import Survey
from aedash.figures import tables
from aedash.figures.tables import codes_csv

CLASSES = ("=1+1", "@cmd", "plain")


@pytest.fixture
def seen():
    rng = np.random.default_rng(0)
    places = np.sort(rng.choice(10_000, 50, replace=False))
    codes = rng.normal(size=(50, 3)).astype(np.float32)
    codes[4, 1] = np.nan
    mse = rng.random(50).astype(np.float32)
    mse[2] = np.nan
    return Survey(places, places % 3, codes, None, mse)


def test_each_line_is_of_the_image_that_it_names(seen):
    rows, points = np.array([2, 4, 17, 49]), np.arange(100.0).reshape(50, 2)
    lines = list(csv.DictReader(io.StringIO(codes_csv(seen, rows, CLASSES, points))))
    assert [int(line["test image"]) for line in lines] == seen.places[rows].tolist()
    for line in lines:
        row = seen.row(int(line["test image"]))
        assert int(line["label"]) == seen.labels[row]
        numbers = [float(line[name] or "nan") for name in ("MSE per pixel", "code 1", "code 2", "code 3")]
        assert np.array_equal(np.float32(numbers), [seen.mse[row], *seen.codes[row]], equal_nan=True)
        assert [float(line["map x"]), float(line["map y"])] == points[row].tolist()


def test_no_cell_is_taken_for_a_formula(seen):
    lines = list(csv.reader(io.StringIO(codes_csv(seen, np.arange(50), CLASSES))))[1:]
    assert {line[2] for line in lines} == {"'=1+1", "'@cmd", "plain"}
    for cell in (cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))):
        assert float(cell) < 0  # a number, which has to stay one


def test_a_file_is_bounded(seen, monkeypatch):
    monkeypatch.setattr(tables, "MOST_NUMBERS", 3 * 12)
    lines = codes_csv(seen, np.arange(50), CLASSES).splitlines()
    assert len(lines) == 1 + 12
