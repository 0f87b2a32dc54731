"""What the Noise page says follows from the numbers, whichever way they fall."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from aedash.analysis.noise import Denoised
from aedash.events import RunState
from aedash.ui.experiments.noise.answer import breaking, breaks_at, headline
from aedash.ui.experiments.noise.measures import Measures, Network
from tests.ui import cells

LEVELS = (0.0, 0.5, 1.0)


def made(mse, scatter=0.0):
    """scatter: of single images around their mean, in decibels."""
    off = scatter * np.tile([1, 1, -1, -1], 25)
    return Denoised(mse * 10 ** (off / 10), np.zeros((10, 4, 4), np.uint8))


def network(level, *errors, state=RunState.FINISHED, seeds=1, scatter=0.0):
    cell = cells.cell(f"{level:g}", *[state] * seeds)
    found = {level: made(error, scatter) for level, error in zip(LEVELS, errors, strict=False)}
    return Network(level, cell, dict.fromkeys(range(seeds), found) if errors else {})


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
        "filter (median). On clean images its MSE is 0.0200 instead of 0.0100 (2.0 times that). "
        "One seed: less than 5 % is level."
    )


def test_trained_networks_without_figures_are_being_measured():
    assert "are being measured" in said(headline(measures(network(0), network(0.5)), 0.5))
    training = measures(network(0, state=RunState.RUNNING), network(0.5, state=RunState.QUEUED))
    assert "measured" not in said(headline(training, 0.5))


def test_one_seed_is_grey_and_several_are_green():
    assert 'class="finding info"' in headline(measures(PLAIN, TRAINED), 0.5)
    several = measures(network(0, 0.01, 0.05, 0.1, seeds=2), network(0.5, 0.02, 0.02, 0.05, seeds=2))
    assert 'class="finding good"' in headline(several, 0.5)
    assert "One seed" not in headline(several, 0.5)


def test_what_chance_may_do_makes_no_winner():
    near = measures(network(0, 0.01, 0.0202, 0.1), network(0.5, 0.0101, 0.02, 0.05))
    text = said(headline(near, 0.5))
    start = (
        "At noise 0.5 the network trained at 0.5 is level with the plain one: PSNR 17.0 dB against 16.9 of the plain"
    )
    assert text.startswith(start)
    assert said(headline(near, 0)).startswith("On clean images all networks are level : MSE 0.0100 to 0.0101.")
    same = measures(network(0, 0.0045, 0.05, 0.1), network(0.5, 0.00448, 0.02, 0.05))
    assert "On clean images it is level with the plain one: MSE 0.00448 against 0.00450." in said(headline(same, 0.5))
    filtered = said(headline(measures(PLAIN, TRAINED, filters=0.0201), 0.5))
    assert filtered.startswith(
        "At noise 0.5 the best network is level with the median, 17.0 dB : trained at 0.5 it has"
    )


def test_images_that_differ_more_than_networks_make_them_level():
    apart = [network(0, 0.01, 0.022, 0.1), network(0.5, 0.02, 0.02, 0.05, scatter=3)]
    assert "is level with the plain one" not in headline(measures(apart[0], network(0.5, 0.02, 0.02, 0.05)), 0.5)
    assert " wins" not in headline(measures(*apart), 0.5)


def test_the_images_that_choose_are_not_the_quoted_ones():
    lucky = Denoised(np.where(np.arange(100) % 2 == 0, 0.001, 0.08), np.zeros((10, 4, 4), np.uint8))
    one = replace(TRAINED, seeds={0: dict.fromkeys(LEVELS, lucky)})
    text = said(headline(measures(PLAIN, one, filters=0.2), 0.5))
    assert text.startswith("At noise 0.5 no network beats the Wiener, 13.0 dB : the best, trained at 0.5, has 11.0")


def test_a_run_that_cannot_be_measured_is_told_and_not_waited_for():
    failed = network(0.8)
    cell = replace(failed.cell, runs=(replace(failed.cell.runs[0], id="f" * 12),))
    refused = {"f" * 12: "This model has diverged: its code is not finite."}
    line = said(headline(replace(measures(PLAIN, TRAINED, replace(failed, cell=cell)), refused=refused), 0.5))
    assert line.startswith("At noise 0.5 the network trained at 0.5 wins")
    assert line.endswith("Training noise 0.8 cannot be measured (this model has diverged).")


def test_a_filter_may_win():
    text = said(headline(measures(PLAIN, TRAINED, filters=0.01), 0.5))
    assert text.startswith("At noise 0.5 no network beats the median, 20.0 dB : the best, trained at 0.5, has 17.0")
    assert "best filter" not in text
    assert 'class="finding warn"' in headline(measures(PLAIN, TRAINED, filters=0.01), 0.5)


def test_the_plain_network_may_win_and_pays_no_price():
    text = said(headline(measures(network(0, 0.01, 0.01, 0.01), TRAINED), 0.5))
    start = "At noise 0.5 the network trained at 0 wins: PSNR 20.0 dB against 14.0 of the best filter (median)."
    assert text == f"{start} One seed: less than 5 % is level."


def test_on_clean_images_the_nearest_and_the_farthest():
    assert said(headline(measures(PLAIN, TRAINED), 0)) == (
        "On clean images the network trained at 0 is nearest: MSE 0.0100. "
        "The one trained at 0.5 is farthest: 0.0200 (2.0 times that). One seed: less than 5 % is level."
    )


def test_before_the_end_it_says_how_far_it_is():
    assert "A plain network and some" in headline(measures(network(0, state=RunState.RUNNING)), 0.5)
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
    where = "They lose to it from about (between tested noises by a straight line): 0: 0.60 0.5: not up to 1"
    assert text.endswith(where)
    assert breaking(measures(PLAIN, TRAINED), at).count('class="lost"') == (at == 1)


def test_breaking_points_are_found_between_levels_and_only_where_measured():
    found = measures(PLAIN, TRAINED, network(0.8))
    assert [breaks_at(found, each) for each in found.networks] == ["0.60", "not up to 1", "–"]
    assert "is told once it is measured" in breaking(measures(network(0)), 0.5)
