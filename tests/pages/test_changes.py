"""Changing a run from the page while it runs."""

import pytest

from aedash.events import RunState
from aedash.ui.desk.manager import manager
from tests import fakes

NOISY_VAE = ['data.name="digits"', "architecture.widths=[32]", "epochs=5000", 'corruption="gaussian"']


@pytest.fixture
def running(quick):
    """A tab with a long run under way."""
    return quick(epochs=5000).click("Start training").until("running")


def on_record(tab):
    return [(change.path, change.value) for change in manager().run(tab.run).changes]


def in_force(tab, path, value):
    """Wait until the change is on record; the page, once it shows it."""
    assert manager().wait(tab.run, lambda h: (path, value) in [(c.path, c.value) for c in h.changes], fakes.LIMIT)
    return tab.again()


def recorded(tab):
    """Wait for the end of the tab's run to be in the store, too; the run."""
    return fakes.until(lambda: (run := manager().run(tab.run)).state is RunState.STOPPED and run)


def test_the_learning_rate_is_changed_and_marked(running):
    tab = in_force(running.type("Learning rate", 0.0005), "optimizer.learning_rate", 0.0005)
    assert on_record(tab) == [("optimizer.learning_rate", 0.0005)]
    (change,) = manager().run(tab.run).changes
    assert f"Learning rate is 0.0005 from step {change.step:,} on." in [caption.value for caption in tab.app.caption]
    ((epoch, label),) = tab.live("curve")[0]["marks"]
    assert label == "lr 0.0005"
    assert epoch == pytest.approx(change.step / manager().history(manager().run(tab.run)).started.steps_per_epoch)
    assert tab.value("Learning rate") == 0.0005
    assert tab.problem == ""
    assert tab.recipe.optimizer.learning_rate == 0.001, "the recipe of the next run stays"
    tab.click("Stop").until("stopped")
    assert tab.live("curve")[0]["marks"] == [[epoch, label]]


def test_what_is_offered_is_what_the_run_has(open_page):
    tab = open_page("train", preset="R0-vae", set=NOISY_VAE).click("Start training").until("running")
    offered = {field.label for field in tab.app.number_input}
    weights = {"Weight of Reconstruction", "Weight of KL to N(0, I)", "Sigma of Gaussian noise"}
    assert {"Learning rate", *weights} <= offered
    assert "Batch size" not in offered, "Settings gives way to what can be changed"
    tab.click("Stop").until("stopped")
    offered = {field.label for field in tab.app.number_input}
    assert "Batch size" in offered
    assert not weights & offered


def test_the_formula_shows_the_weights_in_force(open_page):
    tab = open_page("train", preset="R0-vae", set=NOISY_VAE).click("Start training").until("running")
    tab = in_force(tab.type("Weight of KL to N(0, I)", 0.0), "objective.kl.weight", 0.0)
    tab = in_force(tab.type("Sigma of Gaussian noise", 0.7), "corruption.sigma", 0.7)
    assert "+ 0 · KL(q(z|x) ‖ N(0, I))" in tab.text
    assert "with the noise of the start" in tab.text
    lines = {line["role"]: line for line in tab.live("curve")[0]["lines"]}
    assert lines["term"]["name"] == "0 × KL"
    tab.click("Stop").until("stopped")


def test_a_second_tab_shows_what_the_first_one_changed(running, open_page):
    guest = open_page("train", run=running.run)
    guest.type("Learning rate", 0.002)
    in_force(running.type("Learning rate", 0.0005), "optimizer.learning_rate", 0.0005)
    assert guest.again().value("Learning rate") == 0.0005
    in_force(guest.type("Learning rate", 0.003), "optimizer.learning_rate", 0.003)
    assert (guest.value("Learning rate"), running.again().value("Learning rate")) == (0.003, 0.003)
    running.click("Stop").until("stopped")


def test_a_run_that_waits_cannot_be_changed(running, quick):
    waiting = quick().click("Start training")
    assert "Batch size" in {field.label for field in waiting.app.number_input}
    waiting.click("Stop")
    running.click("Stop").until("stopped")


def test_a_changed_run_is_replayed(running):
    tab = in_force(running.type("Learning rate", 0.01), "optimizer.learning_rate", 0.01)
    tab.click("Stop").until("stopped")
    first = recorded(tab)
    tab.again().click("Repeat").until("running")
    again = manager().run(tab.run)
    assert again.id != first.id
    assert (again.config, again.changes) == (first.config, first.changes)
    tab.click("Stop").until("stopped")
    recorded(tab)
    [table] = tab.open("runs").live("runs")
    assert len(table["lines"]) == 2
    assert all(any("learning rate 0.01 from " in cell for cell in line["cells"]) for line in table["lines"])
