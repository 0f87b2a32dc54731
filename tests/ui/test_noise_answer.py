"""What the Noise page says follows from the numbers, whichever way they fall."""

import re
from html import unescape

import numpy as np
import pytest

from aedash.analysis.noise import Denoised
from aedash.analysis.quality import Quality
from aedash.events import RunState
from aedash.ui.noise_answer import breaking, breaks_at, headline
from aedash.ui.noise_measures import Measures, Network
from tests.ui import cells

LEVELS = (0.0, 0.5, 1.0)


def made(mse):
    return Denoised(Quality(mse, -10 * np.log10(mse), 0.5), np.zeros((10, 4, 4), np.uint8))


def network(level, *errors, state=RunState.FINISHED):
    cell = cells.cell(f"{level:g}", state)
    found = {0: dict(zip(LEVELS, map(made, errors), strict=True))} if errors else {}
    return Network(level, cell, found)


def measures(*networks, filters=0.04, trouble=""):
    errors = {"noisy input": 0.2, "mean picture": 0.06, "median": filters, "Wiener": 0.05, "non-local means": 0.05}
    none = {level: {name: made(error) for name, error in errors.items()} for level in LEVELS}
    return Measures("gaussian", LEVELS, networks, none, None, trouble)


def said(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))).strip()


PLAIN, TRAINED = network(0, 0.01, 0.05, 0.1), network(0.5, 0.02, 0.02, 0.05)


def test_the_winner_its_rivals_and_its_price():
    assert said(headline(measures(PLAIN, TRAINED), 0.5)) == (
        "At noise 0.5 the network trained at 0.5 wins: PSNR 17.0 dB against 13.0 of the plain one and 14.0 of the best "
        "filter (median). On clean images its MSE is 0.0200 instead of 0.0100 (+100 %)."
    )


def test_a_filter_may_win():
    text = said(headline(measures(PLAIN, TRAINED, filters=0.01), 0.5))
    assert text.startswith("At noise 0.5 no network beats the median, 20.0 dB : the best, trained at 0.5, has 17.0")
    assert "best filter" not in text
    assert 'class="finding warn"' in headline(measures(PLAIN, TRAINED, filters=0.01), 0.5)


def test_the_plain_network_may_win_and_pays_no_price():
    text = said(headline(measures(network(0, 0.01, 0.01, 0.01), TRAINED), 0.5))
    assert text == "At noise 0.5 the network trained at 0 wins: PSNR 20.0 dB against 14.0 of the best filter (median)."


def test_on_clean_images_the_nearest_and_the_farthest():
    assert said(headline(measures(PLAIN, TRAINED), 0)) == (
        "On clean images the network trained at 0 is nearest: MSE 0.0100. "
        "The one trained at 0.5 is farthest: 0.0200, 2.0 times that."
    )


def test_before_the_end_it_says_how_far_it_is():
    assert "A plain network and some" in headline(measures(network(0), network(0.5)), 0.5)
    text = said(headline(measures(PLAIN, network(0.5, state=RunState.RUNNING)), 0.5))
    assert text == "1 of 2 runs are measured. Best at noise 0.5 so far: trained at 0, PSNR 13.0 dB."


def test_one_that_failed_is_told_and_no_longer_waited_for():
    failed = network(0.8, state=RunState.FAILED)
    line = said(headline(measures(PLAIN, TRAINED, failed), 0.5))
    assert "At noise 0.5 the network trained at 0.5 wins" in line
    assert line.endswith(" Training noise 0.8 failed (diverged in epoch 1).")
    none = said(headline(measures(failed), 0.5))
    assert none == "Nothing could be measured. Training noise 0.8 failed (diverged in epoch 1)."


def test_what_cannot_be_measured_is_told():
    assert 'class="finding bad"' in headline(measures(PLAIN, trouble="No <weights>."), 0.5)
    assert "&lt;weights&gt;" in headline(measures(PLAIN, trouble="No <weights>."), 0.5)


@pytest.mark.parametrize(
    ("at", "start"),
    [
        (0.5, "Every network still beats the mean picture at noise 0.5 , MSE 0.0600."),
        (1.0, "1 of 2 networks does worse than the mean picture at noise 1 , MSE 0.0600."),
    ],
)
def test_how_many_are_broken(at, start):
    text = said(breaking(measures(PLAIN, TRAINED), at))
    assert text.startswith(start)
    assert text.endswith("They lose to it from: 0: 0.60 0.5: not up to 1")
    assert breaking(measures(PLAIN, TRAINED), at).count('class="lost"') == (at == 1)


def test_breaking_points_are_found_between_levels_and_only_where_measured():
    found = measures(PLAIN, TRAINED, network(0.8))
    assert [breaks_at(found, each) for each in found.networks] == ["0.60", "not up to 1", "–"]
    assert "is measured after training" in breaking(measures(network(0)), 0.5)
