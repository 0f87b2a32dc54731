"""Training from the page: start, steer, watch, come back."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from aedash.atomic import held
from aedash.config import vary
from aedash.data.image_data import Split
from aedash.events import RunState
from aedash.formatting import setting
from aedash.presets.base import preset
from aedash.store import Store
from aedash.ui.desk import background, desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import notice
from tests import fakes


def test_a_run_ends_with_its_figures(quick):
    tab = quick().click("Start training").until("finished")
    numbers = {label: value for value, label in tab.status["metrics"]}
    assert tab.status["word"] == "Finished"
    assert numbers["epoch"] == "4.0 / 4"
    assert float(numbers["test loss"]) > 0
    assert float(numbers["test MSE per pixel"]) > 0
    assert manager().run(tab.run).state is RunState.FINISHED
    assert "Train again" in tab.buttons


def test_its_board_is_filled(quick):
    tab = quick().click("Start training").until("finished")
    lines = {line["role"]: line for line in tab.live("curve")[0]["lines"]}
    assert {"train", "second"} <= lines.keys()
    assert all(line["x"] for line in lines.values())
    assert [grid["filled"] == grid["rows"] for grid in tab.live("mosaic")] == [True, True]
    assert len(tab.live("scatter")) == 1
    assert len(tab.status["frames"]) >= 2


def test_t_sne_waits_in_the_line_of_whoever_asks(quick, open_page, monkeypatch):
    asked = []

    def listed(key, work, visitor="", *how):
        asked.append((key[0], visitor))
        return background.computed(key, work, visitor, *how)

    monkeypatch.setattr(desk, "computed", listed)
    run = quick().click("Start training").until("finished").run
    assert "Final main directions." in open_page("train", run=run).text
    tab = open_page("train", run=run, **{"view-map": "t-SNE"})
    background.settle()
    tab.again()
    assert {name for name, _ in asked} == {"t-SNE"}
    assert all(visitor for _, visitor in asked)
    assert "Near dots have alike codes" in tab.text
    assert len(tab.live("scatter")) == 1


def test_pause_resume_and_stop(quick):
    tab = quick(epochs=5000).click("Start training").until("running")
    tab.click("Pause")
    assert tab.status["word"] == "Paused"
    assert {"Go on", "Stop"} <= set(tab.buttons)
    tab.click("Go on")
    assert tab.status["word"] == "Running"
    assert {"Pause", "Stop"} <= set(tab.buttons)
    tab.click("Stop").until("stopped")
    assert tab.status["word"] == "Stopped"
    assert {"Train again", "Go on"} <= set(tab.buttons)


def test_a_run_that_ends_while_the_page_is_drawn_gets_the_buttons_of_its_end(quick, monkeypatch):
    tab = quick(epochs=5000).click("Start training").until("running")
    run, question = tab.run, notice.question

    def ending():
        """Stands between buttons and board."""
        if manager().run(run).state.alive:
            manager().stop(run)
            assert manager().wait(run, lambda history: not history.state.state.alive, 60)
        question()

    monkeypatch.setattr(notice, "question", ending)
    tab.again()
    assert tab.status["word"] == "Stopped"
    assert {"Train again", "Go on"} <= set(tab.buttons)


def test_a_stopped_run_goes_on(quick):
    tab = quick(epochs=5000).click("Start training").until("running").click("Stop").until("stopped")
    step = manager().history(manager().run(tab.run)).step
    tab.click("Go on")
    assert manager().wait(tab.run, lambda history: history.step > step, fakes.LIMIT)
    tab.again().click("Stop").until("stopped")


def test_a_second_run_waits_in_line(quick):
    first = quick(epochs=5000).click("Start training").until("running")
    second = quick().click("Start training")
    assert second.status["word"].startswith("Queued, 1st of 1")
    assert "Pause" not in second.buttons
    second.click("Stop")
    assert second.status["word"] == "Stopped"
    first.click("Stop").until("stopped")


def test_two_tabs_see_the_same_run(quick, open_page):
    owner = quick(epochs=5000).click("Start training").until("running")
    guest = open_page("train", run=owner.run)
    assert guest.status["word"] == "Running"
    assert guest.recipe == owner.recipe
    guest.click("Stop").until("stopped")
    assert owner.again().status["word"] == "Stopped"
    assert "Train again" in owner.buttons


def test_a_diverged_run_says_so_in_one_sentence(open_page):
    changes = ['data.name="digits"', "optimizer.learning_rate=10", 'objective.reconstruction.loss="mse"']
    changes += ['architecture.output="none"', "architecture.widths=[1024,1024,1024,1024]", "epochs=200"]
    tab = open_page("train", preset="R0-simple", set=changes).click("Start training").until("failed")
    assert tab.status["word"] == "Failed"
    assert tab.problem
    assert {"Train again", "Learning rate 1"} <= set(tab.buttons)
    assert "Go on" not in tab.buttons  # it would diverge again, bit by bit
    diverged = manager().runs()[0].id
    tab.click("Learning rate 1")
    [calmer] = [run for run in manager().runs() if run.id != diverged]
    assert calmer.config.optimizer.learning_rate == 1
    assert tab.run == calmer.id
    manager().stop(calmer.id)


def test_a_run_that_diverged_later_is_forked_at_a_tenth_of_its_rate(open_page):
    changes = ['data.name="digits"', 'data.scaling="raw"', 'objective.reconstruction.loss="mse"', "epochs=400"]
    changes += ['architecture.output="none"', "architecture.widths=[64,64,64,64]", "optimizer.learning_rate=0.0001"]
    tab = open_page("train", preset="R0-simple", set=changes).click("Start training")
    assert manager().wait(tab.run, lambda history: bool(history.ends), fakes.LIMIT)
    manager().change(tab.run, "optimizer.learning_rate", 10.0)
    diverged = tab.until("failed").run
    [offer] = [button for button in tab.buttons if button.startswith("Learning rate")]
    tab.click(offer)
    assert tab.run != diverged
    rate = manager().run(tab.run).changes[-1].value
    assert rate in (pytest.approx(0.00001), pytest.approx(1.0))
    assert offer == f"Learning rate {setting(rate)}"


@pytest.fixture
def elsewhere(house):
    """A run that another process trains: what is held through another file descriptor is held by another."""
    with ExitStack() as stack:
        store = Store(house)
        stack.callback(store.close)
        run = store.create(vary(preset("R0-simple").config, "data.name", "digits"), "R0-simple")
        stack.enter_context(held(run.folder / "lock"))
        store.update(replace(run, state=RunState.RUNNING))
        yield run


def test_a_run_of_another_process_can_only_be_watched(open_page, elsewhere):
    tab = open_page("train", run=elsewhere.id)
    assert tab.status["word"] == "Running"
    assert tab.button("Pause").disabled
    assert tab.button("Stop").disabled


def test_another_server_keeps_the_queue(house, quick):
    house.mkdir(parents=True)
    with held(house / "scheduler.lock"):
        tab = quick().click("Start training")
    assert tab.problem.startswith("Another process, an app or a sweep, runs this folder's queue: start runs there")
    assert "Start training" in tab.buttons


@pytest.fixture
def mnist(dataset, digits):
    """The bundled digits in MNIST's place."""
    splits = [Split(split.images, split.labels) for split in (digits.train, digits.test)]
    dataset("mnist", check=lambda root: None, read=lambda root: splits)


def test_a_published_figure_stands_beside_ones_own(mnist, open_page):
    tab = open_page("train", preset="R0-simple", set=["epochs=1"]).click("Start training").until("finished")
    assert "published 65.3 after 25 epochs · yours" in tab.text
    assert "published" in roles(tab)


def test_a_published_figure_is_not_compared_with_another_task(mnist, open_page):
    changes = ["epochs=1", 'corruption="gaussian"']
    tab = open_page("train", preset="R0-simple", set=changes).click("Start training").until("finished")
    assert "published" not in tab.text
    assert "published" not in roles(tab)


def roles(tab):
    return [line["role"] for line in tab.live("curve")[0]["lines"]]


def test_numbers_are_of_the_moment_that_one_looks_at(quick, open_page):
    run = quick().click("Start training").until("finished").run
    tab = open_page("train", run=run, **{"view-at": "0"}).visit("runs").visit("train")
    assert tab.query == {"run": [run], "view-at": ["0.00000"]}
    numbers = {label: value for value, label in tab.status["metrics"]}
    assert numbers["epoch"] == "0.0 / 4"
    assert numbers["train loss"] == "–"
    assert float(numbers["test MSE of 10 images"]) > 0.05
    assert "test loss" not in numbers  # no epoch has ended
