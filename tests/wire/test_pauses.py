"""Pauses: cheap boards come five times a second, and costly ones as often as their share of time allows."""

from math import sqrt

import pytest

from aedash.wire.channel import Channel
from aedash.wire.hub import SHARE, _due


def paused(costs, pause=0.2):
    """Seconds until channels of these costs are due again after they were built."""
    channels = [Channel(f"run/{i}", lambda: None, pause) for i, _ in enumerate(costs)]
    for channel, cost in zip(channels, costs, strict=True):
        channel.cost, channel.began = cost, 100.0
    roots = sum(sqrt(cost) for cost in costs)
    return [_due(channel, roots) - 100.0 for channel in channels]


def test_five_times_a_second_where_it_costs_little():
    assert paused([0.001]) == pytest.approx([0.2])
    assert paused([1e-5], pause=0.5) == pytest.approx([0.5])


def test_a_costly_board_takes_its_share_of_time_and_no_more():
    assert paused([0.08]) == pytest.approx([0.08 / SHARE])


@pytest.mark.parametrize("costs", [[0.02] * 12, [0.5, 0.001, 0.02], [0.1] + [1e-5] * 100])
def test_all_together_keep_to_the_share(costs):
    assert sum(cost / wait for cost, wait in zip(costs, paused(costs), strict=True)) <= SHARE * 1.001


def test_a_costly_board_keeps_a_cheap_one_less_waiting_than_itself():
    costly, cheap = paused([0.4, 0.001])
    assert cheap < costly / 10
