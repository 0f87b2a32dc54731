"""One recipe, many people: it is trained once, unless somebody asks for another seed."""

from dataclasses import replace

import pytest

from aedash.analysis.trained import trained
from aedash.config import vary
from aedash.events import Changed, RunState
from aedash.registry import Refused
from aedash.training.joining import STOPPED_BY_TEACHER, end_of, equal_run, free_seed
from aedash.training.owning import Who
from aedash.training.plan import Plan
from tests import fakes

ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})
SHORT = fakes.config(epochs=1)
TEACHER = Who("teacher", free=True, teacher=True)


def test_thirty_who_ask_in_the_same_second_get_one_run(manager):
    begun = fakes.at_once(30, lambda i: manager.submit_or_join(Plan(ENDLESS, owner=f"visitor {i}")))
    assert len({each.run.id for each in begun}) == 1
    [first] = [each for each in begun if each.new]
    [run] = manager.runs()
    assert (run.id, run.owner) == (first.run.id, first.run.owner)


def test_each_of_thirty_who_want_their_own_gets_a_seed_of_its_own(manager):
    manager.submit(ENDLESS)
    fakes.at_once(30, lambda i: manager.submit_next(Plan(ENDLESS)))
    assert sorted(run.config.seed for run in manager.runs()) == list(range(ENDLESS.seed, ENDLESS.seed + 31))


def test_a_finished_run_is_found_and_a_broken_off_one_is_not(manager):
    finished = fakes.over(manager, manager.submit(SHORT))
    assert manager.submit_or_join(Plan(SHORT)) == (finished, False)
    stopped = manager.submit(ENDLESS)
    fakes.training(manager, stopped)
    manager.stop(stopped)
    fakes.over(manager, stopped)
    again = manager.submit_or_join(Plan(ENDLESS))
    assert again.new
    assert again.run.id != stopped


@pytest.fixture
def whole(manager):
    return fakes.over(manager, manager.submit(SHORT))


def test_only_the_very_same_recipe_is_equal(whole):
    assert equal_run([whole], SHORT) == whole
    for path, value in (("seed", 9), ("threads", 2), ("epochs", 2), ("optimizer.learning_rate", 0.002)):
        assert equal_run([whole], vary(SHORT, path, value)) is None
    changed = replace(whole, changes=(Changed(3, "optimizer.learning_rate", 0.1),))
    half = replace(whole, images=whole.images // 2)
    assert equal_run([changed, half], SHORT) is None


@pytest.mark.parametrize("state", RunState)
def test_what_is_under_way_or_finished_is_joined(state, whole):
    joined = {RunState.QUEUED, RunState.RUNNING, RunState.FINISHED}
    assert (equal_run([replace(whole, state=state)], SHORT) is not None) == (state in joined)


def test_what_can_be_watched_comes_before_what_is_over(whole):
    running = replace(whole, id="0" * 12, state=RunState.RUNNING)
    assert equal_run([whole, running], SHORT) == running


def test_a_seed_is_free_once_nothing_is_left_of_it(whole):
    runs = [replace(whole, config=vary(SHORT, "seed", SHORT.seed + i), state=state) for i, state in enumerate(RunState)]
    free = next(i for i, state in enumerate(RunState) if i and not state.alive and state is not RunState.FINISHED)
    assert free_seed(runs, SHORT) == SHORT.seed + free
    assert free_seed([replace(whole, config=vary(SHORT, "epochs", 5))], SHORT) == SHORT.seed + 1


def test_behind_the_last_seed_there_is_none(manager):
    with pytest.raises(Refused, match="Seed must be"):
        manager.submit_next(Plan(vary(SHORT, "seed", 2**31 - 1)))
    assert manager.runs() == []


@pytest.mark.parametrize("waits", [False, True], ids=["trains", "waits"])
def test_two_who_stop_a_run_in_the_same_second_stop_it_once(waits, manager):
    ahead = manager.submit(fakes.config(epochs=10_000)) if waits else ""
    run = manager.submit(ENDLESS, owner="anna")
    if waits:
        assert manager.position(run) == 1
    else:
        fakes.training(manager, run)
    fakes.at_once(2, lambda i: manager.stop(run, TEACHER))
    stopped = fakes.over(manager, run)
    assert (stopped.state, stopped.sentence) == (RunState.STOPPED, STOPPED_BY_TEACHER)
    manager.stop(run)
    assert manager.run(run) == stopped
    assert not waits or manager.run(ahead).state.alive
    manager.resume(run)
    assert manager.run(run).sentence == ""


def test_nobody_is_told_that_they_stopped_their_own_run(whole):
    run = replace(whole, owner="anna")
    asked = (Who("anna", free=False), Who("anna", free=True), Who("ben", free=True), TEACHER)
    assert [end_of(run, who) for who in asked] == ["", "", "", STOPPED_BY_TEACHER]
    assert end_of(whole, TEACHER) == end_of(replace(run, owner="teacher"), TEACHER) == ""


def test_a_run_without_a_class_is_another_run_whole_and_judged_by_its_own_images(manager):
    whole = fakes.over(manager, manager.submit(SHORT))
    config = vary(SHORT, "data.without", 3)
    begun = manager.submit_or_join(Plan(config))
    assert begun.new
    odd = fakes.over(manager, begun.run.id)
    assert odd.whole
    assert odd.images == fakes.training_images(config) < whole.images
    assert manager.submit_or_join(Plan(config)) == (odd, False)
    assert manager.submit_or_join(Plan(SHORT)) == (whole, False)
    theirs, ours = (manager.history(run).references.mse["test"] for run in (whole, odd))
    assert all(ours[name] > theirs[name] for name in ours)  # of all test images, by what never saw the class
    assert manager.history(odd).probes.labels.tolist().count(3) == manager.history(whole).probes.labels.tolist().count(
        3
    )
    data = trained(odd, manager.settings.data_dir).data
    assert 3 not in data.train.labels
    assert len(data.test) == data.info.test
