"""History: what is counted, what is joined, and what a resume takes back."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from aedash.config import vary
from aedash.events import Changed, RunState, Started, StateChanged, StepBlock
from aedash.history import KEPT_BLOCKS, RECENT_BLOCKS, History, bounded, joined, thinned, whole_run
from aedash.store import Store
from tests import fakes

PER_EPOCH = 150


def block(step, images=8):
    return StepBlock(step, {"loss": 1.0 / step, "reconstruction": float(step % 7)}, images, 0.25)


def told(steps, state=RunState.RUNNING, per_epoch=PER_EPOCH):
    """A history of that many steps, a block each; the last batch of an epoch is smaller."""
    history = History()
    history.append(Started(0, per_epoch, "cpu", 1, 1))
    for step in range(1, steps + 1):
        history.append(block(step, 8 if step % PER_EPOCH else 5))
    history.append(StateChanged(state))
    return history


def mean(blocks, name):
    return sum(b.losses[name] * b.images for b in blocks) / sum(b.images for b in blocks)


def test_joined_blocks_have_the_mean_of_all_their_images():
    one, other = StepBlock(3, {"loss": 1.0}, 30, 0.5), StepBlock(4, {"loss": 5.0}, 10, 0.25)
    assert joined([one, other]) == StepBlock(4, {"loss": 2.0}, 40, 0.75)
    assert joined([one]) == one


def test_blocks_are_bounded_and_neither_a_mean_nor_a_sum_changes():
    steps = 4 * KEPT_BLOCKS
    history, every = told(steps), [block(s, 8 if s % PER_EPOCH else 5) for s in range(1, steps + 1)]
    assert len(history.blocks) <= KEPT_BLOCKS + 500
    assert history.blocks[-RECENT_BLOCKS:] == every[-RECENT_BLOCKS:]
    assert history.images == sum(b.images for b in history.blocks) == sum(b.images for b in every)
    assert history.seconds == sum(b.seconds for b in history.blocks) == steps / 4
    assert history.step == steps
    for name in ("loss", "reconstruction"):
        assert mean(history.blocks, name) == pytest.approx(mean(every, name), rel=1e-12)
    ends = [b.step for b in history.blocks]
    assert sorted(set(ends)) == ends
    assert set(range(PER_EPOCH, steps + 1, PER_EPOCH)) <= set(ends), "a fork begins at the end of an epoch"


def test_blocks_are_joined_evenly_and_never_across_an_epoch_or_other_terms():
    every = [block(step) for step in range(1, 20_001)]
    few = bounded(every, 10_000)
    lengths = np.diff([b.step for b in few[:-RECENT_BLOCKS]])
    assert set(lengths[:63]) == {1}, "the first steps stay apart"
    assert set(lengths[63:-1]) <= {12, 8, 4}
    assert sum(b.images for b in few) == sum(b.images for b in every)
    assert 10_000 in [b.step for b in few]
    assert bounded(every, 1) == every
    every[5000] = replace(every[5000], losses={"loss": 1.0})
    assert every[5000] in bounded(every, 10_000)


def test_a_long_run_keeps_the_shape_of_its_curve():
    """Joined again and again, no part of it becomes coarser than the rest."""
    history = told(30_000, per_epoch=200_000)
    lengths = np.diff([b.step for b in history.blocks])
    assert max(lengths) <= 2 * 30_000 / 1500


def test_a_resume_takes_back_what_it_voids():
    history = told(10)
    history.append(Started(4, PER_EPOCH, "cpu", 1, 1))
    assert (history.step, history.images, history.seconds) == (4, 32, 1.0)
    history.append(block(5))
    assert (history.images, history.seconds) == (40, 1.25)
    history.append(Started(0, PER_EPOCH, "cpu", 1, 1))
    assert (history.images, history.seconds) == (0, 0.0)


def test_a_curve_is_that_of_the_blocks_however_often_it_was_read_on_the_way():
    history = History()
    history.append(Started(0, PER_EPOCH, "cpu", 1, 1))
    for step in range(1, KEPT_BLOCKS + 700):
        history.append(block(step))
        if step % 499 == 0:
            history.train("loss")
    history.append(Started(KEPT_BLOCKS + 500, PER_EPOCH, "cpu", 1, 1))
    history.append(StepBlock(KEPT_BLOCKS + 501, {"loss": 9.0}, 8, 0.25))
    for name in ("loss", "reconstruction"):
        x, y = history.train(name)
        assert x.tolist() == [b.step / PER_EPOCH for b in history.blocks]
        np.testing.assert_array_equal(y, [b.losses.get(name, np.nan) for b in history.blocks])


def test_the_rate_is_of_the_last_blocks_while_it_trains_and_of_the_whole_run_when_it_is_over():
    history = told(100)
    for step in range(101, 141):
        history.append(replace(block(step), seconds=1.0))
    assert history.rate() == 8
    history.append(StateChanged(RunState.FINISHED))
    assert history.rate() == 140 * 8 / (100 / 4 + 40)
    assert History().rate() == 0


def test_the_anchor_of_the_map_outlives_thinning_and_not_a_resume_before_it():
    history = told(1)
    for step in range(0, 400 * 40, 40):
        history.append(fakes.blank_snapshot(step))
    assert history.anchor.step == 160
    assert next(s for s in history.snapshots if s.step >= PER_EPOCH) is history.anchor
    history.append(Started(80, PER_EPOCH, "cpu", 1, 1))
    assert history.anchor is None
    history.append(fakes.blank_snapshot(200))
    assert history.anchor.step == 200


def test_thinning_keeps_the_early_ones_the_last_and_the_anchor():
    many = [fakes.blank_snapshot(step) for step in range(1200, 1261)]
    assert [s.step for s in thinned(many, many[3])] == [1200, 1202, 1203, *range(1204, 1261, 2)]
    many[:4] = [fakes.blank_snapshot(step) for step in (0, 1, 512, 1024)]
    assert [s.step for s in thinned(many)][:6] == [0, 1, 512, 1024, 1204, 1206]
    assert thinned(many[:60]) == many[:60]


@pytest.mark.parametrize(
    "unlike", [{"changes": (Changed(3, "optimizer.learning_rate", 0.1),)}, {"images": 64}, {"state": RunState.STOPPED}]
)
def test_what_did_not_train_the_config_from_start_to_end_is_not_taken_for_it(unlike, tmp_path):
    config = fakes.config(data={"name": "digits", "validation": 0})
    with closing(Store(tmp_path)) as store:
        made = store.create(config)
        whole = replace(made, state=RunState.FINISHED, images=2 * 1437)
        store.update(replace(whole, **unlike))
        assert whole_run(store.runs(), config) is None
        store.update(whole)
        assert whole_run(store.runs(), config) == whole
        assert whole_run(store.runs(), vary(config, "seed", 9)) is None
