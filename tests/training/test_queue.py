"""What waits and what starts next: turn by turn between people on a shared server, else first come, first served."""

from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import groupby
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aedash.events import RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.training import queue as queues
from aedash.training.queue import Queue, Share
from aedash.training.worker import Job
from tests import fakes

CONFIG = fakes.config()
NOW = datetime.now(UTC).isoformat()
HOG = [f"hog {i}" for i in range(10)]


@pytest.fixture
def queue():
    return Queue(slots=2, places=3)


@pytest.fixture
def shared():
    return Queue(slots=1, places=100, share=Share(running=1, waiting=2))


def add(queue, *names, request=""):
    """Let runs wait; whose they are is the first word of their name, of a name of one letter nobody's."""
    for name in names:
        owner = name.split()[0] if len(name) > 1 else ""
        run = Run(name, 1, CONFIG, RunState.QUEUED, Path(), NOW, owner=owner)
        queue.add(run, Job(name, CONFIG, Path(), Path()), request)


def started(queue):
    """Ids of what starts now, one group after the other."""
    groups = []
    while group := [each.run.id for each in queue.next()]:
        groups.append(group)
    return groups


def served(queue):
    """Ids in the order in which they start, when what began first ends first; nothing comes meanwhile."""
    order = [name for group in started(queue) for name in group]
    while queue.running:
        queue.leave(next(iter(queue.running)))
        order += [name for group in started(queue) for name in group]
    return order


def test_first_come_first_served_as_slots_become_free(queue):
    add(queue, *"abc")
    assert [queue.position(name) for name in "abcd"] == [1, 2, 3, 0]
    assert started(queue) == [["a"], ["b"]]
    assert (queue.position("c"), queue.members) == (1, {"a", "b", "c"})
    queue.leave("a")
    assert started(queue) == [["c"]]


def test_where_nobody_is_told_apart_whoever_came_first_is_served_first(queue):
    add(queue, *HOG, "ben 0")
    assert served(queue) == [*HOG, "ben 0"]


def test_tied_runs_start_together_however_few_slots_there_are(queue):
    add(queue, *"abcd")
    queue.tie("bcd")
    assert started(queue) == [["a"], ["b", "c", "d"]]


def test_a_run_that_is_resumed_before_its_end_is_recorded_waits_for_that(queue):
    add(queue, "a")
    assert started(queue) == [["a"]]
    add(queue, *"ab")
    assert started(queue) == [["b"]]
    queue.leave("a")
    assert started(queue) == [["a"]]


def refusal(queue, *asked, **how):
    with pytest.raises(Refused) as refused:
        queue.check_room(*asked, **how)
    return str(refused.value)


def test_room_is_free_slots_and_free_places(queue):
    queue.check_room(5)
    add(queue, *"ab")
    queue.check_room(3)
    started(queue)
    limit = "at most 3 may wait here (AEDASH_MAX_QUEUED_RUNS)."
    assert refusal(queue, 4) == f"4 runs are to be queued; there is room for 3: {limit}"
    add(queue, *"cde")
    assert refusal(queue, 1) == f"The queue is full: 3 runs wait, and {limit}"
    queue.remove("d")
    queue.check_room(1)
    assert queue.position("e") == 2


# -- turn by turn


def test_whoever_asks_ten_times_lets_everybody_else_pass_after_one(shared):
    """Of one slot: what runs tells nothing as it becomes free, so that it takes a memory of whose turn it was."""
    add(shared, *HOG)
    assert started(shared) == [["hog 0"]]
    add(shared, "ben 0", "cleo 0", "ben 1")
    assert served(shared)[:4] == ["ben 0", "cleo 0", "hog 1", "ben 1"]


def test_thirty_people_and_one_who_asks_a_hundred_times(shared):
    people = [f"person{i} 0" for i in range(29)]
    add(shared, *(f"hog {i}" for i in range(100)), *people)
    order = served(shared)
    assert order[:30] == ["hog 0", *people]
    assert len(order) == 129


def test_a_newcomer_is_served_before_whoever_was_served_already(shared):
    add(shared, "anna 0", "anna 1", "ben 0", "ben 1")
    assert started(shared) == [["anna 0"]]
    shared.leave("anna 0")
    assert started(shared) == [["ben 0"]]
    add(shared, "cleo 0")
    shared.leave("ben 0")
    assert served(shared) == ["cleo 0", "anna 1", "ben 1"]


def test_nobody_has_more_running_than_they_may_and_a_slot_stays_free_for_others():
    queue = Queue(slots=3, places=100, share=Share(running=1, waiting=2))
    add(queue, "anna 0", "anna 1", "ben 0")
    assert started(queue) == [["anna 0"], ["ben 0"]]
    add(queue, "cleo 0")
    assert started(queue) == [["cleo 0"]]
    queue.leave("anna 0")
    assert started(queue) == [["anna 1"]]


def test_who_has_fewest_running_is_first():
    queue = Queue(slots=3, places=100, share=Share(running=2, waiting=2))
    add(queue, "anna 0", "anna 1", "ben 0", "ben 1")
    assert started(queue) == [["anna 0"], ["ben 0"], ["anna 1"]]
    queue.leave("ben 0")
    add(queue, "anna 2")
    assert started(queue) == [["ben 1"]]


def test_the_command_line_has_no_limit_but_takes_turns(shared):
    add(shared, *"abc", "anna 0")
    shared.check_room(50)
    assert served(shared) == ["a", "anna 0", "b", "c"]


def test_twins_are_one_turn(shared):
    add(shared, "anna 0", "anna 1", "anna 2", "ben 0", request="anna 0")
    shared.tie(["anna 0", "anna 1"])
    assert started(shared) == [["anna 0", "anna 1"]]
    shared.leave("anna 0")
    assert started(shared) == []
    shared.leave("anna 1")
    assert served(shared) == ["ben 0", "anna 2"]


def test_whose_turn_was_long_ago_need_not_be_remembered(shared, monkeypatch):
    monkeypatch.setattr(queues, "REMEMBERED", 2)
    names = [f"person{i} 0" for i in range(5)]
    add(shared, *names)
    assert served(shared) == names
    assert len(shared._served) == 2
    add(shared, "person4 1", "person3 1", "person0 1")
    assert served(shared) == ["person0 1", "person3 1", "person4 1"]


# -- what one person may have


WAIT = "at most 2 may wait here (AEDASH_MAX_WAITING_PER_PERSON)"


def test_one_person_may_have_one_running_and_two_waiting(shared):
    for i in range(3):
        shared.check_room(1, "anna")
        add(shared, f"anna {i}")
        started(shared)
    assert refusal(shared, 1, "anna") == f"You have 1 run training and 2 waiting; {WAIT}."
    shared.check_room(1, "ben")
    shared.leave("anna 0")
    started(shared)
    shared.check_room(1, "anna")


def test_who_begins_at_once_does_not_wait():
    queue = Queue(slots=2, places=10, share=Share(running=1, waiting=0))
    queue.check_room(1, "anna")
    add(queue, "anna 0")
    started(queue)
    none = "at most 0 may wait here (AEDASH_MAX_WAITING_PER_PERSON)."
    assert refusal(queue, 1, "anna") == f"You have 1 run training and 0 waiting; {none}"
    assert refusal(queue, 2, "ben") == f"You have no run training and 0 waiting; {none}"
    queue.check_room(2, "ben", together=True)


def test_a_sweep_waits_as_a_whole_and_is_served_turn_by_turn(shared):
    shared.check_room(90, "anna")
    add(shared, *(f"anna {i}" for i in range(90)), request="anna 0")
    started(shared)
    assert refusal(shared, 2, "anna") == "You have a sweep of which 89 runs wait; one sweep of a person may wait here."
    shared.check_room(2, "anna", together=True)
    add(shared, "anna x")
    assert refusal(shared, 1, "anna") == f"You have 1 run training and 2 waiting; {WAIT}; a sweep is one."
    for i in range(50):  # it keeps nobody out
        shared.check_room(90, f"person{i}")
        add(shared, f"person{i} 0", f"person{i} 1", request=f"person{i} 0")
    assert served(shared)[:51] == [*(f"person{i} 0" for i in range(50)), "anna 1"]


def test_a_full_queue_refuses_everybody_in_a_sentence():
    queue = Queue(slots=1, places=2, share=Share(running=1, waiting=2))
    for name in ("anna 0", "ben 0", "cleo 0"):
        queue.check_room(1, name.split()[0])
        add(queue, name)
        started(queue)
    full = "The queue is full: 2 runs wait, and at most 2 may wait here (AEDASH_MAX_QUEUED_RUNS)."
    assert refusal(queue, 1, "dora") == full


def test_a_run_is_wanted_where_another_person_waits_for_its_slot(shared):
    add(shared, "anna 0", "anna 1")
    started(shared)
    assert not shared.wanted(["anna 0"])
    add(shared, "ben 0")
    assert shared.wanted(["anna 0"])
    assert (set(shared.running), shared.position("ben 0")) == ({"anna 0"}, 1)


# -- places and times


def test_places_are_those_of_the_rule(shared):
    add(shared, *HOG[:3], "ben 0", "cleo 0")
    started(shared)
    assert [shared.position(name) for name in ("hog 0", "ben 0", "cleo 0", "hog 1", "hog 2")] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("running", "waiting", "slots", "expected"),
    [
        ([], [], 1, []),
        ([30], [10, 20, 5], 1, [30, 40, 60]),
        ([30, 10], [10, 20, 5], 2, [10, 20, 30]),
        ([30], [10], 2, [0]),
        ([inf], [10], 1, [inf]),
        ([inf, 10], [10, 20], 2, [10, 20]),
        ([5], [inf, 10], 1, [5, inf]),
        ([30, 40], [10, 20], 1, [40, 50]),
    ],
)
def test_each_begins_once_those_before_it_have_left_a_slot(running, waiting, slots, expected):
    queue = Queue(max(slots, len(running)), 100)
    add(queue, *(f"running {i}" for i in range(len(running))))
    started(queue)
    queue.slots = slots  # of tied runs there may be more than slots
    add(queue, *(f"waiting {i}" for i in range(len(waiting))))
    takes = {f"running {i}": seconds for i, seconds in enumerate(running)}
    takes |= {f"waiting {i}": seconds for i, seconds in enumerate(waiting)}
    assert queue.forecast(takes.__getitem__) == {f"waiting {i}": seconds for i, seconds in enumerate(expected)}


def test_a_second_run_of_one_person_waits_for_the_first_though_a_slot_is_free():
    queue = Queue(slots=2, places=10, share=Share(running=1, waiting=2))
    add(queue, "anna 0", "anna 1")
    started(queue)
    assert queue.forecast(lambda _: 20.0) == {"anna 1": 20.0}


def test_places_are_counted_once_however_many_ask_and_until_something_changes(shared, monkeypatch):
    asked = []
    real = Queue._turn
    monkeypatch.setattr(Queue, "_turn", lambda *how: (asked.append(how), real(*how))[1])
    people = [f"person{i} {k}" for k in range(2) for i in range(200)]
    add(shared, *people)
    assert [shared.position(each) for each in people] == list(range(1, 401))
    assert len(asked) <= 200 + 3 * 2 * len(people), "a few looks for each that begins or ends"
    asked.clear()
    assert shared.position(people[-1]) == 400
    assert asked == []
    shared.remove(people[0])
    assert shared.position(people[1]) == 1


# -- whatever happens


def played(queue, takes):
    """`Queue.forecast` by its word: the rule, one turn after the other."""
    trial, now, begins = queue.copy(), 0.0, {}
    ends = [(takes(each), place, each) for place, each in enumerate(queue.running)]
    heapify(ends)
    while True:
        while starting := trial.next():
            for each in starting:
                begins[each.run.id] = now
                heappush(ends, (now + takes(each.run.id), len(queue.running) + len(begins), each.run.id))
        if not ends:
            return begins
        now, _, over = heappop(ends)
        trial.leave(over)


PEOPLE = ["", "anna", "ben", "cleo"]
WHAT = some.one_of(
    some.tuples(some.just("ask"), some.sampled_from(PEOPLE), some.integers(1, 4)),
    some.tuples(some.just("twins"), some.sampled_from(PEOPLE), some.just(2)),
    some.tuples(some.sampled_from(["end", "stop"]), some.just(""), some.integers(0, 9)),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    some.lists(WHAT, max_size=40),
    some.integers(1, 3),
    some.integers(1, 2),
    some.integers(0, 2),
    some.sampled_from([1, 2, queues.REMEMBERED]),
)
def test_whatever_happens_none_is_lost_and_nobody_has_more_than_their_share(what, slots, running, waiting, remembered):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queues, "REMEMBERED", remembered)
        happens(what, slots, running, waiting)


def takes(name):
    return (1.0, 2.5, 7.0, inf)[int(name.split()[1]) % 4]


def happens(what, slots, running, waiting):
    queue = Queue(slots, 6, Share(running, waiting))
    accepted, begun, gone, ties = {}, [], set(), {}

    def let_begin():
        assert list(queue.forecast(takes).items()) == list(played(queue, takes).items())
        foretold = list(queue.forecast(lambda _: inf))
        first = [name for group in started(queue) for name in group]
        begun.extend(first)
        assert foretold[: len(first)] == first  # the places on screen are those of the rule

    for act, who, count in what:
        if act in ("ask", "twins"):
            names = [f"{who or '-'} {len(accepted) + i}" for i in range(count)]
            try:
                queue.check_room(count, who, together=act == "twins")
            except Refused:
                continue
            for name in names:
                run = Run(name, 1, CONFIG, RunState.QUEUED, Path(), NOW, owner=who)
                queue.add(run, Job(name, CONFIG, Path(), Path()), names[0])
                accepted[name] = who
            if act == "twins":
                queue.tie(names)
                ties |= dict.fromkeys(names, names[0])
        elif act == "end" and queue.running:
            over = list(queue.running)[count % len(queue.running)]
            queue.leave(over)
            gone.add(over)
        elif act == "stop" and queue.waiting:
            left = queue.waiting[count % len(queue.waiting)].run.id
            queue.remove(left)
            gone.add(left)
        let_begin()
        assert queue.members | gone == accepted.keys()  # none is lost
        assert not queue.members & gone
        for person in PEOPLE[1:]:
            mine = {ties.get(each, each) for each, whose in queue.running.items() if whose == person}
            assert len(mine) <= running
            assert len({each.request for each in queue.waiting if each.run.owner == person}) <= max(waiting, 0)
    while queue.running:
        over = next(iter(queue.running))
        queue.leave(over)
        gone.add(over)
        let_begin()
    assert gone == accepted.keys()  # whoever waits is served
    for _, mine in groupby(sorted(begun, key=lambda name: accepted[name]), key=lambda name: accepted[name]):
        order = [int(name.split()[1]) for name in mine]
        assert order == sorted(order)  # each person's own order
