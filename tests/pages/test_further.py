"""After a run: more epochs, what its finding advises, and Stop that stays Stop."""

import pytest

from aedash.config import vary_all
from aedash.formatting import number
from aedash.presets.base import preset
from aedash.ui.desk.manager import manager
from aedash.ui.widgets import steer
from tests import fakes


@pytest.fixture
def gallery(monkeypatch):
    """The trained models that come with the app."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))


def shipped(name):
    return manager().gallery()[name].id


def metrics(tab):
    return {label: value for value, label in tab.status["metrics"]}


def more(tab, epochs):
    """Ask for so many epochs more."""
    return tab.type("More epochs", epochs).click(f"further-{tab.run}")


def test_a_finished_run_goes_on_in_place(quick, open_page):
    tab = quick(epochs=2).click("Start training").until("finished")
    run, other = tab.run, open_page("train", run=tab.run)
    more(tab, 3).until("finished")
    assert other.again().recipe.epochs == 5
    assert tab.run == run
    assert manager().run(run).epochs_done == 5
    assert metrics(tab)["epoch"] == "5.0 / 5"
    assert tab.recipe.epochs == 5
    assert "recipe differs" not in tab.text


def test_more_epochs_than_there_may_be_are_refused(quick, monkeypatch):
    monkeypatch.setenv("AEDASH_MAX_EPOCHS", "4")
    tab = quick(epochs=2).click("Start training").until("finished")
    more(tab, 3)
    assert tab.problem == "Epochs may be at most 4 here (AEDASH_MAX_EPOCHS); got 5."
    assert tab.status["word"] == "Finished"
    more(tab, 0)
    assert tab.problem == "The run has 2 epochs already; ask for more."
    for save in manager().run(tab.run).folder.glob("*.safetensors"):
        save.unlink()
    assert more(tab, 1).problem.startswith("Its last state was removed, so it cannot go on")


def test_another_person_s_run_stays_and_a_copy_goes_on(shared, quick, open_page, seat):
    seat("anna")
    run = quick(epochs=2).click("Start training").until("finished").run
    seat("ben")
    tab = more(open_page("train", run=run), 1).until("finished")
    assert tab.run != run
    assert (manager().run(run).epochs_done, manager().run(tab.run).epochs_done) == (2, 3)


def test_a_shipped_model_is_trained_anew_for_longer(open_page, gallery, monkeypatch):
    monkeypatch.setattr("aedash.ui.train.further.present", lambda name: False)
    tab = open_page("train", run=shipped("R0-simple"))
    more(tab, 5)
    assert tab.recipe == vary_all(preset("R0-simple").config, [("epochs", 30)])
    assert manager().runs() == []  # its images are not here


def test_one_press_does_what_a_finding_advises(open_page, gallery, monkeypatch):
    tab = open_page("train", run=shipped("R0-vae"))
    assert "The decoder ignores the code" in tab.text
    tab.click("See it with beta 1")
    assert tab.run == shipped("R0-vae-meant")
    assert "Halve the code" not in tab.text
    monkeypatch.setattr("aedash.ui.train.further.present", lambda name: False)
    tab = open_page("train", run=shipped("R0-simple")).click("Code 10")
    assert tab.recipe == vary_all(preset("R0-simple").config, [("architecture.latent", 10)])


def test_what_is_advised_is_trained_at_once(open_page):
    changes = ['data.name="digits"', "architecture.widths=[128]", "optimizer.batch_size=32", "epochs=8"]
    tab = open_page("train", preset="R0-simple", set=changes).click("Start training").until("finished")
    [offer] = [button for button in tab.buttons if button in ("Code 10", "+ 8 epochs")]
    first = tab.run
    tab.click(offer).until("finished")
    if offer == "Code 10":
        assert tab.run != first
        assert manager().run(tab.run).config.architecture.latent == tab.recipe.architecture.latent == 10
    else:
        assert (tab.run, manager().run(first).epochs_done) == (first, 16)


def test_on_the_way_it_is_said_what_the_run_was_worth_then(quick, open_page):
    run = quick(epochs=8).click("Start training").until("finished").run
    tab = open_page("train", run=run, **{"view-at": "0.60"})
    assert "After epoch 4: " in tab.text or "After epoch 5: " in tab.text
    assert not [button for button in tab.buttons if button.startswith(("Code", "Learning rate"))]


def test_stop_says_that_it_stops_until_the_run_is_over(quick, open_page, monkeypatch):
    tab = quick(epochs=5000).click("Start training").until("running")
    other = open_page("train", run=tab.run)
    sent = []
    monkeypatch.setattr(steer, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(manager(), "_send", lambda run, command: sent.append(command))
    tab.click("Stop")
    for each in (tab, other.again()):
        assert each.button("Stopping").disabled
        assert each.status["word"] == "Stopping"
        assert each.button("Pause").disabled
    monkeypatch.undo()
    manager().executor.send(tab.run, sent[0])
    tab.until("stopped")
    assert tab.button("Stop").disabled
    assert not tab.button("Train again").disabled


def test_two_who_stop_a_run_at_once_meet_no_error(quick, open_page):
    tab = quick(epochs=5000).click("Start training").until("running")
    other = open_page("train", run=tab.run)
    tab.click("Stop").until("stopped")
    other.click("Stop")  # as it was on screen a moment ago
    assert other.problem == ""
    assert other.status["word"] == "Stopped"


def test_after_stop_header_and_curve_agree(quick):
    tab = quick(epochs=5000).click("Start training").until("running")
    fakes.training(manager(), tab.run)
    tab.again().click("Stop").until("stopped")
    assert "Stopped at epoch " in tab.text
    assert metrics(tab)["test loss"] == number(manager().run(tab.run).figures["test"].loss)
    history = manager().history(manager().run(tab.run))
    [line] = [line for line in tab.live("curve")[0]["lines"] if line["role"] == "second"]
    end = fakes.unpacked(line["x"])[-1], fakes.unpacked(line["y"])[-1]
    assert end == pytest.approx((history.epoch, manager().run(tab.run).figures["test"].loss), rel=1e-5)


def test_a_shipped_model_may_differ_in_one_number(open_page, gallery):
    tab = open_page("train", run=shipped("R0-vae"))
    tab.click("What if?")
    assert "Train both" in tab.buttons
    assert tab.recipe == preset("R0-vae").config


def test_the_earlier_run_has_a_name(quick):
    quick().click("Start training").until("finished")
    tab = quick(epochs=6).click("Start training").until("finished")
    assert any(line["name"] == "earlier: 4 epochs" for line in tab.live("curve")[0]["lines"])
