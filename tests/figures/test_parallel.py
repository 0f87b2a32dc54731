"""Parallel coordinates: every run is where its value stands, and what is missing is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aedash.figures.parallel import NONE, Scale, laid, parallel

number = st.floats(-1e6, 1e6) | st.floats(1e-9, 1e9) | st.integers(0, 10**6)


@given(st.lists(number | st.none(), min_size=1, max_size=40).filter(lambda each: any(v is not None for v in each)))
def test_numbers_stand_in_their_order_within_the_axis(values):
    axis = laid(Scale("", tuple(values)))
    told = [(value, place) for value, place in zip(values, axis.places, strict=True) if value is not None]
    assert [place for _, place in sorted(told)] == sorted(place for _, place in told)
    assert axis.low < axis.high
    assert all(axis.low <= place <= axis.high for place in [*axis.places, *axis.ticks])
    missing = {place for value, place in zip(values, axis.places, strict=True) if value is None}
    assert all(place < min(place for _, place in told) and axis.ticks[place] == NONE for place in missing)


def test_texts_have_a_tick_each():
    axis = laid(Scale("Kind", ("sparse", "deep", None, "sparse")))
    assert [axis.ticks[place] for place in axis.places] == ["sparse", "deep", NONE, "sparse"]


def test_results_are_rounded_and_settings_stand_as_they_were_typed():
    values = (0.01097125111, 0.0020580333)
    assert sorted(laid(Scale("Test MSE", values, measured=True)).ticks.values()) == ["0.00206", "0.0110"]
    assert "0.01097125111" in laid(Scale("Learning rate", values)).ticks.values()


@pytest.mark.parametrize("dark", [False, True])
def test_a_figure_has_an_axis_a_scale_and_a_line_a_run(dark):
    scales = [Scale("Learning rate", (1e-4, 1e-2)), Scale("Kind", ("a", "<b>")), Scale("Test MSE", (0.1, 0.2))]
    [trace] = parallel(scales, 2, dark).data
    assert [axis.label for axis in trace.dimensions] == ["Learning rate", "Kind", "Test MSE"]
    assert [list(axis["values"]) for axis in trace.dimensions] == [[-4, -2], [1, 0], [0.1, 0.2]]
    assert list(trace.line.color) == [0.1, 0.2]
