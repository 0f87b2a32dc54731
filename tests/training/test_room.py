"""Room on the disk: what a run may keep is known before, and what gives way for it is exactly what may."""

import json
import os
from dataclasses import replace
from pathlib import Path
from time import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aedash.events import RunState
from aedash.history import Run
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.store import removals
from aedash.store.sizes import Disk, size_of
from aedash.training import checkpoint, keeping, retention, room
from aedash.training.owning import Who
from aedash.training.plan import gate
from aedash.training.room import Ask, Room
from tests import fakes

MB = 1_000_000
ME, OTHER = "aa" * 6, "bb" * 6


# -- what a run keeps


def test_what_a_run_leaves_is_no_more_than_was_said_before(manager):
    config = fakes.config(epochs=11)
    run = fakes.over(manager, manager.submit(config))
    assert [path.name for path in run.folder.glob("epoch-*")] == ["epoch-10.safetensors"]
    assert 0 < run.bytes <= keeping.expected(config, manager.settings)
    assert run.bytes == pytest.approx(size_of(run.folder), rel=0.01)


@pytest.mark.parametrize("name", ["R0-simple", "R1-conv", "R4-conv-vae"])
def test_the_states_of_published_models_are_told_from_their_shapes(name, tmp_path):
    """An eighth of what they hold is allowed for what was told last, which is in a save of a run under way."""
    config = preset(name).config
    info = fakes.registry.datasets.get(config.data.name).info
    state = checkpoint.TrainState.fresh(config, info, fakes.CPU)
    checkpoint.save_state(state, tmp_path / "last.safetensors")
    there, said = (tmp_path / "last.safetensors").stat().st_size, keeping.kept(config).state
    assert there <= said <= there * 1.125


def test_fewer_states_are_kept_where_one_run_may_not_have_so_much(settings):
    config = fakes.config(epochs=1000)
    of = keeping.kept(config)
    for count in range(6):
        limited = settings.model_copy(update={"max_disk_per_run": of.bytes(count) / 1e9})
        assert keeping.numbered(config, limited) == count
        assert keeping.expected(config, limited) <= of.bytes(count)
    with pytest.raises(
        Refused, match=r"^The run would keep 6\.7 MB on the disk; allowed: up to 10 kB \(AEDASH_MAX_DISK_PER_RUN\)\.$"
    ):
        gate(config, settings.model_copy(update={"max_disk_per_run": 1e-5}))


@pytest.mark.parametrize(("most", "kept"), [(5, [40, 50]), (2, [40, 50]), (1, [50]), (0, [])])
def test_no_more_states_than_those_lie_in_the_folder(most, kept, tmp_path):
    for epoch in range(10, 60, 10):
        (tmp_path / "last.safetensors").write_bytes(bytes(epoch))
        checkpoint.keep(tmp_path / "last.safetensors", epoch, most)
        assert len(checkpoint.numbered_states(tmp_path)) <= most
    assert list(checkpoint.numbered_states(tmp_path))[-2:] == kept


# -- what gives way


@pytest.fixture
def wide(monkeypatch):
    """wide(free): the disk has so many bytes left, of 100 GB; what is removed comes free."""
    there = SimpleNamespace(free=50_000 * MB, all=0)

    def disk(folder):
        used = size_of(folder)
        there.all = there.all or used
        return Disk(100_000 * MB, there.free + there.all - used)

    monkeypatch.setattr(room, "disk", disk)
    return there


@pytest.fixture
def rooms(store, wide, settings):
    """rooms(**settings): the room of the store's folder."""
    return lambda **changes: Room(store, settings.model_copy(update=changes), store.trash.remove)


COUNT = 12
RUNS = [
    Run(f"{i:012x}", i, fakes.config(), RunState.FINISHED, Path(), "2026-01-31T12:00:00+00:00") for i in range(COUNT)
]


def trained(store, owner=ME, states=(), age=7200.0, state=RunState.FINISHED, **fields):
    """A run of about 1 MB beside its numbered states, of 1 MB each, that ended so many seconds ago."""
    run = store.create(fakes.config(seed=len(store.runs())), owner=owner)
    (run.folder / "last.safetensors").write_bytes(bytes(MB))
    (run.folder / "history.json").write_text("{}")
    for epoch in states:
        (run.folder / f"epoch-{epoch}.safetensors").write_bytes(bytes(MB))
    os.utime(run.folder / "history.json", (time() - age,) * 2)
    store.update(replace(run, state=state, bytes=size_of(run.folder), **fields))
    return store.run(run.id)


def there(store):
    """Ids of the runs, oldest first."""
    return [run.id for run in reversed(store.runs())]


def test_while_there_is_room_nothing_gives_way(store, rooms):
    runs = [trained(store, states=(10, 20)) for _ in range(3)]
    store.delete(runs[0].id)
    rooms(retention="oldest").make([Ask(ME, 20 * MB)])
    assert there(store) == [run.id for run in runs[1:]]
    assert len(checkpoint.numbered_states(runs[1].folder)) == 2
    assert store.trash.find(runs[0].id)


def test_the_trash_gives_way_first_then_numbered_states_then_the_oldest_runs(store, rooms):
    runs = [trained(store, states=(10, 20)) for _ in range(4)]
    store.delete(runs[0].id)
    kept = rooms(max_disk=12.8e-3, retention="oldest")  # 12.8 MB, of which 12 are used
    kept.make([Ask(ME, 2 * MB)])
    assert not store.trash.thrown()
    assert [len(checkpoint.numbered_states(run.folder)) for run in runs[1:]] == [2, 2, 2]
    kept.make([Ask(ME, 5 * MB)])
    assert [len(checkpoint.numbered_states(run.folder)) for run in runs[1:]] == [0, 2, 2]
    assert store.run(runs[1].id).bytes < 1.1 * MB, "what it takes now is known"
    kept.make([Ask(ME, 10 * MB)])
    assert there(store) == [run.id for run in runs[2:]]
    assert kept.usage().all <= 2.8 * MB
    [told] = removals.recent(store.root)
    assert told.runs == 1


def test_what_would_not_be_enough_does_not_give_way(store, rooms):
    run = trained(store, states=(10,))
    thrown = trained(store)
    store.delete(thrown.id)
    pinned = trained(store, pinned=True)
    with pytest.raises(
        Refused,
        match=r"^All runs take 4\.\d MB of 5 MB \(AEDASH_MAX_DISK\), and this run may need 5 MB: "
        r"some runs have to be deleted first\.$",
    ):
        rooms(max_disk=5e-3, retention="oldest").make([Ask(ME, 5 * MB)])
    assert there(store) == [run.id, pinned.id]
    assert checkpoint.numbered_states(run.folder)
    assert store.trash.find(thrown.id)


def test_without_retention_no_run_is_removed(store, rooms):
    trained(store)
    with pytest.raises(Refused, match="AEDASH_MAX_DISK"):
        rooms(max_disk=2e-3).make([Ask(ME, MB)])
    assert len(store.runs()) == 1


def test_a_disk_that_is_nearly_full_is_a_limit_too(store, rooms, wide):
    trained(store)
    wide.free = 501 * MB
    rooms().make([Ask(ME, MB)])
    with pytest.raises(
        Refused,
        match=r"^The disk has 501 MB left, of which 500 MB stay free, and these 2 runs may need 2 MB: "
        r"some runs have to be deleted first\.$",
    ):
        rooms().make([Ask(ME, MB), Ask(OTHER, MB)])
    rooms(retention="oldest").make([Ask(ME, MB), Ask(OTHER, MB)])
    assert store.runs() == []


def test_what_runs_under_way_may_still_write_is_not_given_twice(store, rooms, settings):
    running = trained(store, state=RunState.RUNNING)
    queued = store.create(fakes.config(seed=77))
    promised = sum(keeping.expected(run.config, settings) - run.bytes for run in (running, queued))
    exactly = (rooms().usage().all + promised + 5 * MB) / 1e9
    rooms(max_disk=exactly + 1e-6).make([Ask(ME, 5 * MB)])
    with pytest.raises(Refused, match="AEDASH_MAX_DISK"):
        rooms(max_disk=exactly - 1e-6).make([Ask(ME, 5 * MB)])


def test_one_person_s_limit_is_theirs_alone(store, rooms):
    mine, theirs = trained(store, states=(10,)), trained(store, OTHER, states=(10,))
    shared = rooms(shared=True, max_disk_per_person=3e-3, retention="oldest")
    shared.make([Ask(OTHER, MB // 2), Ask("cc" * 6, 2 * MB)])
    shared.make([Ask(ME, 1.5 * MB)])
    assert [len(checkpoint.numbered_states(run.folder)) for run in (mine, theirs)] == [0, 1], "one's own give way"
    with pytest.raises(
        Refused,
        match=r"^Your runs and data sets take 1 MB of 3 MB \(AEDASH_MAX_DISK_PER_PERSON\), and this run may need "
        r"2\.5 MB: delete some of yours first\.$",
    ):
        shared.make([Ask(ME, 2.5 * MB)])
    assert len(store.runs()) == 2, "nobody's runs are removed for one person's limit"
    shared.make([Ask("", 100 * MB)])
    rooms(max_disk_per_person=1e-3).make([Ask(ME, 100 * MB)])  # a server of one's own


def test_what_is_needed_stays_as_it_is(store, rooms):
    parent, taken, _ = (trained(store, states=(10,)) for _ in range(3))
    rooms(max_disk=8.3e-3, retention="oldest").make([Ask(ME, 4 * MB, parent.id)], needed=[taken.id])
    assert there(store) == [parent.id, taken.id]
    assert all(checkpoint.numbered_states(run.folder) for run in (parent, taken))


def test_states_that_a_resume_may_need_are_kept(store, rooms):
    runs = [trained(store, states=(10,), state=state) for state in (RunState.INTERRUPTED, RunState.FAILED)]
    with pytest.raises(Refused, match="AEDASH_MAX_DISK"):
        rooms(max_disk=5e-3).make([Ask(ME, 1.5 * MB)])
    assert all(checkpoint.numbered_states(run.folder) for run in runs)


def listed(count):
    runs = [
        Run(f"{i:012x}", i, fakes.config(), RunState.FINISHED, Path(), "2026-01-31T12:00:00+00:00")
        for i in range(count)
    ]
    return runs


@given(
    pinned=some.sets(some.integers(0, COUNT - 1)),
    alive=some.sets(some.integers(0, COUNT - 1), max_size=3),
    ages=some.lists(some.floats(-100, 10_000), min_size=COUNT, max_size=COUNT),
    groups=some.lists(some.sets(some.integers(0, COUNT - 1), min_size=1), max_size=3),
    needed=some.sets(some.integers(0, COUNT - 1), max_size=2),
)
def test_exactly_the_oldest_that_nobody_needs_may_go(pinned, alive, ages, groups, needed):
    runs = [
        replace(run, pinned=run.order in pinned, state=RunState.RUNNING if run.order in alive else run.state)
        for run in RUNS
    ]
    grids = [SimpleNamespace(runs=tuple(runs[i].id for i in group)) for group in groups]
    gone = list(retention.leaving(runs[::-1], grids, 0.0, lambda run: -ages[run.order], {runs[i].id for i in needed}))
    assert [run.order for run in gone] == sorted(run.order for run in gone), "the oldest first"
    for run in runs:
        free = run.order not in pinned | alive | needed and ages[run.order] >= 3600
        kept_company = any(
            run.order in group and group & (pinned | alive | needed | {i for i in range(COUNT) if ages[i] < 3600})
            for group in groups
        )
        if run in gone:
            assert free
            assert not kept_company
        elif free:
            assert any(run.order in group for group in groups)


def test_the_page_is_told_for_a_day(tmp_path, monkeypatch):
    removals.note(tmp_path, 12, "2026-11-03T10:00:00+00:00")
    removals.note(tmp_path, 1, "2026-11-04T10:00:00+00:00")
    assert [each.runs for each in removals.recent(tmp_path)] == [12, 1]
    later = time() + 86_401
    monkeypatch.setattr(removals, "time", lambda: later)
    assert removals.recent(tmp_path) == ()
    for damage in ("[" * 100_000, '[{"at": 1e999, "runs": 3, "newest": "soon"}]', "{}"):
        (tmp_path / removals.FILE).write_text(damage)
        assert removals.recent(tmp_path) == ()


# -- the manager


def test_a_run_that_finds_no_room_is_refused_and_nothing_is_made(opened):
    manager = opened(max_disk=1e-4)
    with pytest.raises(Refused, match="AEDASH_MAX_DISK"):
        manager.submit(fakes.config())
    assert manager.runs() == []


def test_runs_make_room_for_others_as_they_were_told_to(opened, monkeypatch):
    monkeypatch.setattr(retention, "RECENT", -1.0)
    config = fakes.config(epochs=1)
    first = opened()
    old = fakes.over(first, first.submit(config))
    first.close()
    expected = keeping.expected(config, first.settings)
    manager = opened(max_disk=(old.bytes + expected - 1000) / 1e9, retention="oldest")
    new = fakes.over(manager, manager.submit(config))
    assert [run.id for run in manager.runs()] == [new.id]
    assert not old.folder.exists()


def test_deleted_runs_are_brought_back_with_their_record(manager):
    run = fakes.over(manager, manager.submit(fakes.config(epochs=1)))
    blocks = manager.history(run).blocks[:]
    manager.delete(run.id, together="word")
    assert manager.runs() == []
    manager.restore(run.id)
    assert manager.runs() == [run]
    assert manager.history(run).blocks == blocks
    assert fakes.over(manager, manager.extend(run.id, 2)).epochs_done == 2


def test_nobody_brings_back_more_than_they_may_keep(opened):
    manager = opened(shared=True, max_disk_per_person=3e-3)
    first, second = (trained(manager.store) for _ in range(2))
    (first.folder / "history.json").unlink()  # it holds none
    manager.delete(first.id, Who(ME, free=False))
    manager.store.mark(second.id, bytes=2_500_000)
    with pytest.raises(Refused, match=r"AEDASH_MAX_DISK_PER_PERSON\), and what you bring back may need 1 MB"):
        manager.restore(first.id, who=Who(ME, free=False))
    manager.restore(first.id, who=Who("teacher", free=True, teacher=True))
    assert {run.id for run in manager.runs()} == {first.id, second.id}


def test_older_runs_are_measured_beside_what_else_happens(opened):
    first = opened()
    run = fakes.over(first, first.submit(fakes.config(epochs=1)))
    first.store.mark(run.id, bytes=0)
    first.close()
    manager = opened()
    found = fakes.until(lambda: manager.run(run.id).bytes)
    assert found == pytest.approx(run.bytes, rel=0.01)
    assert json.loads((run.folder / "run.json").read_text())["bytes"] == 0, "a look writes no folder"


def test_what_is_no_run_needs_room_too(opened):
    manager = opened(max_disk=1e-3)
    with manager.room_for(Ask(ME, MB // 2, what="this data set")):
        pass
    refused = pytest.raises(Refused, match=r"\(AEDASH_MAX_DISK\), and this data set may need 2 MB: ")
    with refused, manager.room_for(Ask(ME, 2 * MB, what="this data set")):
        pytest.fail("there is none")


def test_of_two_who_ask_at_once_for_the_last_room_one_is_told_that_there_is_some(opened):
    manager = opened(max_disk=1.5e-3)
    one, other = (manager.room_for(Ask(each, MB, what="this model")) for each in (ME, OTHER))
    refused = pytest.raises(Refused, match=r"\(AEDASH_MAX_DISK\), and this model may need 1 MB: ")
    with one, refused, other:
        pytest.fail("it is promised to another")
    with manager.room_for(Ask(OTHER, MB, what="this model")):
        pass  # nothing was written, and nothing is kept for it


def test_one_s_own_states_do_not_give_way_for_what_is_refused_all_the_same(store, rooms):
    run = trained(store, states=(10,))
    tight = rooms(shared=True, max_disk_per_person=2.5e-3, max_disk=1.5e-3)
    with pytest.raises(Refused, match="AEDASH_MAX_DISK"):
        tight.make([Ask(ME, MB)])
    assert checkpoint.numbered_states(run.folder)


def test_what_gives_way_for_a_person_makes_room_for_all(store, rooms):
    mine, theirs = trained(store, states=(10,)), trained(store, OTHER, states=(10,))
    used = rooms().usage().all
    rooms(shared=True, max_disk_per_person=2.5e-3, max_disk=(used + 10_000) / 1e9).make([Ask(ME, MB)])
    assert [len(checkpoint.numbered_states(run.folder)) for run in (mine, theirs)] == [0, 1]
