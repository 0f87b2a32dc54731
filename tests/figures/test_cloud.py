"""The large map as data: its colours by a number, and what a browser is sent."""

import base64

import numpy as np
import pytest

from aedash.figures import payloads
from aedash.figures.cloud import MISSING, Choice, Cloud, Linear, Shades, ramp


def test_colours_rise_with_the_number_and_outliers_do_not_take_them_all():
    values = np.append(np.linspace(0, 1, 999), 1e6)
    found = ramp(Shades(values, "MSE per pixel"))
    assert (np.diff(found["steps"].astype(int)) >= 0).all()
    assert found["steps"][500] == pytest.approx(16, abs=1)
    assert (found["low"], found["high"], found["name"]) == ("≤ 0.0100", "≥ 0.991", "MSE per pixel")
    assert len(found["light"]) == len(found["dark"]) == found["steps"].max() + 1


@pytest.mark.parametrize("values", [np.full(4, 3.0), np.full(4, np.nan)])
def test_a_constant_and_no_number_at_all_have_a_colour(values):
    steps = ramp(Shades(values, "value of unit 0"))["steps"]
    assert set(steps) == {0 if np.isfinite(values).all() else MISSING}


@pytest.mark.parametrize("axes", [2, 3])
def test_places_arrive_as_they_are_in_the_order_of_the_rows(axes):
    points = np.random.default_rng(0).normal(size=(50, axes)) * [3, 1, 2][:axes] + 7
    points[4] = np.nan
    sent = payloads.cloud(Cloud(points, "pca", "pack", None, ("a", "b"), choice=Choice(1, "", (3,))))
    low, high = np.split(np.array(sent["box"]), 2)
    steps = np.frombuffer(base64.b64decode(sent["points"]), "<u2").reshape(50, axes)
    seen = low + (steps / 65534 * 2 - 0.5) * (high - low)
    kept = np.delete(np.arange(50), 4)
    assert np.abs(seen - points)[kept].max() < 1e-3
    assert (steps[4] == 65535).all()
    assert sent["choice"] == {"class": 1, "lasso": "", "picks": [3]}


def test_where_a_code_lies_is_told_of_a_linear_map_alone():
    points = np.zeros((3, 2))
    linear = Linear(np.array([1.0, 2.0, 3.0]), np.eye(3, 2))
    assert payloads.cloud(Cloud(points, "pca", "pack", None, ("a",)))["linear"] is None
    sent = payloads.cloud(Cloud(points, "pca", "pack", None, ("a",), linear=linear))["linear"]
    assert sent == {"centre": [1.0, 2.0, 3.0], "axes": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]}
