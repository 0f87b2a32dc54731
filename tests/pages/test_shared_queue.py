"""A shared server's queue on screen: whose turn it is, for how long one waits, and what is refused, in a sentence."""

import re
from math import ceil

import pytest

from aedash.ui.desk import manager as desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell.visitor import visitor
from aedash.ui.widgets import waiting
from aedash.ui.widgets.run_words import duration
from tests import fakes


@pytest.fixture
def idle(house, monkeypatch):
    """A shared server whose runs go on until they are stopped."""
    executor = fakes.Idle()
    build = desk.RunManager
    monkeypatch.setattr(desk, "RunManager", lambda settings: build(settings, executor))
    monkeypatch.setenv("AEDASH_SHARED", "true")
    return executor


def states(tab):
    return [line["cells"][1] for line in tab.live("runs")[0]["lines"]]


def test_everybody_is_told_their_place_and_who_has_enough_is_told_why(idle, quick, open_page, seat):
    seat("anna")
    mine = [manager().submit(fakes.config(seed=seed), owner=visitor()) for seed in range(3)]
    seat("ben")
    his = quick(epochs=200).click("Start training")
    assert his.status["word"] == "Queued, 1st of 3"
    assert states(open_page("runs")) == ["Queued, 1st of 3", "Queued, 3rd of 3", "Queued, 2nd of 3", "Running"]
    seat("anna")
    full = quick(epochs=300).click("Start training")
    limit = "at most 2 may wait here (AEDASH_MAX_WAITING_PER_PERSON). Stop one, or wait until one is over."
    assert full.problem == f"You have 1 run training and 2 waiting; {limit}"
    assert len(manager().runs()) == 4
    idle.end(mine[0])
    fakes.until(lambda: len(idle.begun) == 2)
    assert idle.begun[1] == his.run


def test_a_run_that_the_server_would_stop_is_told_so_before_it_is_begun(quick):
    short = quick().click("Start training").until("finished")
    seconds = manager().expected_seconds(short.recipe)
    most = ceil(2 * seconds)
    manager().settings = manager().settings.model_copy(update={"max_seconds": most})
    waiting._seconds.cache_clear()
    assert "this server stops runs" not in quick().text
    long = quick(epochs=10_000)
    assert f"About {duration(2500 * seconds)} here; this server stops runs after {duration(most)} and " in long.text
    long.click("Start training").until("stopped")
    assert f"Stopped after {most} s of training, the limit of this server; its weights are kept." in long.text
    assert "Go on" in long.buttons


def test_a_sweep_of_too_many_runs_is_refused_before_it_can_be_begun(open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_MAX_CELLS", "2")
    tab = open_page("sweeps")
    assert re.fullmatch(r"The sweep has \d runs; allowed are at most 2 here \(AEDASH_MAX_CELLS\)\.", tab.problem)
    assert tab.button("Train").disabled
