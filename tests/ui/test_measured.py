"""A run's errors in words: of a denoiser both, the one at its task first."""

import pytest

from aedash.events import Figures
from aedash.presets.base import preset
from aedash.ui.compare.table import COLUMNS, Row, columns_of
from aedash.ui.train import formula, sampling
from aedash.ui.widgets.measured import error_words, errors
from tests import fakes

PLAIN, DENOISER = Figures(1.0, 0.0288, {}), Figures(1.0, 0.0447, {}, mse_corrupted=0.0453)


def test_a_denoiser_has_two_errors_and_the_noisy_one_comes_first():
    assert errors(DENOISER, True) == [("MSE, noisy input", 0.0453), ("MSE, clean input", 0.0447)]
    assert errors(PLAIN, False) == [("MSE per pixel", 0.0288)]
    assert errors(None, True) == [("MSE, noisy input", None), ("MSE, clean input", None)]
    assert error_words(DENOISER) == "MSE 0.0453 from noisy input, 0.0447 from clean"
    assert error_words(PLAIN) == "MSE 0.0288"


def test_an_old_record_of_a_denoiser_has_no_noisy_error_and_says_so():
    assert errors(PLAIN, True) == [("MSE, noisy input", None), ("MSE, clean input", 0.0288)]


def test_the_compare_table_names_both_where_a_denoiser_is_among_the_rows():
    figures = dict.fromkeys(COLUMNS)
    alone, beside = Row("a", "MNIST", figures), Row("b", "MNIST", {**figures, "noisy": 0.0453})
    assert next(iter(columns_of([alone]).values())).heading == "Test MSE per pixel"
    both = [column.heading for column in columns_of([alone, beside]).values()]
    assert both[:2] == ["Test MSE, noisy input", "Test MSE, clean input"]


@pytest.mark.parametrize(("value", "words"), [(0.5, "0.5"), (3, "3"), ("salt", "salt"), (True, "True"), (1e-5, "1e-5")])
def test_a_corruption_may_have_any_field(value, words):
    assert formula._field(value) == words


def test_only_a_model_that_is_made_for_samples_promises_them():
    promises = {
        name: "not made" not in sampling.hint(preset(name).config) for name in ("R0-simple", "R0-vae", "R4-graph")
    }
    assert promises == {"R0-simple": False, "R0-vae": True, "R4-graph": True}
    assert "not made" not in sampling.hint(preset("aedash-wae").config)
    assert "not made" in sampling.hint(preset("aedash-vq").config)


@pytest.mark.parametrize(("sourced", "words"), [(True, "looked at each epoch as the source did."), (False, "epoch.")])
def test_a_source_is_named_only_where_there_is_one(sourced, words):
    sentence = formula.split_sentence(fakes.config(data={"validation": 0}), sourced)
    assert sentence.endswith(words)
    assert "360 others" in sentence
