"""Home: the first minute of someone new."""

from pathlib import Path

import pytest

from aedash.ui.server import manager


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_every_page_renders_without_runs(open_page, page):
    assert open_page(page)


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_every_page_renders_with_a_run(quick, open_page, page):
    quick().click("Start training").until("finished")
    assert open_page(page)


def test_its_button_trains_and_lands_on_train(open_page):
    tab = open_page("home").click("Train one now, under 20 seconds")
    assert "Pause" in tab.buttons
    tab.open("train")
    assert manager().run(tab.run).config.data.name == "digits"
    assert tab.recipe == manager().run(tab.run).config
    tab.until("running").click("Stop").until("stopped")


def test_choosing_for_oneself_lands_on_an_idle_board(open_page):
    tab = open_page("home").click("Choose for yourself")
    assert "Start training" in tab.buttons
    assert manager().runs() == []


def test_it_lists_runs_and_opens_them(quick, open_page):
    run = quick().click("Start training").until("finished").run
    tab = open_page("home")
    assert "Finished" in tab.text
    assert "test MSE" in tab.text
    assert tab.click("Open").run == run
    assert "Train again" in tab.buttons


def test_the_gallery_opens_without_training(open_page, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(Path(__file__).parents[2] / "checkpoints"))
    tab = open_page("home")
    assert "Trained models" in tab.text
    assert "published 65.3 · ours" in tab.text
    tab.click("Open")
    assert "Train again" in tab.buttons
    assert tab.live("curve")[0]["lines"]
