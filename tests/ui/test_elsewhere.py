"""News that nobody tells: of runs that another process trains, changes or deletes."""

from dataclasses import replace

import pytest

from aedash.events import RunState
from aedash.ui.desk import elsewhere
from aedash.ui.desk.elsewhere import Elsewhere
from tests.ui import cells

RUN = replace(cells.cell("1", cells.RunState.FINISHED).runs[0], id="a", state=RunState.RUNNING)


@pytest.fixture
def runs(monkeypatch):
    """{id: run} of all that there are."""
    known = {}
    monkeypatch.setattr(elsewhere, "run_of", known.get)
    return known


def test_a_run_that_trains_elsewhere_has_news_at_every_look(runs):
    look = Elsewhere()
    runs.update(a=replace(RUN, own=False), b=replace(RUN, own=True))
    assert [look(["run/a", "run/b", "desk/c"]) for _ in range(3)] == [["run/a"]] * 3


def test_whatever_becomes_of_a_run_is_news_once(runs):
    look = Elsewhere()
    runs["a"] = replace(RUN, state=RunState.FINISHED)
    assert look(["run/a"]) == []
    runs["a"] = replace(runs["a"], state=RunState.QUEUED)
    assert [look(["run/a"]) for _ in range(2)] == [["run/a"], []]
    del runs["a"]
    assert [look(["run/a"]) for _ in range(2)] == [["run/a"], []]


def test_runs_that_nobody_watches_are_not_remembered(runs):
    look = Elsewhere()
    runs["a"] = RUN
    look(["run/a"])
    look([])
    runs["a"] = replace(RUN, state=RunState.FINISHED)
    assert look(["run/a"]) == []
