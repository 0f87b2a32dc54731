"""What waits and what starts next."""

from datetime import UTC, datetime

import pytest

from aedash.events import RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.training.queue import Queue, Waiting
from aedash.training.worker import Job
from tests import fakes

CONFIG = fakes.config()


@pytest.fixture
def queue():
    return Queue(slots=2, places=3)


def add(queue, place, *names):
    now = datetime.now(UTC).isoformat()
    for name in names:
        run = Run(name, 1, CONFIG, RunState.QUEUED, place, now)
        queue.waiting.append(Waiting(run, Job(name, CONFIG, place, place)))


def started(queue):
    """Ids of what starts now, one group after the other."""
    groups = []
    while group := [each.run.id for each in queue.next()]:
        queue.running.update(group)
        groups.append(group)
    return groups


def test_first_come_first_served_as_slots_become_free(queue, tmp_path):
    add(queue, tmp_path, *"abc")
    assert [queue.position(name) for name in "abcd"] == [1, 2, 3, 0]
    assert started(queue) == [["a"], ["b"]]
    assert (queue.position("c"), queue.members) == (1, {"a", "b", "c"})
    queue.leave("a")
    assert started(queue) == [["c"]]


def test_tied_runs_start_together_however_few_slots_there_are(queue, tmp_path):
    add(queue, tmp_path, *"abcd")
    queue.tie("bcd")
    assert started(queue) == [["a"], ["b", "c", "d"]]


def test_a_run_that_is_resumed_before_its_end_is_recorded_waits_for_that(queue, tmp_path):
    queue.running.add("a")
    add(queue, tmp_path, *"ab")
    assert started(queue) == [["b"]]
    queue.leave("a")
    assert started(queue) == [["a"]]


def test_room_is_free_slots_and_free_places(queue, tmp_path):
    assert queue.room == 5
    add(queue, tmp_path, *"ab")
    assert queue.room == 3
    started(queue)
    assert queue.room == 3
    with pytest.raises(Refused, match=r"^4 runs are to be queued; there is room for 3\.$"):
        queue.check_room(4)
    add(queue, tmp_path, *"cde")
    with pytest.raises(Refused, match=r"^The queue is full \(3 runs wait\)\.$"):
        queue.check_room(1)
    queue.remove("d")
    queue.check_room(1)
    assert queue.position("e") == 2
