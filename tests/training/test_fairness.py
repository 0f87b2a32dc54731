"""A shared server: everybody is served in turn, whoever asks how often, and nobody waits for one."""

import pytest

from aedash.events import RunState
from aedash.registry import Refused
from aedash.sweep import Axis, sweep
from aedash.training import manager as managers
from aedash.training import sweeps, twins
from aedash.training.manager import GAVE_WAY, RunManager
from aedash.training.plan import Plan
from tests import fakes

SLOTS = 2


@pytest.fixture
def executor():
    return fakes.Idle()


@pytest.fixture
def manager(settings, executor):
    made = RunManager(settings.model_copy(update={"shared": True, "max_concurrent_runs": SLOTS}), executor)
    yield made
    made.close(60)


def asked(manager, owner, seed):
    """Whether the queue takes one more run of a person, else why not."""
    try:
        manager.submit(fakes.config(seed=seed), owner=owner)
    except Refused as refused:
        return str(refused)
    return ""


def ended(manager, executor, run):
    """One run is over, and whoever is next has begun."""
    executor.end(run)
    fakes.until(lambda: run not in manager.members)


def owners(manager, runs):
    by_id = {run.id: run.owner for run in manager.runs()}
    return [by_id[run] for run in runs]


def test_thirty_press_start_at_once_and_one_of_them_a_hundred_times(manager, executor):
    def presses(i):
        return [asked(manager, f"person {i}", 1000 * i + n) for n in range(100 if i == 0 else 1)]

    answers = sorted(fakes.at_once(30, presses), key=len)
    assert answers[:29] == [[""]] * 29
    hog, first = answers[29], "person 0" in owners(manager, executor.begun)
    limit = "at most 2 may wait here (AEDASH_MAX_WAITING_PER_PERSON)."
    assert hog.count("") == 2 + first
    assert set(hog) == {"", f"You have {'1 run' if first else 'no run'} training and 2 waiting; {limit}"}
    waiting = [run.id for run in manager.runs() if run.state is RunState.QUEUED]
    assert sorted(map(manager.position, waiting)) == list(range(1, 29 + 2 + first - SLOTS + 1))
    while running := [run for run in executor.begun if run in manager.members]:
        ended(manager, executor, running[0])
    served = owners(manager, executor.begun)
    assert len(set(served[:30])) == 30  # each once, before anybody's second
    assert served[30:] == ["person 0"] * (1 + first)
    assert {run.state for run in manager.runs()} == {RunState.FINISHED}


def test_a_refusal_leaves_nothing_behind(manager):
    for seed in range(3):
        assert asked(manager, "anna", seed) == ""
    before, folders = manager.runs(), sorted(manager.settings.runs_dir.iterdir())
    assert asked(manager, "anna", 9) != ""
    assert (manager.runs(), sorted(manager.settings.runs_dir.iterdir())) == (before, folders)
    with pytest.raises(Refused, match="waiting"):
        manager.submit_all([Plan(fakes.config(seed=20 + i), owner="anna") for i in range(5)])
    assert manager.runs() == before
    assert asked(manager, "ben", 10) == ""


def test_what_is_joined_counts_to_nobody(manager):
    for seed in range(3):
        asked(manager, "anna", seed)
    for seed in range(3):
        assert not manager.submit_or_join(Plan(fakes.config(seed=seed), owner="anna")).new


def rates(count):
    axis = Axis(path="optimizer.learning_rate", values=tuple(0.001 * (i + 1) for i in range(count)))
    return sweep(name="rates", base=fakes.config(), axes=[axis])


def test_a_sweep_takes_turns_with_others_and_never_both_slots(manager, executor):
    started = sweeps.start(manager, rates(5), "anna")
    assert owners(manager, executor.begun) == ["anna"]
    with pytest.raises(Refused, match="one sweep of a person may wait here"):
        sweeps.start(manager, sweep(**{**rates(5).model_dump(), "base": fakes.config(seed=9)}), "anna")
    assert len(manager.runs()) == 5
    for name in ("ben", "cleo", "dora"):
        asked(manager, name, hash(name) % 1000)
    assert owners(manager, executor.begun) == ["anna", "ben"]
    assert [manager.position(run) for run in started.runs] == [0, 3, 4, 5, 6]
    for run in list(started.runs):
        assert owners(manager, [each for each in executor.begun if each in manager.members]).count("anna") <= 1
        fakes.until(lambda run=run: run in executor.begun or ended(manager, executor, executor.begun[-1]))
        ended(manager, executor, run)
    assert sorted(owners(manager, executor.begun)[:4]) == ["anna", "ben", "cleo", "dora"]


def test_twins_start_together_as_one_turn(manager, executor):
    asked(manager, "ben", 5)
    twins.from_the_start(manager, fakes.config(), "optimizer.learning_rate", 0.1, owner="anna")
    assert owners(manager, executor.begun) == ["ben", "anna", "anna"]
    assert asked(manager, "anna", 1) == asked(manager, "anna", 2) == ""
    assert asked(manager, "anna", 3).startswith("You have 1 run training and 2 waiting")


def test_a_run_that_rests_gives_its_slot_to_another_who_waits(manager, executor):
    asked(manager, "anna", 1)
    asked(manager, "ben", 2)
    anna, ben = executor.begun
    manager.pause(anna)
    fakes.until(lambda: manager.run(anna).state is RunState.PAUSED)
    assert asked(manager, "ben", 3) == ""  # of whom one runs already
    assert manager.run(anna).state is RunState.PAUSED
    assert asked(manager, "cleo", 4) == ""
    stopped = fakes.over(manager, anna)
    assert (stopped.state, stopped.sentence) == (RunState.STOPPED, GAVE_WAY)
    fakes.until(lambda: len(executor.begun) == 3)
    assert owners(manager, executor.begun) == ["anna", "ben", "cleo"]
    asked(manager, "dora", 5)
    manager.pause(ben)  # now while somebody waits
    assert fakes.over(manager, ben).sentence == GAVE_WAY
    manager.resume(anna)
    assert manager.position(anna) >= 1


def test_a_run_that_ends_as_it_is_paused_does_not_rest_when_it_goes_on(manager, executor, monkeypatch):
    asked(manager, "anna", 1)
    [run] = executor.begun
    fakes.until(lambda: manager.run(run).state is RunState.RUNNING)

    def ends(*_, **__):
        executor.end(run)
        fakes.over(manager, run)
        if not manager._lock._is_owned():  # else its end waits for the pause
            fakes.until(lambda: run not in manager.members)

    with monkeypatch.context() as patch:
        patch.setattr(managers, "check", ends)
        manager.pause(run)
    fakes.until(lambda: run not in manager.members)
    assert not manager._resting


def test_on_a_server_of_one_s_own_nothing_of_this_is_felt(settings, executor):
    made = RunManager(settings, executor)
    try:
        for seed in range(10):
            assert asked(made, "anna", seed) == ""
        assert asked(made, "ben", 10) == ""
        made.pause(executor.begun[0])
        fakes.until(lambda: made.run(executor.begun[0]).state is RunState.PAUSED)
        assert [made.position(run.id) for run in made.runs()] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    finally:
        made.close(60)
