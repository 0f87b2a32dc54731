"""Twins as pictures: one up to the fork, whatever blocks their steps came in."""

import numpy as np

from aedash.events import Changed, Probes, Snapshot, Started, StepBlock
from aedash.figures.sweep import Group
from aedash.figures.twins import difference_chart, fork_of, grid, loss
from aedash.history import History
from aedash.sweep import Axis

RATE = Axis(path="optimizer.learning_rate", values=(0.1, 0.2))


def twin(name, size, change=None):
    """100 steps of which the loss is 100 less the step, in blocks of that many; the change adds 5 from step 50 on."""
    history = History()
    history.append(Started(0, 10, "cpu", 1, 1))
    if change:
        history.append(change)
    for step in range(size, 101, size):
        mean = 100 - step + (size - 1) / 2
        history.append(StepBlock(step, {"loss": mean + 5 * (change is not None and step > 50)}, size, 0.1))
    return Group(name, "#123456", (history,))


def test_the_difference_begins_at_the_fork_though_replays_have_other_blocks():
    one, two = twin("0.1", 2), twin("0.2", 5, Changed(50, "optimizer.learning_rate", 0.2))
    chart = difference_chart(one, two, fork_of(one, two, RATE), "loss", 10, "nats")
    [line] = chart.lines
    assert line.x.min() >= 5
    assert not line.smooth
    assert np.median(line.y) > 4
    assert chart.marks == ((5.0, "fork"),)


def test_curves_are_not_smoothed_across_the_fork():
    chart = loss(twin("0.1", 2), twin("0.2", 2, Changed(50, "optimizer.learning_rate", 0.2)), 5, "loss", 10, "nats")
    assert (chart.marks, chart.start) == (((5.0, "fork"),), 3.75)
    assert not any(line.smooth for line in chart.lines)


def test_twins_from_the_start_have_no_fork():
    one, two = twin("64", 5), twin("128", 5)
    assert fork_of(one, two, Axis(path="architecture.latent", values=(64, 128))) == 0
    assert loss(one, two, 0, "loss", 10, "nats").marks == ()
    assert difference_chart(one, two, 0, "loss", 10, "nats").lines[0].x.min() < 1


def test_changes_of_before_the_fork_and_of_since_are_no_fork():
    one, two = twin("0.1", 2, Changed(20, RATE.path, 0.2)), twin("0.2", 2, Changed(20, RATE.path, 0.2))
    two.histories[0].append(Changed(30, RATE.path, 0.1))
    one.histories[0].append(Changed(30, RATE.path, 0.1))
    two.histories[0].append(Changed(50, RATE.path, 0.2))
    two.histories[0].append(Changed(80, "objective.kl.weight", 3))
    assert fork_of(one, two, RATE) == 5


def seen(name, originals, inputs):
    history = History()
    empty = np.zeros((0, 1), np.float16)
    history.append(Started(0, 10, "cpu", 1, 1))
    history.append(Probes(originals, inputs, np.arange(2), originals, np.zeros(2, np.int64)))
    history.append(Snapshot(0, empty, empty, empty[:, 0], originals, originals, np.zeros(2)))
    return Group(name, "#123456", (history,))


def test_what_the_twins_see_is_shown_where_it_is_not_the_clean_image():
    clean = np.zeros((2, 4, 4), np.uint8)
    plain, noisy, noisier = (seen(f"{i}", clean, clean + i) for i in (0, 1, 2))
    assert grid(plain, plain).labels == ("input", "0", "0", "difference")
    assert grid(noisy, noisy).labels == ("clean", "input", "1", "1", "difference")
    assert grid(noisy, noisier).labels == ("clean", "input, 1", "input, 2", "1", "2", "difference")
    assert grid(noisy, noisier).rows == 6
