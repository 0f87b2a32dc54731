"""Growth: what the browser joins is what was built, and all but growth travels whole."""

import base64

import numpy as np
import pytest

from aedash.wire.growth import appended


def numbers(values):
    return base64.b64encode(np.array(values, "<f4").tobytes()).decode()


def curve(*lines, **fields):
    return {"lines": [dict(zip(("name", "x", "y"), line, strict=False)) for line in lines], **fields}


def test_packed_numbers_are_cut_between_numbers():
    for old in range(7):
        before = curve(("loss", numbers(range(old)), numbers(range(old))))
        after = curve(("loss", numbers(range(7)), numbers(range(7))), unit="BCE")
        told = appended(before, after)
        assert (told["append"], told["unit"]) == (True, "BCE")
        [line] = told["lines"]
        assert np.frombuffer(base64.b64decode(line["x"]), "<f4").tolist() == list(range(old, 7))


@pytest.mark.parametrize("other", [{"lines": 5}, {"lines": ["loss"]}, {"lines": [{"x": [1]}]}, [1, 2], "text", None])
def test_what_was_no_curve_has_not_grown(other):
    now = curve(("loss", [1, 2], [9, 8]))
    assert appended(other, now) is now


@pytest.mark.parametrize(
    "after",
    [
        curve(("loss", [1, 2], [9, 7.5])),  # the last point was moved
        curve(("loss", [1], [9])),  # shorter
        curve(("mse", [1, 2, 3], [9, 8, 7])),  # another line
        curve(("loss", [1, 2, 3], [9, 8, 7]), ("mse", [1], [1])),  # one more
        curve(),
        {"png": "..."},
        {"lines": 5},
        {"lines": ["loss"]},
        {"lines": [{"x": [1]}]},
        {"lines": [{"name": "loss", "x": [1, 2, 3]}]},
        [1, 2],
        "text",
        None,
    ],
)
def test_whatever_else_happened_travels_whole(after):
    before = curve(("loss", [1, 2], [9, 8]))
    assert appended(before, after) is after
