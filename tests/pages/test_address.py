"""The address says what is on screen: what is chosen survives a visit elsewhere, links rebuild it, Back goes back."""

import pytest

from aedash.analysis import noise as analysis
from aedash.recipes import noise as presets
from aedash.ui.desk.manager import manager
from tests import fakes


def everything(tab):
    """{label: value} of all inputs on the page."""
    kinds = (tab.app.selectbox, tab.app.number_input, tab.app.text_input, tab.app.select_slider, tab.app.slider)
    inputs = [*(widget for kind in kinds for widget in kind), *tab.app.toggle, *tab.app.segmented_control]
    return {(type(widget).__name__, widget.label, i): widget.value for i, widget in enumerate(inputs)}


def switched(tab, option):
    """Choose one of a few words in a row."""
    switch = next(each for each in tab.app.segmented_control if option in each.options)
    return tab.settle(switch.set_value(option).run())


def slid(tab, value):
    slider = next(iter([*tab.app.select_slider, *tab.app.slider]))
    return tab.settle(slider.set_value(value).run())


def noise(tab):
    tab.choose("Network", "R1-conv").choose("Noise", "masking").write("Noise levels", "0.2, 0.9").type("Epochs", 7)
    switched(slid(tab.type("Seeds", 3), 0.4), "validation")


def lambdas(tab):
    switched(tab, "As published")
    tab.write("Lambdas", "0, 2").type("Epochs", 4)
    switched(switched(slid(tab.type("Seeds", 2), 0.7), "This image"), "test")
    tab.type("Test image, 0 to 63", 5)


def sweeps(tab):
    tab.choose("Question", "own").write("Learning rate", "0.1, 0.2").type("Epochs", 6).type("Seeds", 4)
    tab.choose("And a second field", "code").write("Code size", "2, 3").write("Name", "mine")
    switched(tab, "validation")


def twins(tab):
    tab.choose("Change", "optimizer.batch_size").type("From 128 to", 64).type("Epochs more", 2)


def home(tab):
    switched(tab, "R4")
    tab.choose("Kind", "variational").choose("Order", "lowest error first")


def train(tab):
    tab.use("R4-denoising-meant").type("Epochs", 12).choose("Scaling", "raw")


PAGES = {"noise": noise, "lambda": lambdas, "sweeps": sweeps, "twins": twins, "home": home, "train": train}
RECIPES = {"noise": {"epochs": "5"}, "lambda": {"epochs": "3"}, "sweeps": {"question": "own", "epochs": "3"}}
RECIPES["twins"] = {"more": "3"}  # else a question's page opens with the answer that comes with the app


@pytest.mark.parametrize("page", PAGES)
def test_what_is_chosen_survives_a_visit_elsewhere_and_a_link_rebuilds_it(open_page, page, shipped, monkeypatch):
    monkeypatch.setattr(presets, "STEPS", 5)
    monkeypatch.setattr(analysis, "MEASURED", 20)
    tab = open_page(page, **RECIPES.get(page, {}))
    first = everything(tab)
    PAGES[page](tab)
    chosen, query = everything(tab), tab.query
    assert chosen != first
    tab.visit("runs").visit(page)
    assert everything(tab) == chosen
    assert tab.query == query
    link = open_page(page, **query)
    assert everything(link) == chosen
    assert link.query == query
    assert link.problem == ""


@pytest.fixture
def shipped(monkeypatch):
    """The trained runs that come with the app."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))


def test_each_question_keeps_its_own_values(open_page):
    tab = open_page("sweeps").choose("Question", "rate").write("Learning rate", "0.1, 0.2")
    tab.choose("Question", "depth").choose("Question", "rate")
    assert tab.field(tab.app.text_input, "Learning rate").value == "0.1, 0.2"


def test_how_models_are_compared_survives_a_visit_elsewhere(open_page, shipped):
    tab = open_page("compare")
    tab.choose("Term", "whole objective").choose("Left", "R0-vae, mended")
    switched(tab, "training")
    chosen, query = everything(tab), tab.query
    assert everything(tab.visit("runs").visit("compare")) == chosen
    assert everything(open_page("compare", **query)) == chosen


def test_what_cannot_be_read_becomes_the_default_and_is_told(open_page):
    tab = open_page("noise", epochs="many", data="cats", levels="x" * 301, seeds="2")
    assert tab.problem == "The link's data, levels and epochs could not be read and were left out."
    assert (tab.value("Dataset"), tab.value("Epochs"), tab.value("Seeds")) == ("digits", 40, 2)
    assert tab.query["epochs"] == ["40"]


@pytest.mark.parametrize("page", ["noise", "lambda", "sweeps"])
@pytest.mark.parametrize(
    ("label", "value", "sentence"), [("Epochs", 101, "1 to 100; got 101."), ("Seeds", 0, "1 to 10")]
)
def test_a_number_beyond_its_bounds_is_refused_not_swallowed(open_page, page, label, value, sentence):
    tab = open_page(page).type(label, value)
    assert f"{label} must be {sentence}" in tab.problem
    assert tab.button("Train").disabled
    assert tab.type(label, 2).problem == ""


def test_after_a_run_the_address_of_its_recipe_shows_the_recipe(quick):
    tab = quick()
    recipe = tab.query
    tab.click("Start training").until("finished")
    address = tab.query
    assert tab.goes_to(**recipe).status["word"] == "Ready"
    assert tab.query == recipe
    assert tab.goes_to(**address).status["word"] == "Finished"
    assert tab.goes_to(preset=["R0-vae"]).recipe.architecture.variational


def test_back_and_forth_between_edits(quick):
    tab = quick()
    before = tab.query
    after = tab.type("Epochs", 9).query
    assert tab.goes_to(**before).recipe.epochs == 4
    assert tab.value("Epochs") == 4
    assert tab.goes_to(**after).recipe.epochs == 9
    assert tab.goes_to(set=["epochs=3"]).recipe.epochs == 3


def test_back_on_other_pages(open_page, trained_pair):
    tab = open_page("compare", run=trained_pair)
    both = tab.query
    tab.settle(tab.app.multiselect[0].set_value(trained_pair[:1]).run())
    assert tab.goes_to(**both).app.multiselect[0].value == trained_pair
    tab.visit("noise").write("Noise levels", "0.2")
    before = tab.query
    tab.write("Noise levels", "0.7")
    assert tab.goes_to(**before).field(tab.app.text_input, "Noise levels").value == "0.2"


@pytest.fixture
def trained_pair(house):
    """Ids of two finished runs."""
    runs = [manager().submit(fakes.config(epochs=1, seed=seed)) for seed in (0, 1)]
    for run in runs:
        fakes.over(manager(), run)
    return runs


def test_a_click_that_is_quicker_than_the_address_wins(quick):
    tab = quick()
    before = tab.query
    tab.type("Epochs", 9)
    tab.app.query_params = before  # the browser's, when the button is pressed in the same moment
    tab.click("Start training")
    assert manager().run(tab.run).config.epochs == 9
    manager().stop(tab.run)


def test_a_recipe_that_differs_from_the_run_shown_is_marked_and_in_the_address(quick, open_page):
    tab = quick().click("Start training").until("finished")
    assert "The recipe above is another" not in tab.text
    tab.type("Epochs", 6)
    assert "The recipe above is another one: epochs 6 instead of 4." in tab.text
    assert tab.query == {"run": [tab.run], "set": ["epochs=6"]}
    link = open_page("train", **tab.query)
    assert link.status["word"] == "Finished"
    assert link.recipe.epochs == 6
    assert "The recipe above is another one: epochs" in link.text
    assert "The recipe above is another" not in tab.type("Epochs", 4).text
    assert "The recipe above is another" not in link.click("Back to its recipe").text
    assert link.recipe == tab.recipe
