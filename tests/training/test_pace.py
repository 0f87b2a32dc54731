"""How long a queue takes, from what was measured."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from aedash import registry
from aedash.config import vary
from aedash.events import EpochEnd, Figures, RunState, Started, StepBlock
from aedash.history import History, Run
from aedash.presets.base import preset
from aedash.training.pace import images_of, pace, paces, seconds_left, step_of, usual_pace
from tests import fakes

CONFIG = fakes.config(epochs=10)
OTHER = vary(CONFIG, "optimizer.batch_size", 16)
RUN = Run("0" * 12, 1, CONFIG, RunState.RUNNING, Path(), "")


def measured(images, seconds, evaluation=0.0):
    """The record of a run of ten steps an epoch, `images` each."""
    history = History()
    history.append(Started(0, 10, "cpu", 1, 100))
    history.append(StepBlock(10, {"loss": 1.0}, images, seconds))
    history.append(EpochEnd(1, 10, "test", {"loss": 1.0}, Figures(1.0, 1.0, {}), True, seconds=evaluation))
    return history


def test_a_run_takes_what_is_left_of_it_at_its_own_pace():
    images = images_of(CONFIG) // 10
    history = measured(images, 2.0, evaluation=1.0)
    assert pace(history) == 3.0 / images
    assert pace(measured(images, 0.5)) == inf
    assert seconds_left(RUN, history, inf) == pytest.approx(27.0)
    assert seconds_left(replace(RUN, state=RunState.PAUSED), history, inf) == inf
    assert seconds_left(RUN, History(), 0.5) == 0.5 * images_of(CONFIG)
    assert seconds_left(RUN, History(), inf) == inf
    assert seconds_left(RUN, history, inf, most=10.0) == 8.0  # 2 of them are gone
    assert seconds_left(RUN, measured(images, 12.0), inf, most=10.0) == 8.0  # it goes on for the second time
    assert seconds_left(replace(RUN, state=RunState.QUEUED), history, inf, most=10.0) == 10.0
    assert seconds_left(RUN, History(), inf, most=10.0) == inf


def test_the_pace_is_that_of_the_newest_run_alike_that_was_measured():
    runs = {
        "b" * 12: (vary(CONFIG, "architecture.latent", 5), measured(10, 1.0)),
        "c" * 12: (vary(CONFIG, "seed", 9), History()),
        "d" * 12: (vary(CONFIG, "epochs", 3), measured(10, 4.0)),
        "e" * 12: (CONFIG, measured(10, 8.0)),
    }
    usual = paces(
        [replace(RUN, id=name, config=config) for name, (config, _) in runs.items()], lambda run: runs[run.id][1]
    )
    assert usual(CONFIG) == 0.4
    listed = [replace(RUN, id=name, config=config, images=1) for name, (config, _) in runs.items()]
    assert [usual_pace(each, listed, lambda run: runs[run.id][1]) for each in (CONFIG, OTHER)] == [0.4, inf]
    assert usual(vary(CONFIG, "optimizer.batch_size", 16)) == inf


def test_every_recipe_has_a_step_to_compare():
    for name in registry.presets.names():
        config = preset(name).config
        assert len({step_of(config), step_of(vary(config, "seed", 7))}) == 1


def test_a_queue_s_times_come_from_what_was_measured_here(manager):
    fakes.over(manager, manager.submit(fakes.config(epochs=1)))
    endless = manager.submit(fakes.config(epochs=10_000, optimizer={"batch_size": 4}))
    alike, other, behind = (
        manager.submit(each)
        for each in (
            fakes.config(epochs=3),
            fakes.config(epochs=1, optimizer={"batch_size": 7}),
            fakes.config(epochs=1, seed=99),
        )
    )
    fakes.training(manager, endless)
    fakes.until(lambda: manager.expected_waits())
    waits = manager.expected_waits()
    assert waits.keys() == {alike, other}
    assert 0 < waits[alike] < waits[other]
    assert manager.position(behind) == 3
    manager.pause(endless)
    fakes.until(lambda: manager.expected_waits() == {})
