"""Whose a run is: strangers do nothing to it, and what several hold ends for nobody but who lets go of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from aedash import atomic
from aedash.events import RunState
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store.folder import MOST_JOINED
from aedash.sweep import Axis, sweep
from aedash.training import clearing, sweeps, twins
from aedash.training.classroom import MINUTE, PAUSED, TRIES, TRIES_OF_ALL, Classroom
from aedash.training.owning import ANYBODY, Who, check, holds, joining, leaving, may
from aedash.training.plan import Plan
from tests import fakes

ANNA, BEN, CLEO = (Who(name, free=False) for name in ("anna", "ben", "cleo"))
TEACHER = Who("teacher", free=True, teacher=True)
ENDLESS = fakes.config(epochs=10_000, optimizer={"batch_size": 4})
RATE = "optimizer.learning_rate"


# -- pure


def of(owner="anna", *joined, state=RunState.RUNNING):
    return Run("0" * 12, 1, fakes.config(), state, Path(), "", owner=owner, joined=joined)


def test_who_may_is_the_owner_the_teacher_and_anybody_where_nothing_is_shared():
    asked = (ANNA, BEN, TEACHER, ANYBODY, Who("ben", free=True), Who("", free=False))
    assert [may(who, of()) for who in asked] == [True, False, True, True, True, False]
    assert [may(who, of("")) for who in asked] == [False, False, True, True, True, False]
    assert [may(who, of("anna", "ben")) for who in asked] == [True, False, True, True, True, False]


def test_a_refusal_says_what_and_why():
    with pytest.raises(Refused, match=r"^Another person started this run; only they can rename it\.$"):
        check(BEN, of(), "rename")
    check(ANNA, of("anna", "ben"), "stop")
    with pytest.raises(Refused, match=r"^Another person watches it as theirs, so you cannot pause it any more"):
        check(ANNA, of("anna", "ben"), "pause", alone=True)
    check(TEACHER, of("anna", "ben"), "pause", alone=True)
    check(ANNA, of(), "pause", alone=True)


def test_who_joins_holds_the_run_once():
    joined = replace(of(), **joining(of(), "ben"))
    assert joined.joined == ("ben",)
    assert [holds(each, joined) for each in ("anna", "ben", "cleo", "")] == [True, True, False, False]
    assert joining(joined, "ben") == joining(joined, "anna") == joining(joined, "") == {}
    full = of("anna", *(f"{i}" for i in range(MOST_JOINED)))
    assert joining(full, "ben") == {}


def test_who_leaves_hands_on_what_is_theirs():
    assert leaving(of("anna", "ben", "cleo"), "anna") == {"owner": "ben", "joined": ("cleo",)}
    assert leaving(of("anna", "ben", "cleo"), "cleo") == {"joined": ("ben",)}
    assert leaving(of("anna"), "anna") == leaving(of("anna", "ben"), "cleo") == {}


def classroom(**settings):
    return Classroom(Settings(shared=True, teacher_key="open sesame", **settings))


def test_the_key_makes_a_teacher_until_they_leave():
    room = classroom()
    assert room.who("ben") == BEN
    with pytest.raises(Refused, match=r"^This is not the teacher's key"):
        room.enter("ben", "open", now=0)
    room.enter("ben", "open sesame", now=0)
    assert room.who("ben") == Who("ben", free=True, teacher=True)
    assert room.who("anna") == ANNA
    room.leave("ben")
    assert room.who("ben") == BEN


@pytest.mark.parametrize("settings", [{"shared": True}, {"shared": False, "teacher_key": "open sesame"}])
def test_nobody_is_the_teacher_without_a_key_or_where_nothing_is_shared(settings):
    room = Classroom(Settings(**settings))
    assert not room.has_key
    for key in ("", "open sesame"):
        with pytest.raises(Refused):
            room.enter("ben", key, now=0)
    assert not room.who("ben").teacher
    assert room.who("ben").free is not settings["shared"]


def test_keys_cannot_be_tried_for_long():
    room = classroom()
    for _ in range(TRIES):
        with pytest.raises(Refused, match="not the teacher"):
            room.enter("ben", "x", now=0)
    with pytest.raises(Refused, match=r"^Too many keys were tried; try again in a minute"):
        room.enter("ben", "open sesame", now=MINUTE - 1)
    for i in range(TRIES_OF_ALL - TRIES):  # a new cookie for each
        with pytest.raises(Refused, match="not the teacher"):
            room.enter(f"{i}", "x", now=1)
    with pytest.raises(Refused, match="Too many keys"):
        room.enter("anna", "open sesame", now=2)
    room.enter("anna", "open sesame", now=MINUTE + 2)
    assert room.who("anna").teacher


def test_a_flood_of_wrong_keys_keeps_out_no_teacher_with_a_long_key():
    key = "open sesame, and close it"
    room = Classroom(Settings(shared=True, teacher_key=key))
    for i in range(5 * TRIES_OF_ALL):
        with pytest.raises(Refused, match="not the teacher"):
            room.enter(f"{i}", "x", now=0)
    room.enter("anna", key, now=1)
    assert room.who("anna").teacher


def test_only_the_teacher_freezes():
    room = classroom()
    for who in (BEN, Who("ben", free=True), ANYBODY):
        with pytest.raises(Refused, match="Only the teacher"):
            room.freeze(who, True)
    room.enter("ben", "open sesame", now=0)
    room.freeze(room.who("ben"), True)
    room.check_open(["ben", ""])
    with pytest.raises(Refused, match=PAUSED):
        room.check_open(["ben", "anna"])


# -- what a stranger, and what the owner, can do to a run


@pytest.fixture
def shared(opened):
    return opened(shared=True, max_concurrent_runs=4, max_running_per_person=4)


ACTIONS = {
    "stop": lambda manager, run, who: manager.stop(run, who),
    "pause": lambda manager, run, who: manager.pause(run, who),
    "resume": lambda manager, run, who: manager.resume(run, who=who),
    "change": lambda manager, run, who: manager.change(run, RATE, 0.5, who),
    "delete": lambda manager, run, who: manager.delete(run, who),
    "label": lambda manager, run, who: manager.label(run, who, name="mine now", pinned=True),
    "extend": lambda manager, run, who: manager.extend(run, 9, who),
}
REFUSED = r"Another person started this run; only they can|A running run cannot be given more epochs"
STRANGERS = {
    "a stranger": BEN,
    "who has joined": CLEO,
    "nobody": Who("", free=False),
    "who guesses": Who("anna ", free=False),
}


def as_it_was(manager, run):
    """All that is kept of a run, but how far it is."""
    now = manager.run(run)
    written = now.name, now.note, now.tags, now.group, now.pinned
    return now.config, now.changes, now.owner, now.joined, written, now.state, now.sentence, now.folder.is_dir()


@pytest.mark.parametrize("owner", ["anna", ""], ids=["owned", "of the command line"])
def test_a_stranger_can_do_nothing_to_a_run_under_way_waiting_or_over(owner, opened):
    manager = opened(shared=True)
    over = fakes.over(manager, manager.submit(fakes.config(epochs=1), owner=owner)).id
    running = manager.submit(ENDLESS, owner=owner)
    fakes.training(manager, running)
    waits = manager.submit(fakes.config(epochs=5000), owner=owner)
    manager.store.mark(running, joined=("cleo",))
    for run in (over, running, waits):
        before = as_it_was(manager, run)
        for act in ACTIONS.values():
            for who in STRANGERS.values():
                with pytest.raises(Refused, match=REFUSED):
                    act(manager, run, who)
        assert as_it_was(manager, run) == before
    manager.stop(waits)
    manager.stop(running)


def test_the_owner_can(shared):
    run = shared.submit(ENDLESS, owner="anna")
    fakes.training(shared, run)
    shared.change(run, RATE, 0.02, ANNA)
    shared.pause(run, ANNA)
    assert shared.wait(run, lambda history: history.state.state is RunState.PAUSED, fakes.LIMIT)
    shared.resume(run, who=ANNA)
    assert shared.stop(run, ANNA)
    assert fakes.over(shared, run).state is RunState.STOPPED
    assert shared.delete(run, ANNA)
    assert shared.runs() == []


def test_what_others_joined_goes_on_without_who_began_it(shared):
    run = shared.submit_or_join(Plan(ENDLESS, owner="anna")).run.id
    for name in ("ben", "anna", "cleo", "ben"):
        assert not shared.submit_or_join(Plan(ENDLESS, owner=name)).new
    assert shared.run(run).joined == ("ben", "cleo")
    fakes.training(shared, run)
    for act in ("pause", "change"):
        with pytest.raises(Refused, match=f"2 others watch it as theirs, so you cannot {act} it any more"):
            ACTIONS[act](shared, run, ANNA)
    assert not shared.stop(run, ANNA)
    now = shared.run(run)
    assert (now.owner, now.joined, now.state) == ("ben", ("cleo",), RunState.RUNNING)
    with pytest.raises(Refused, match="Another person started this run"):
        shared.stop(run, ANNA)
    assert not shared.stop(run, BEN)
    assert shared.stop(run, CLEO)
    assert fakes.over(shared, run).state is RunState.STOPPED


def test_whoever_joined_lets_go_of_it_and_does_not_end_it(shared):
    run = shared.submit_or_join(Plan(ENDLESS, owner="anna")).run.id
    shared.submit_or_join(Plan(ENDLESS, owner="ben"))
    with pytest.raises(Refused, match="Another person started this run"):
        shared.stop(run, BEN)
    assert shared.leave(shared.run(run), "ben")
    assert not shared.leave(shared.run(run), "ben")
    now = shared.run(run)
    assert (now.owner, now.joined, now.state.alive) == ("anna", (), True)
    assert shared.stop(run, ANNA)
    assert fakes.over(shared, run).state is RunState.STOPPED


def test_a_waiting_run_passes_on_too_and_keeps_its_place(opened):
    manager = opened(shared=True)
    running = manager.submit(ENDLESS, owner="anna")
    waits = manager.submit(fakes.config(epochs=5000), owner="anna")
    manager.submit_or_join(Plan(fakes.config(epochs=5000), owner="ben"))
    assert not manager.stop(waits, ANNA)
    assert (manager.run(waits).owner, manager.position(waits)) == ("ben", 1)
    assert manager.stop(waits, BEN)
    assert manager.position(waits) == 0
    manager.stop(running)


def test_a_run_that_is_over_passes_on_as_well_and_is_not_made_longer(shared):
    run = fakes.over(shared, shared.submit(fakes.config(epochs=1), owner="anna")).id
    shared.join(shared.run(run), "ben")
    copy = shared.extend(run, 2, ANNA)
    assert (copy != run, shared.run(copy).owner, shared.run(run).epochs_done) == (True, "anna", 1)
    assert not shared.delete(run, ANNA)
    assert shared.run(run).owner == "ben"
    assert shared.delete(run, BEN)
    fakes.over(shared, copy)


def test_where_nothing_is_shared_nobody_joins_and_everybody_may(manager):
    run = manager.submit(ENDLESS, owner="anna")
    assert manager.submit_or_join(Plan(ENDLESS, owner="ben")).run.joined == ()
    assert manager.stop(run, manager.classroom.who("ben"))
    assert "teacher" not in fakes.over(manager, run).sentence


# -- sweeps


def rates(*values):
    return sweep(name="s", base=ENDLESS, axes=[Axis(path=RATE, values=values)])


def test_a_sweep_stops_and_resumes_none_that_is_another_s_or_that_others_joined(shared):
    theirs = shared.submit(rates(0.01).base.model_copy(update={"optimizer": ENDLESS.optimizer}), owner="ben")
    own = ENDLESS.optimizer.learning_rate
    started = sweeps.start(shared, rates(own, 0.02, 0.03), "anna")
    assert started.owner == "anna"
    taken, joined, alone = started.runs
    assert taken == theirs
    assert (shared.run(taken).owner, shared.run(taken).joined) == ("ben", ("anna",))
    shared.join(shared.run(joined), "cleo")
    assert sweeps.of_others(started, [shared.run(each) for each in started.runs], ANNA) == 1
    for act in (sweeps.stop, sweeps.resume, sweeps.delete):
        with pytest.raises(Refused, match="Another person started this comparison; only they can"):
            act(shared, started, BEN)
    sweeps.stop(shared, started, ANNA)
    assert fakes.over(shared, alone).state is RunState.STOPPED
    assert (shared.run(taken).owner, shared.run(taken).joined) == ("ben", ())
    assert shared.run(joined).owner == "cleo"
    assert shared.run(taken).state.alive
    assert shared.run(joined).state.alive
    shared.stop(joined, CLEO)
    fakes.over(shared, joined)
    sweeps.resume(shared, started, ANNA)
    assert [shared.run(each).state.alive for each in (joined, alone)] == [False, True]
    sweeps.stop(shared, started, TEACHER)  # as its owner could
    assert fakes.over(shared, alone).state is RunState.STOPPED
    assert shared.run(taken).state.alive
    sweeps.delete(shared, started, TEACHER)
    shared.stop(taken)


def test_twins_have_an_owner(shared):
    pair = twins.from_the_start(shared, ENDLESS, RATE, 0.5, owner="anna")
    with pytest.raises(Refused, match="Another person"):
        sweeps.stop(shared, pair, BEN)
    sweeps.stop(shared, pair, ANNA)


# -- the teacher


def test_a_frozen_board_takes_no_runs_but_the_teacher_s(opened):
    manager = opened(shared=True, teacher_key=SecretStr("open sesame"), max_concurrent_runs=4)
    done = fakes.over(manager, manager.submit(fakes.config(epochs=1), owner="anna")).id
    stopped = manager.submit(ENDLESS, owner="anna")
    fakes.training(manager, stopped)
    manager.stop(stopped, ANNA)
    fakes.over(manager, stopped)
    manager.classroom.enter("teacher", "open sesame")
    manager.classroom.freeze(TEACHER, True)
    kept = {run.id for run in manager.runs()}
    starts = (
        lambda: manager.submit(ENDLESS, owner="anna"),
        lambda: manager.submit_or_join(Plan(fakes.config(epochs=3), owner="anna")),
        lambda: manager.submit_next(Plan(fakes.config(epochs=3), owner="anna")),
        lambda: manager.replay(done, "anna"),
        lambda: manager.resume(stopped, who=ANNA),
        lambda: manager.extend(done, 2, ANNA),
        lambda: manager.extend(done, 2, ANNA, copy=True),
        lambda: sweeps.start(manager, rates(0.01), "anna"),
        lambda: twins.from_the_start(manager, ENDLESS, RATE, 0.5, owner="anna"),
        lambda: twins.fork(manager, manager.run(done), 1, RATE, 0.5, 1, "anna"),
    )
    for start in starts:
        with pytest.raises(Refused, match=PAUSED):
            start()
    assert {run.id for run in manager.runs()} == kept
    assert manager.submit_or_join(Plan(fakes.config(epochs=1), owner="ben")).run.id == done  # it can be looked at
    fakes.over(manager, manager.submit(fakes.config(epochs=2), owner="teacher"))
    manager.classroom.freeze(TEACHER, False)
    manager.stop(manager.submit(ENDLESS, owner="anna"))


def test_only_the_teacher_clears_the_board_and_keeps_what_is_theirs(opened):
    manager = opened(shared=True, max_running_per_person=4, max_concurrent_runs=4)
    theirs, mine, nobodys = (
        fakes.over(manager, manager.submit(fakes.config(epochs=1, seed=i), owner=owner)).id
        for i, owner in enumerate(("anna", "teacher", ""))
    )
    running = manager.submit(ENDLESS, owner="ben")
    manager.store.mark(running, joined=("anna",))
    fakes.training(manager, running)
    for who in (ANNA, ANYBODY):
        for act in (clearing.clear, clearing.stop_others):
            with pytest.raises(Refused, match="Only the teacher"):
                act(manager, who)
    clearing.clear(manager, TEACHER)
    stopped = fakes.over(manager, running)
    assert (stopped.state, stopped.sentence) == (RunState.STOPPED, "Stopped by the teacher.")
    assert {run.id for run in manager.runs()} == {running, mine, nobodys}
    assert theirs not in {run.id for run in manager.runs()}


def test_a_label_that_is_being_written_as_a_run_begins_is_not_swept(shared):
    """What a killed process left of run.json goes as the run begins; what somebody writes at that moment stays."""
    queued = shared.store.create(fakes.config(), owner="anna")
    left = queued.folder / "run.json.dead.tmp"
    left.write_text("{")
    atomic.sweep(queued.folder, but="run.json")
    assert left.exists()
    (queued.folder / "best.safetensors.dead.tmp").write_text("")
    run = fakes.over(shared, shared.submit(fakes.config(epochs=1), owner="anna"))
    (run.folder / left.name).write_text("{")
    (run.folder / "best.safetensors.dead.tmp").write_text("")
    shared.extend(run.id, 2, ANNA)
    fakes.over(shared, run.id)
    assert list(run.folder.rglob("*.tmp")) == []
