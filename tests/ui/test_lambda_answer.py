"""The Lambda page's words: each clause follows from the numbers, and changes with them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from aedash.analysis.contraction import SIGMAS, Baseline, Contraction
from aedash.analysis.jacobian import Sensitivity
from aedash.analysis.probing import Probe
from aedash.events import RunState
from aedash.formatting import number
from aedash.ui.experiments.lambdas.answer import Value, headline, pays, words
from tests.ui import cells

FINISHED, RUNNING, FAILED = RunState.FINISHED, RunState.RUNNING, RunState.FAILED
MEAN = Baseline(tuple(sigma**2 for sigma in SIGMAS), 0.064)


IMAGES = 200


def measured(clean, slope, norm=10.0, variance=10.0, shift=0.1, linear=0.9, scatter=0.0, chosen=0.0):
    """scatter: of single images around their mean; chosen: what the images that choose have on top."""
    off = np.where(np.arange(IMAGES) % 2 == 0, chosen, 0) + scatter * np.tile([1, 1, -1, -1], IMAGES // 4)
    errors = np.array([clean + slope * sigma + off for sigma in SIGMAS], np.float32)
    sensitivity = Sensitivity(norm, variance, norm / variance if variance else float("nan"), shift, 0.3, 100)
    right = np.arange(IMAGES) // 2 % 100 < 100 * linear
    return Contraction(errors, np.ones((4, 2), np.float32), sensitivity, Probe(right, right, 100))


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


def test_nothing_is_lowest_so_far_while_nothing_has_been_learnt():
    runs = [cells.cell("0", FINISHED), cells.cell("1", RUNNING)]
    some = headline([value(0, "0", measured(0.065, 0)), value(1, "1")], 0.4, MEAN, runs)
    assert text(some) == "1 of 2 runs are measured."


def test_the_headline_names_the_best_and_what_it_costs():
    values = [value(0, "0", measured(0.01, 0.1)), value(0.01, "0.01", measured(0.012, 0.05))]
    assert text(headline(values, 0.4)) == (
        "Best at noise 0.4: λ = 0.01, MSE 0.0320, 36 % below λ = 0. On clean images it is 20 % above λ = 0, 0.0100. "
        "One seed: less than 5 % is level."
    )
    assert text(headline(values, 0.0)).startswith("Best at noise 0: λ = 0, MSE 0.0100.")


def test_one_seed_is_grey_and_several_are_green():
    pair = [(0, "0", measured(0.01, 0.1)), (0.01, "0.01", measured(0.012, 0.05))]
    assert 'class="finding info"' in headline([value(*each) for each in pair], 0.4)
    several = headline([value(*each, each[2], each[2]) for each in pair], 0.4)
    assert 'class="finding good"' in several
    assert "One seed" not in several


def test_a_difference_within_chance_makes_no_winner():
    little = [value(0, "0", measured(0.0106, 0.05)), value(1e-4, "10⁻⁴", measured(0.0105, 0.05))]
    assert text(headline(little, 0.0)) == (
        "At noise 0 no λ is better than 0: λ = 10⁻⁴, MSE 0.0105, is level with λ = 0, 0.0106. "
        "One seed: less than 5 % is level."
    )
    few = [value(0, "0", measured(0.03, 0)), value(1, "1", measured(0.027, 0, scatter=0.1))]
    assert "is level with λ = 0" in text(headline(few, 0.4))
    seeds = [
        value(0, "0", *(measured(x, 0) for x in (0.02, 0.03))),
        value(1, "1", measured(0.01, 0), measured(0.03, 0)),
    ]
    assert "no λ is better than 0: λ = 1, MSE 0.0200 (0.0100 to 0.0300)" in text(headline(seeds, 0.4))


def test_the_images_that_choose_are_not_the_quoted_ones():
    lucky = value(1, "1", measured(0.03, 0, chosen=-0.02))
    line = text(headline([value(0, "0", measured(0.02, 0)), lucky], 0.4))
    assert line.startswith("At noise 0.4 no λ is better than 0: λ = 1, MSE 0.0300, is 50 % above λ = 0, 0.0200.")


def test_where_curves_cross_is_told():
    values = [value(0, "0", measured(0.01, 0.1)), value(1, "1", measured(0.036, 0.05))]
    line = text(headline(values, 0.4))
    assert line.startswith("Best at noise 0.4: λ = 0, MSE 0.0500. Its error is the lowest on clean images, too: 0.0100")
    assert "From noise 0.6 on λ = 1 is better." in line
    assert told(values)["More noise"] == (
        "λ = 1 is better than λ = 0 from noise 0.6 on; their curves cross at about 0.52. "
        "At noise 1 its error, 0.0860, is 22 % below λ = 0."
    )
    assert "From noise" not in headline(values, 1.0)


def test_curves_that_cross_within_chance_are_not_told():
    values = [value(0, "0", measured(0.01, 0.1)), value(1, "1", measured(0.02, 0.087))]
    assert "From noise" not in headline(values, 0.4)
    assert "More noise" not in told(values)


def test_what_is_level_with_the_best_is_named():
    values = [value(x, str(x), measured(0.01, slope)) for x, slope in ((0, 0.1), (1, 0.05), (2, 0.051), (5, 0.08))]
    assert "MSE 0.0300, 40 % below λ = 0. Level with it: λ = 2." in text(headline(values, 0.4))


def test_a_lambda_that_draws_the_mean_picture_is_named_and_never_best():
    dull = value(100, "100", measured(0.063, 0))
    values = [
        value(0, "0", measured(0.01, 0.2)),
        value(5, "5", measured(0.02, 0.2)),
        dull,
    ]
    line = text(headline(values, 1.0, MEAN))
    assert line.startswith("Best at noise 1: λ = 0, MSE 0.210.")
    assert "λ = 100 draws the mean picture." in line
    both = [*values[:1], value(50, "50", measured(0.063, 0)), values[2]]
    assert "λ = 50 and 100 draw the mean picture." in text(headline(both, 0.4, MEAN))


def test_the_chart_s_caption_says_whether_a_dip_pays():
    dip = [value(0, "0", measured(0.01, 0.1)), value(1, "1", measured(0.01, 0.05))]
    assert pays(dip, 0.4, MEAN) == "The dip at 1 pays on noisy images."
    assert pays([dip[0], value(1, "1", measured(0.01, 0.099))], 0.4, MEAN) == "On noisy images no dip below λ = 0."
    assert pays([value(0, "0", measured(0.066, 0)), value(1, "1", measured(0.065, 0))], 0.4, MEAN) == (
        "Nothing has been learnt yet."
    )
    assert pays([value(0, "0")], 0.4, None) == ""


def test_a_run_that_cannot_be_measured_is_told_with_its_reason_and_not_waited_for():
    runs = [cells.cell("0", FINISHED), cells.cell("1", FINISHED)]
    runs[1] = replace(runs[1], runs=(replace(runs[1].runs[0], id="f" * 12),))
    refused = {"f" * 12: "The Jacobian is taken of codes of up to 6,400 numbers; this one has 7,056."}
    line = text(headline([value(0, "0", measured(0.01, 0.1)), value(1, "1")], 0.4, MEAN, runs, refused))
    assert line.startswith("Best at noise 0.4: λ = 0")
    assert line.endswith("λ = 1 cannot be measured (the Jacobian is taken of codes of up to 6,400 numbers).")


def test_the_range_over_seeds_is_told():
    values = [
        value(0, "0", measured(0.04, 0.1), measured(0.042, 0.1)),
        value(0.01, "0.01", measured(0.012, 0.05), measured(0.002, 0.05)),
    ]
    assert "λ = 0.01, MSE 0.0270 (0.0220 to 0.0320)," in text(headline(values, 0.4))


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
    assert f"adds {number(0.4 * strong[1])} to the error of λ = 5" in claim


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


def test_a_claim_within_chance_is_level():
    pair = [value(1e-4, "10⁻⁴", measured(0.01, 0.05)), value(5, "5", measured(0.0101, 0.051))]
    assert "they are level. The error of λ = 5 there, 0.0305 against 0.0300, is level." in told(pair)["5 against 10⁻⁴"]


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
    most = "right most often at λ = 1, 85.0 %, against 80.0 % at λ = 0: +5.0 ± 4.4 points"
    sentence = f"A linear probe of the code is {most}; its five nearest codes are {most}."
    assert told(values)["Classes"] == sentence
    values[1] = value(1, "1", measured(0.01, 0.1, linear=0.81))
    assert "81.0 %, against 80.0 % at λ = 0: +1.0 ± 2.0 points, level;" in told(values)["Classes"]


def test_what_is_best_on_both_is_said_once():
    values = [value(0, "0", measured(0.02, 0.1)), value(0.01, "0.01", measured(0.012, 0.05))]
    line = text(headline(values, 0.4))
    assert "below λ = 0. Its error is the lowest on clean images, too: 0.0120." in line


def test_models_that_have_learnt_nothing_are_not_compared():
    values = [value(0, "0", measured(0.066, 0.1)), value(1, "1", measured(0.065, 0.05))]
    line = text(headline(values, 0.4, MEAN))
    assert line.startswith("Nothing has been learnt yet. The best, λ = 1, has an error of 0.0650 on clean images")
    assert "the mean picture alone one of 0.0640" in line
