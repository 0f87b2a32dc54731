"""The disk on Runs: what is used, what was removed, and what can be brought back."""

import pytest

from aedash.config import vary_all
from aedash.formatting import size
from aedash.presets.base import preset
from aedash.store import removals
from aedash.training.keeping import expected
from aedash.training.plan import Plan
from aedash.ui.desk.manager import manager
from aedash.ui.shell import visitor
from tests import fakes
from tests.pages.conftest import SMALL


@pytest.fixture
def three(house, seat):
    """Ids of three runs of one visitor, the newest first."""
    seat("me")
    config = vary_all(preset("R0-simple").config, [*SMALL, ("epochs", 1)])
    ids = [manager().submit_next(Plan(config, "R0-simple", owner=visitor.visitor())) for _ in range(3)]
    for run in ids:
        fakes.over(manager(), run)
    return ids[::-1]


def test_what_was_deleted_at_one_go_is_brought_back_at_one_press(three, open_page):
    runs = manager().runs()
    tab = open_page("runs")
    assert "Undo" not in tab.buttons
    for run in three[:2]:
        manager().delete(run, together="word")
    tab.again()
    assert "2 runs were deleted. For ten minutes, or until the room is needed, this can be undone." in tab.text
    manager().delete(three[2], together="other")
    assert "1 run was deleted." in tab.again().text, "the newest first, and where no run is left, too"
    tab.click("Undo")
    assert [run.id for run in manager().runs()] == [three[2]]
    tab.click("Undo")
    assert manager().runs() == runs
    assert "Undo" not in tab.buttons


def test_what_cannot_be_brought_back_any_more_is_one_sentence(three, open_page):
    manager().delete(three[0], together="word")
    tab = open_page("runs")
    manager().store.trash.empty(manager().store.trash.thrown())
    tab.click("Undo")
    assert tab.problem.startswith("It cannot be brought back: what was deleted is kept for ten minutes")
    assert "Undo" not in tab.buttons


def test_it_says_what_runs_take_and_what_was_removed_for_others(three, open_page, house):
    removals.note(house, 12, "2026-11-03T10:00:00+00:00")
    tab = open_page("runs")
    assert "All runs: " in tab.text
    assert "The disk has " in tab.text
    assert "Yours" not in tab.text, "a server of one's own has no limit a person"
    told = "12 runs, the newest of 3 Nov, were removed to make room for new ones (AEDASH_RETENTION)."
    assert told in tab.text


def test_on_a_shared_server_each_sees_their_own_use_and_undoes_what_is_theirs(three, open_page, seat, monkeypatch):
    monkeypatch.setattr(manager(), "settings", manager().settings.model_copy(update={"shared": True}))
    monkeypatch.setattr(manager().classroom, "_shared", True)
    manager().delete(three[0], together="word")
    assert "Undo" in open_page("runs").buttons
    seat("somebody else")
    tab = open_page("runs")
    assert "Undo" not in tab.buttons
    assert "Yours: 0 kB of 2 GB" in tab.text


def test_of_what_was_cleared_at_one_go_each_brings_back_their_own(three, open_page, monkeypatch):
    monkeypatch.setattr(manager(), "settings", manager().settings.model_copy(update={"shared": True}))
    monkeypatch.setattr(manager().classroom, "_shared", True)
    manager().store.mark(three[1], owner="bb" * 6)
    for run in three[:2]:
        manager().delete(run, together="word")
    tab = open_page("runs")
    assert "1 run was deleted." in tab.text
    tab.click("Undo")
    assert tab.problem == ""
    assert [run.id for run in manager().runs()] == [three[0], three[2]]


def test_the_recipe_says_what_the_run_will_keep(quick):
    tab = quick(epochs=4)
    [said] = [each.value for each in tab.app.caption if "on the disk" in each.value]
    assert said == f"This run will keep up to {size(expected(tab.recipe, manager().settings))} on the disk."
