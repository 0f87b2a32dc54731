"""The board's charts: what was changed on the way is marked, and each curve counts as it did at the time."""

import numpy as np
import pytest

from aedash.events import Changed, Started, StepBlock
from aedash.figures.board import loss_chart
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
    assert lines["kl"].name == "3 × kl"
    assert np.array_equal(lines["kl"].y, [1.0, 1.0, 6.0, 6.0])
    assert np.array_equal(lines["recons"].y, [4.0] * 4)
