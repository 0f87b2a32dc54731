"""History: what is counted, what is joined, and what a resume takes back."""

from dataclasses import replace

import numpy as np
import pytest

from aedash.events import RunState, Snapshot, Started, StateChanged, StepBlock
from aedash.history import KEPT_BLOCKS, RECENT_BLOCKS, History, bounded, condensed, joined, thinned

PER_EPOCH = 150


def block(step, images=8):
    return StepBlock(step, {"loss": 1.0 / step, "reconstruction": float(step % 7)}, images, 0.25)


def told(steps, state=RunState.RUNNING):
    """A history of that many steps, a block each; the last batch of an epoch is smaller."""
    history = History()
    history.append(Started(0, PER_EPOCH, "cpu", 1, 1))
    for step in range(1, steps + 1):
        history.append(block(step, 8 if step % PER_EPOCH else 5))
    history.append(StateChanged(state))
    return history


def mean(blocks, name):
    return sum(b.losses[name] * b.images for b in blocks) / sum(b.images for b in blocks)


def snapshot(step):
    empty = np.zeros((1, 1, 1), np.uint8)
    return Snapshot(step, np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), empty, empty, np.zeros(1))


def test_joined_blocks_have_the_mean_of_all_their_images():
    one, other = StepBlock(3, {"loss": 1.0}, 30, 0.5), StepBlock(4, {"loss": 5.0}, 10, 0.25)
    assert joined([one, other]) == StepBlock(4, {"loss": 2.0}, 40, 0.75)
    assert joined([one]) == one


def test_blocks_are_bounded_and_neither_a_mean_nor_a_sum_changes():
    steps = 5 * KEPT_BLOCKS
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


def test_blocks_of_another_epoch_or_other_terms_are_not_joined():
    older = [block(1), block(2), block(3), block(4), StepBlock(5, {"loss": 1.0}, 8, 0.1)]
    recent = [block(step) for step in range(6, 6 + RECENT_BLOCKS)]
    assert [b.step for b in condensed(older + recent, 2)] == [2, 4, 5, *(b.step for b in recent)]
    assert [b.step for b in condensed(older + recent, 3)] == [2, 3, 4, 5, *(b.step for b in recent)]


def test_a_record_without_a_bound_is_bounded_when_it_is_read():
    every = [block(step) for step in range(1, 20_001)]
    few = bounded(every, PER_EPOCH)
    assert len(few) <= KEPT_BLOCKS
    assert sum(b.images for b in few) == sum(b.images for b in every)
    assert len(bounded(every, 1)) == len(every), "an epoch keeps a block of its own"


def test_a_resume_takes_back_what_it_voids():
    history = told(10)
    history.append(Started(4, PER_EPOCH, "cpu", 1, 1))
    assert (history.step, history.images, history.seconds) == (4, 32, 1.0)
    history.append(block(5))
    assert (history.images, history.seconds) == (40, 1.25)
    history.append(Started(0, PER_EPOCH, "cpu", 1, 1))
    assert (history.images, history.seconds) == (0, 0.0)


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
        history.append(snapshot(step))
    assert history.anchor.step == 160
    assert next(s for s in history.snapshots if s.step >= PER_EPOCH) is history.anchor
    history.append(Started(80, PER_EPOCH, "cpu", 1, 1))
    assert history.anchor is None
    history.append(snapshot(200))
    assert history.anchor.step == 200


def test_thinning_keeps_the_first_the_last_and_the_anchor():
    many = [snapshot(step) for step in range(61)]
    assert [s.step for s in thinned(many, many[3])] == [0, 2, 3, *range(4, 61, 2)]
    assert thinned(many[:60]) == many[:60]
