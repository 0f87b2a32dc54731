"""What the Sweeps page says fits its question and follows from the numbers, whichever way they fall."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from aedash.analysis.checkerboard import Phases, Untrained
from aedash.config import parse
from aedash.events import Figures, RunState
from aedash.formatting import value_label
from aedash.recipes.questions import QUESTIONS, Question
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.sweeps import answer as answers
from aedash.ui.experiments.sweeps.answer import answer, error_of
from tests.ui import cells

OWN = Question("own", "Rates", "Lower is better.", "rate", "", QUESTIONS["rate"].axis)


def measured(value, *errors, validation=None, units=4, kl=None, variation=1.0, **how):
    """A value of a sweep with one finished run an error. validation: error there; the same where it is not given."""
    cell = cells.cell(value_label(value), *[RunState.FINISHED] * len(errors))
    terms = {} if kl is None else {"reconstruction": 1.0, "kl": kl}
    runs = []
    for run, error in zip(cell.runs, errors, strict=True):
        test = Figures(1.0, error, terms, code_size=units, code_units=4, output_variation=variation, **how)
        held_out = replace(test, mse=error if validation is None else validation)
        runs.append(replace(run, figures={"test": test, "validation": held_out}))
    return replace(cell, varied={"path": value}, runs=tuple(runs))


def told(question, *found):
    return answer(question, [question.what], found, Desk())


def text(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))).strip()


def test_one_seed_is_said_and_grey():
    line = told(OWN, measured(0.1, 0.02), measured(1, 0.03))
    assert text(line) == (
        "Lowest test MSE 0.0200 at rate 0.1. The highest, 0.0300 at rate 1, is 50 % above that. "
        "One seed: less than 5 % is level."
    )
    assert 'class="finding info"' in line


def test_several_seeds_bear_it_out_or_make_it_level():
    sure = told(OWN, measured(0.1, 0.020, 0.021, 0.022), measured(1, 0.030, 0.031, 0.032))
    assert 'class="finding good"' in sure
    assert text(sure) == (
        "Lowest test MSE 0.0210 (0.0200 to 0.0220) at rate 0.1. "
        "The highest, 0.0310 (0.0300 to 0.0320) at rate 1, is 48 % above that."
    )
    unsure = told(OWN, measured(0.1, 0.020, 0.030), measured(1, 0.022, 0.032))
    assert text(unsure) == "All are level: test MSE 0.0250 to 0.0270."
    assert 'class="finding info"' in unsure


def test_what_is_level_with_the_best_is_named():
    line = text(told(OWN, measured(0.1, 0.0204), measured(0.5, 0.02), measured(1, 0.08)))
    assert line.startswith(
        "Lowest test MSE 0.0200 at rate 0.5. Level with it: 0.1. The highest, 0.0800 at rate 1, is 4.0"
    )


def test_validation_images_choose_and_test_images_are_quoted():
    line = text(told(OWN, measured(0.1, 0.02, validation=0.05), measured(1, 0.03, validation=0.04)))
    assert line.startswith(
        "Best on held-out images, test MSE 0.0300 at rate 1. The lowest, 0.0200 at rate 0.1, is 33 %"
    )
    assert "Chosen on" not in line


def test_where_nothing_is_held_out_the_sentence_says_what_chose():
    found = [measured(0.1, 0.02), measured(1, 0.03)]
    found[1] = replace(found[1], runs=(replace(found[1].runs[0], figures={"test": Figures(1.0, 0.03, {})}),))
    assert text(told(OWN, *found)).endswith(" Chosen on the test images that are quoted.")


def test_every_question_holds_images_out():
    assert all(question.base().data.validation > 0 for question in QUESTIONS.values())


def test_outputs_that_are_one_picture_are_told():
    line = text(told(QUESTIONS["rate"], measured(0.01, 0.02), measured(0.1, 0.067, variation=0.0)))
    assert "At 0.1 every output is the same picture." in line


def test_beta_names_the_collapse_and_not_the_lowest_error():
    found = [measured(0.1, 0.0056, kl=60.0), measured(1, 0.012, kl=20.0), measured(20, 0.0452, units=0, kl=0.01)]
    line = told(QUESTIONS["beta"], *reversed(found))
    assert text(line) == (
        "Beta 20: no unit in use, every sample the mean picture. A lower beta has the lower error by construction: "
        "test MSE 0.00560 at 0.1, 0.0452 at 20. It pays with codes far from N(0, I), KL 60.0 nats against 0.0100, and "
        "so with worse samples. One seed: less than 5 % is level."
    )
    assert 'class="finding info"' in line
    alive = text(told(QUESTIONS["beta"], *found[:2]))
    assert alive.startswith("Every beta leaves units in use. A lower beta")


def test_the_smallest_code_that_is_enough_is_named():
    found = [measured(size, error) for size, error in ((4, 0.04), (8, 0.02), (16, 0.0101), (32, 0.01))]
    line = text(told(QUESTIONS["code"], *reversed(found)))
    assert line.startswith(
        "16 numbers are enough: test MSE 0.0101, level with 32 numbers, 0.0100. With 8 it is 0.0200, 2.0 times as "
        "much. Of 32 numbers 4 are in use."
    )
    more = text(told(QUESTIONS["code"], *found[:3]))
    assert more.startswith("More numbers still help: 16 reach test MSE 0.0101. With 8 it is 0.0200, 2.0 times as much.")


@pytest.mark.parametrize(
    ("errors", "start"),
    [
        ((0.02, 0.01, 0.02), "Depth helps: hidden layers 400, test MSE 0.0100, is 50 % below none."),
        ((0.01, 0.0099, 0.02), "Depth does not help: hidden layers none, test MSE 0.0100, is not beaten."),
    ],
)
def test_whether_depth_helps(errors, start):
    found = [measured(widths, error) for widths, error in zip(([], [400], [400, 200]), errors, strict=True)]
    line = text(told(QUESTIONS["depth"], *found))
    assert line.startswith(start)
    assert " The deepest, 400-200, 0.0200, is 2.0 times that of 400." in line


def test_luck_is_a_range_and_has_no_winner():
    line = told(QUESTIONS["luck"], measured(0, 0.0275, units=18), measured(1, 0.0285, units=25))
    assert text(line).startswith("2 seeds: test MSE 0.0275 to 0.0285, 3.6 % more. Units in use: 18 to 25.")
    assert 'class="finding info"' in line


def test_where_the_checkerboard_comes_from(monkeypatch):
    pattern = {"a": 4e-5, "b": 0.0}
    phases = {"a": Phases(np.ones((4, 4)), 0.285), "b": Phases(np.ones((4, 4)), 0.076)}
    drawn = {label: Untrained(np.ones((1, 8, 8)), phases[label], variance) for label, variance in pattern.items()}
    monkeypatch.setattr(answers, "patterns_of", lambda *_: drawn)
    monkeypatch.setattr(answers, "phases_of", lambda *_: phases)
    found = [measured({"name": "a"}, 0.02), measured({"name": "b"}, 0.021)]
    assert text(told(QUESTIONS["checkerboard"], *found)).startswith(
        "It comes from a: untrained, it favours some pixels already, b hardly any. "
        "Unevenness of the trained error: 28.5 % for a, 7.6 % for b. Test MSE: 0.0200 for a, 0.0210 for b."
    )
    monkeypatch.setattr(answers, "phases_of", lambda *_: {})
    assert text(told(QUESTIONS["checkerboard"], *found)).startswith("Lowest test MSE")


def test_denoisers_are_compared_at_their_task_unless_noise_is_varied():
    noisy = measured(0.1, 0.02, mse_corrupted=0.05)
    assert error_of([noisy, noisy])(noisy.runs[0]) == 0.05
    assert "Lowest test MSE 0.0500 at rate 0.1. Errors are of noisy images." in text(told(OWN, noisy))
    other = replace(noisy, config=parse({"corruption": "gaussian"}))
    assert error_of([noisy, other])(noisy.runs[0]) == 0.02
