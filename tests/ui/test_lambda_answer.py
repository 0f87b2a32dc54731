"""The Lambda page's words: each clause follows from the numbers, and changes with them."""

import re

import numpy as np
import pytest

from aedash.analysis.contraction import SIGMAS, Baseline, Contraction
from aedash.analysis.jacobian import Sensitivity
from aedash.analysis.probing import Probe
from aedash.events import RunState
from aedash.ui.lambda_answer import Value, headline, words
from tests.ui import cells

FINISHED, RUNNING, FAILED = RunState.FINISHED, RunState.RUNNING, RunState.FAILED
MEAN = Baseline(tuple(sigma**2 for sigma in SIGMAS), 0.064)


def measured(clean, slope, norm=10.0, variance=10.0, shift=0.1, linear=0.9):
    errors = tuple(clean + slope * sigma for sigma in SIGMAS)
    sensitivity = Sensitivity(norm, variance, norm / variance if variance else float("nan"), shift, 0.3)
    return Contraction(errors, np.ones((4, 2), np.float32), sensitivity, Probe(linear, linear, 100, 50))


def value(weight, label, *found):
    return Value(weight, label, dict(enumerate(found)))


def text(html):
    return re.sub(r"<[^>]*>", "", html)


def told(values, sigma=0.4, none=MEAN):
    return dict(words(values, sigma, none))


def test_before_and_while_it_is_measured():
    assert "A good lambda loses little" in headline([value(0, "0")], 0.4)
    runs = [cells.cell("0", FINISHED), cells.cell("1", RUNNING)]
    some = headline([value(0, "0", measured(0.01, 0.1)), value(1, "1")], 0.4, cells=runs)
    assert "1 of 2 runs are measured. Lowest error at noise 0.4 so far: λ = 0, 0.0500." in some
    assert words([value(0, "0", measured(0.01, 0.1)), value(1, "1")], 0.4, MEAN) == []


def test_the_headline_names_the_best_and_what_it_costs():
    values = [value(0, "0", measured(0.01, 0.1)), value(0.01, "0.01", measured(0.012, 0.05))]
    assert text(headline(values, 0.4)) == (
        "Best at noise 0.4: λ = 0.01, MSE 0.0320, 36 % below λ = 0. "
        "On clean images λ = 0, 0.0100; λ = 0.01 is 20 % above that."
    )
    assert text(headline(values, 0.0)).startswith("Best at noise 0: λ = 0, MSE 0.0100.")


def test_seeds_are_counted_and_their_range_is_told():
    values = [
        value(0, "0", measured(0.01, 0.1), measured(0.01, 0.02)),
        value(0.01, "0.01", measured(0.012, 0.05), measured(0.012, 0.05)),
    ]
    values[1].found[1] = measured(0.002, 0.05)
    line = text(headline(values, 0.4))
    assert "λ = 0.01, MSE 0.0270 (0.0220 to 0.0320), 21 % below λ = 0 (in 1 of 2 seeds)" in line


@pytest.mark.parametrize(
    ("strong", "weak", "sensitive", "whole"),
    [
        ((0.06, 0.001), (0.01, 0.1), "λ = 5 is the less sensitive", "is higher all the same, for it is blurred"),
        ((0.01, 0.1), (0.02, 0.001), "λ = 10⁻⁴ is the less sensitive", "is higher."),
        ((0.01, 0.01), (0.01, 0.1), "λ = 5 is the less sensitive", "is lower."),
    ],
)
def test_the_published_claim_is_judged_by_the_numbers(strong, weak, sensitive, whole):
    values = [value(1e-4, "10⁻⁴", measured(*weak)), value(5, "5", measured(*strong))]
    claim = told(values)["5 against 10⁻⁴"]
    assert sensitive in claim
    assert whole in claim
    assert f"adds {0.4 * strong[1]:.4f} to the error of λ = 5" in claim


def test_the_claim_tells_the_two_conventions_apart():
    pair = [value(1e-4, "10⁻⁴", measured(0.01, 0.05)), value(5, "5", measured(0.06, 0.0))]
    unlike = "10⁻⁴ not, in a convention whose 10⁻⁴ is 10⁻⁴ × 64 × 784 = 5.02 per image. Here noise 0.4 adds"
    assert unlike in told(pair)["5 against 10⁻⁴"]
    assert "10⁻⁴ not. Here noise 0.4 adds" in dict(words(pair, 0.4, MEAN, published=True))["5 against 10⁻⁴"]


def test_one_that_failed_is_told_and_no_longer_waited_for():
    values = [value(0, "0", measured(0.02, 0.1)), value(1, "1", measured(0.012, 0.05)), value(5, "5")]
    runs = [cells.cell("0", FINISHED), cells.cell("1", FINISHED), cells.cell("5", FAILED)]
    line = text(headline(values, 0.4, cells=runs))
    assert line.startswith("Best at noise 0.4: λ = 1, MSE 0.0320")
    assert line.endswith(" λ = 5 failed (diverged in epoch 1).")
    none = headline([value(5, "5")], 0.4, cells=runs[2:])
    assert text(none) == "Nothing could be measured. λ = 5 failed (diverged in epoch 1)."


def test_the_claim_is_held_against_no_penalty_where_there_is_one():
    pair = [value(1e-4, "10⁻⁴", measured(0.01, 0.05)), value(5, "5", measured(0.06, 0.0))]
    assert "Beside" not in told(pair)["5 against 10⁻⁴"]
    claim = told([value(0, "0", measured(0.01, 0.1)), *pair])["5 against 10⁻⁴"]
    assert claim.endswith("Beside λ = 0, 0.0500: 5 is 20 % above it, 10⁻⁴ is 40 % below it.")


def test_the_claim_needs_both_lambdas():
    assert "5 against 10⁻⁴" not in told([value(0, "0", measured(0.1, 0)), value(5, "5", measured(0.1, 0))])


def test_a_code_that_only_shrinks_is_told_apart():
    control = value(0, "0", measured(0.01, 0.1))
    shrunk = told([control, value(5, "5", measured(0.01, 0.1, norm=0.01, variance=0.011, shift=0.09))])["Jacobian"]
    assert "the squared norm falls 1,000-fold, divided by the code's variance it falls 1.1-fold" in shrunk
    assert "moves the code by 10.0 % and 9.0 % of its variance" in shrunk
    assert "Most of the fall is the code shrinking." in shrunk
    steadier = told([control, value(5, "5", measured(0.01, 0.1, norm=0.01, shift=0.001))])["Jacobian"]
    assert "shrinking" not in steadier


def test_a_code_that_is_dead_is_named_whichever_it_is():
    alive, dead = measured(0.01, 0.1), measured(0.01, 0.1, norm=0.0, variance=0.0, shift=float("nan"))
    said = {
        (dead, alive): "At λ = 0 the code does not vary over images: it carries nothing.",
        (alive, dead): "At λ = 5 the code does not vary over images: it carries nothing.",
        (dead, dead): "At λ = 0 and λ = 5 the code does not vary over images: it carries nothing.",
    }
    for (first, last), sentence in said.items():
        assert told([value(0, "0", first), value(5, "5", last)])["Jacobian"] == sentence


def test_models_that_lose_to_the_mean_picture_are_named():
    values = [value(0, "0", measured(0.01, 0.1)), value(5, "5", measured(0.065, 0.0))]
    assert "The mean picture alone, 0.0640, beats λ = 5." in told(values)["Noise 0.4"]
    assert "mean picture" not in told(values, none=None)["Noise 0.4"]


def test_the_best_code_for_classes_is_named():
    values = [value(0, "0", measured(0.01, 0.1, linear=0.8)), value(1, "1", measured(0.01, 0.1, linear=0.85))]
    assert "right most often at λ = 1: 85.0 %, against 80.0 % at λ = 0;" in told(values)["Classes"]


def test_what_is_best_on_both_is_said_once():
    values = [value(0, "0", measured(0.02, 0.1)), value(0.01, "0.01", measured(0.012, 0.05))]
    line = text(headline(values, 0.4))
    assert line.endswith("below λ = 0. It is best on clean images, too: 0.0120.")


def test_models_that_have_learnt_nothing_are_not_compared():
    values = [value(0, "0", measured(0.066, 0.1)), value(1, "1", measured(0.065, 0.05))]
    line = text(headline(values, 0.4, MEAN))
    assert line.startswith("Nothing has been learnt yet. The best, λ = 1, has an error of 0.0650 on clean images")
    assert "the mean picture alone one of 0.0640" in line
