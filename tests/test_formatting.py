"""Numbers for people: three significant digits, never longer than a cell."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aedash.formatting import count, many, number, percent, setting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.0123"),
        (0.01, "0.0100"),
        (0.9996, "1.00"),
        (0.00412, "0.00412"),
        (0.0009996, "0.00100"),
        (12.345, "12.3"),
        (99.96, "100"),
        (1234.5, "1,234"),
        (123_456, "123,456"),
        (999_999.7, "1.0e6"),
        (4.1e-5, "4.1e-5"),
        (2.04e30, "2.0e30"),
        (-0.0456, "-0.0456"),
        (0, "0"),
        (inf, "∞"),
        (-inf, "-∞"),
        (nan, "–"),
        (None, "–"),
    ],
)
def test_three_significant_digits(value, text):
    assert number(value) == text


@given(st.floats(-1e300, 1e300))
def test_a_number_of_any_size_fits_a_cell_and_is_near(value):
    text = number(value)
    assert len(text.removeprefix("-")) <= 7
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.05, abs=1e-99)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_percentages_are_bounded(share):
    assert len(percent(share)) <= 13


def test_counts_are_exact():
    assert (count(1024), count(1020), count(2_147_483_647)) == ("1,024", "1,020", "2,147,483,647")
    assert (percent(0.034), percent(-0.5, 0), percent(2e4)) == ("3.4 %", "-50 %", "over 9,999 %")


def test_one_is_not_many():
    assert (many(0, "epoch"), many(1, "epoch"), many(1024, "epoch")) == ("0 epochs", "1 epoch", "1,024 epochs")


@pytest.mark.parametrize(("value", "text"), [(20.0, "20"), (1e6, "1,000,000"), (0.001, "0.001"), (1e-5, "1e-5")])
def test_a_chosen_number_is_written_as_it_was_chosen(value, text):
    assert setting(value) == text
