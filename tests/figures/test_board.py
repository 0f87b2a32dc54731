"""The board's charts: what was changed on the way is marked, and each curve counts as it did at the time."""

import re

import numpy as np
import pytest

from aedash.events import Changed, EpochEnd, Figures, Probes, RunState, Snapshot, Started, StateChanged, StepBlock
from aedash.figures.board import latent_map, loss_chart, reconstruction, spread_sentence
from aedash.history import History
from tests import fakes


@pytest.fixture
def history():
    """Four blocks of ten steps, twenty an epoch; beta and the learning rate change between the second and third."""
    told = History()
    told.append(Started(0, 20, "cpu", 1, 1))
    for step in (10, 20, 30, 40):
        told.append(StepBlock(step, {"loss": 5.0, "reconstruction": 4.0, "kl": 2.0}, 10, 0.1))
    told.append(Changed(20, "objective.kl.weight", 3.0))
    told.append(Changed(20, "optimizer.learning_rate", 0.0005))
    return told


def test_changes_are_marked(history):
    chart = loss_chart(history, fakes.config(**fakes.VARIATIONAL), "nats")
    assert chart.marks == ((1.0, "KL 3"), (1.0, "lr 0.0005"))
    assert "Changed on the way: KL 3, lr 0.0005." in chart.alt


def test_a_term_counts_with_its_weight_of_the_time(history):
    lines = {line.end: line for line in loss_chart(history, fakes.config(**fakes.VARIATIONAL), "nats").lines}
    assert lines["KL"].name == "3 × KL"
    assert np.array_equal(lines["KL"].y, [1.0, 1.0, 6.0, 6.0])
    assert np.array_equal(lines["recons"].y, [4.0] * 4)


def dead_run(alive):
    """A history of one epoch after which so many units are alive, its code a cloud of size 0.1."""
    run = History()
    run.append(Started(0, 1, "cpu", 1, 1))
    images, labels = np.zeros((50, 4, 4), np.uint8), np.zeros(50, np.int64)
    run.append(Probes(images[:10], images[:10], labels[:10], images, labels))
    run.append(StepBlock(1, {"loss": 1.0}, 10, 0.1))
    figures = Figures(loss=1.0, mse=0.9996, terms={}, code_size=alive, code_units=2)
    run.append(EpochEnd(1, 1, "test", {"loss": 1.0}, figures, best=True))
    scores = 0.1 * np.random.default_rng(0).normal(size=(50, 2)) / np.sqrt(2)
    run.append(Snapshot(1, scores, np.eye(2), np.zeros(2), images[:10], images[:10], np.full(10, 0.9996)))
    return run


def test_the_spread_is_told_beside_a_known_one():
    run = dead_run(0)
    told = [spread_sentence(run, run.snapshots[-1], ("R0-simple", known)) for known in (10.0, 0.05)]
    assert re.match(r"Spread of the code: 0\.\d+, (0\.9|1\.\d) % of that of R0-simple\.", told[0])
    assert re.match(r"Spread of the code: 0\.\d+, \d\.\d times that of R0-simple\.", told[1])


@pytest.mark.parametrize(("alive", "side"), [(0, 2), (2, 0.32)])
def test_a_dead_code_does_not_look_alive(alive, side):
    run = dead_run(alive)
    seen = latent_map(run, run.probes, run.snapshots[-1], ("0",), "", [])
    x0, _, x1, _ = seen.box
    assert x1 - x0 == pytest.approx(side, rel=0.5)
    assert re.match(r"Spread of the code: 0\.\d{3,4}", seen.note)
    assert ("No number of it is in use" in seen.note) == (alive == 0)


def test_choosing_noise_takes_no_image_away():
    images = np.zeros((10, 4, 4), np.uint8)
    clean, noisy = reconstruction(images, None, None), reconstruction(images, images, None)
    assert (clean.columns, clean.min_tile) == (noisy.columns, noisy.min_tile)


def test_the_error_below_an_image_is_rounded_like_any_other():
    run = dead_run(2)
    grid = reconstruction(run.probes.originals, None, run.snapshots[-1])
    assert set(grid.foot) == {"1.00"}


@pytest.mark.parametrize(("held_out", "points"), [(0, [1.0, 2.0]), (0.2, [1.0])])
def test_the_curve_ends_with_the_figure_of_the_weights_that_a_stop_kept(history, held_out, points):
    config = fakes.config(data={"name": "digits", "validation": held_out})
    split = "validation" if held_out else "test"
    history.append(EpochEnd(1, 20, split, {"loss": 5.0}, Figures(4.0, 0.1, {}), best=True))
    kept = {split: Figures(3.0, 0.1, {})}
    history.append(StateChanged(RunState.STOPPED, figures=kept))
    [line] = [line for line in loss_chart(history, config, "nats").lines if line.role == "second"]
    assert line.x.tolist() == points
    assert line.y.tolist() == [4.0, 3.0][: len(points)]
