"""A class: many browsers at one server."""

import re
from html import unescape

import pytest

from aedash.formatting import ordinal
from aedash.ui.desk.manager import manager
from aedash.ui.shell.visitor import anothers, mine, visitor
from aedash.ui.train import broadcast
from aedash.ui.widgets import waiting
from aedash.ui.widgets.steer import PASSED
from tests import fakes

pytestmark = pytest.mark.usefixtures("shared")


def test_a_run_is_of_the_browser_that_started_it(quick, open_page, seat):
    seat("anna")
    tab = quick().click("Start training").until("finished")
    run = manager().run(tab.run)
    assert mine(run)
    assert not anothers(run)
    seat("ben")
    assert anothers(run)
    assert not mine(run)
    assert "anna" not in (run.folder / "run.json").read_text()


def test_a_run_of_the_command_line_is_the_teacher_s(quick, seat):
    run = manager().store.create(quick().recipe)
    assert not mine(run)
    assert anothers(run)
    manager().classroom.enter(visitor(), "open sesame")
    assert not anothers(run)


def asked(tab):
    """What is asked or told above the board, or nothing."""
    found = re.findall(r'class="finding info"><span>(.*?)</span>', tab.html)
    return unescape(found[0]) if found else ""


def test_whoever_asks_for_what_is_under_way_watches_it(quick, seat):
    seat("anna")
    first = quick(epochs=5000).click("Start training").until("running")
    assert asked(first) == ""
    seat("ben")
    second = quick(epochs=5000).click("Start training")
    assert second.run == first.run
    assert len(manager().runs()) == 1
    assert asked(second).startswith("You are watching the run that another person started ")
    second.click("Train yours")
    assert second.run != first.run
    run = manager().run(second.run)
    assert (run.config.seed, second.recipe.seed, mine(run)) == (first.recipe.seed + 1,) * 2 + (True,)
    assert asked(second).startswith("Seed 2: with seed 1 this recipe is there already")
    second.click("Stop")
    assert asked(second) == "Stopped before it began."
    seat("anna")
    first.click("Stop")
    assert asked(first) == PASSED
    assert "Train yours" in first.buttons
    seat("ben")
    first.again().click("Stop").until("stopped")


def test_whoever_asks_for_what_is_trained_sees_it(quick, seat):
    seat("anna")
    first = quick().click("Start training").until("finished")
    own = quick().click("Start training")
    assert own.run == first.run
    assert asked(own).startswith("This is the run that you started ")
    seat("ben")
    second = quick().click("Start training")
    assert (second.run, second.status["word"]) == (first.run, "Finished")
    assert asked(second).startswith("This is the run that another person started ")
    second.click("Train again").until("finished")
    assert [run.config.seed for run in manager().runs()] == [2, 1]


def test_what_was_stopped_is_trained_again_as_it_was(quick):
    tab = quick(epochs=5000).click("Start training").until("running").click("Stop").until("stopped")
    stopped = tab.run
    tab.click("Train again").until("running")
    assert tab.run != stopped
    assert [run.config.seed for run in manager().runs()] == [1, 1]
    tab.click("Stop").until("stopped")


def test_home_s_button_joins_too_and_says_so(open_page, seat, lasting):
    seat("anna")
    first = open_page("home").click("Train one now").open("train").until("running")
    seat("ben")
    second = open_page("home").click("Train one now")
    assert second.run == first.run
    assert asked(second).startswith("You are watching the run that another person started ")
    assert asked(second.visit("home").visit("train")) == ""
    seat("anna")
    first.click("Stop")
    manager().stop(first.run)


def test_a_shipped_model_s_recipe_trains(open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))
    monkeypatch.setattr("aedash.ui.train.buttons.present", lambda name: True)
    tab = open_page("home")
    shipped = manager().gallery()["R0-simple"].id
    tab.open("train", run=shipped).click("Train again")
    assert tab.run != shipped
    assert [run.config for run in manager().runs()] == [manager().run(shipped).config]


def test_whoever_waits_is_told_for_how_long(quick, open_page):
    quick().click("Start training").until("finished")
    first = quick(epochs=5000).click("Start training").until("running")
    second, third = (quick(epochs=epochs).click("Start training") for epochs in (400, 300))
    fakes.until(lambda: len(manager().expected_waits()) == 2)
    waiting._waits.cache_clear()  # of the moment before the first had a pace
    assert f"run/{first.run}" in broadcast.board(second.run).of  # whose pace says for how long
    assert not broadcast.board(first.run).of
    for place, tab in enumerate((second, third), 1):
        word = tab.again().status["word"]
        assert re.fullmatch(rf"Queued, {ordinal(place)} of 2, (about \d+ (s|min)|about [\d.]+ h|less than 10 s)", word)
    joined = quick(epochs=400).click("Start training")
    assert joined.run == second.run
    assert asked(joined).startswith("You are waiting for the run that you started ")
    for tab in (third, second, first):
        tab.click("Stop")


def test_home_marks_what_is_one_s_own(quick, open_page, seat):
    seat("anna")
    quick().click("Start training").until("finished")
    assert "yours" in open_page("home").text
    seat("ben")
    assert "yours" not in open_page("home").text
