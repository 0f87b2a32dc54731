"""How many threads a run takes where nobody says: those that are measured to be faster, and the bits are the same."""

import pytest
import torch

from aedash.data.image_data import load
from aedash.training import threads
from tests import fakes


@pytest.fixture
def timed(monkeypatch):
    """timed({threads: seconds of a step}): a clock that runs by that."""

    def by(seconds):
        now = [0.0]

        def step(state, batch, config):
            now[0] += seconds[torch.get_num_threads()]

        monkeypatch.setattr(threads, "train_step", step)
        monkeypatch.setattr(threads, "perf_counter", lambda: now[0])

    before = torch.get_num_threads()
    yield by
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({1: 0.004, 2: 0.003, 4: 0.001}, 4),
        ({1: 0.001, 2: 0.002, 4: 0.004}, 1),
        ({1: 0.004, 2: 0.001, 4: 0.003}, 2),
        ({1: 0.00105, 2: 0.001, 4: 0.001}, 1),
        ({1: 0.2, 2: 9.0, 4: 9.0}, 4),
    ],
    ids=["more", "one", "between", "hardly more", "a large step is not tried"],
)
def test_the_number_that_is_faster_is_taken_and_the_smaller_of_equals(seconds, expected, timed, tmp_path):
    timed(seconds)
    assert threads.fastest(fakes.config(), load("digits", tmp_path), 4) == expected


def test_what_is_tried_takes_no_more_than_a_few_steps_of_each(timed, tmp_path):
    timed({1: 0.01, 2: 0.01})
    began = threads.perf_counter()
    threads.fastest(fakes.config(), load("digits", tmp_path), 2)
    assert threads.perf_counter() - began < 0.11
