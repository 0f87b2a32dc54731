"""Home: the first minute of someone new."""

import re
from pathlib import Path

import pytest

from aedash import registry
from aedash.config import training_images, vary, vary_all
from aedash.events import RunState
from aedash.history import Run
from aedash.kinds import kind
from aedash.presets.base import preset
from aedash.ui.desk.manager import manager
from aedash.ui.home.gallery import BEGIN, FIRST
from aedash.ui.home.hero import duration_here
from tests import fakes


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_every_page_renders_without_runs(open_page, page):
    assert open_page(page)


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_every_page_renders_with_a_run(quick, open_page, page):
    quick().click("Start training").until("finished")
    assert open_page(page)


def test_its_button_trains_and_lands_on_train(open_page, lasting):
    tab = open_page("home").click("Train one now")
    assert "Stop" in tab.buttons  # at once, also while the run waits for its first step
    tab.open("train")
    assert manager().run(tab.run).config.data.name == "digits"
    assert tab.recipe == manager().run(tab.run).config
    tab.until("running").click("Stop").until("stopped")


def test_no_time_is_promised_that_was_not_measured_here(open_page):
    tab = open_page("home")
    assert "seconds" not in " ".join([tab.text, *tab.buttons])
    assert not tab.app.caption


def alike(config, seconds, images):
    return Run("0" * 12, 1, config, RunState.FINISHED, Path(), "", seconds=seconds, images=images)


def test_the_time_told_is_that_of_the_last_run_of_this_recipe():
    config = fakes.config(epochs=20)  # of 1,437 training images but those held out
    images = training_images(config.data, registry.datasets.get("digits").info)
    runs = [
        alike(vary(config, "architecture.latent", 7), 1.0, 10),
        alike(config, 0.0, 0),
        alike(vary_all(config, [("epochs", 5), ("seed", 8)]), 10.0, images * 5),
        alike(config, 90.0, images * 20),
    ]
    assert duration_here(config, runs) == "About 40 s of training here, at the pace of the last run like it."
    assert duration_here(config, runs[:2]) == ""


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


@pytest.fixture
def gallery(open_page, monkeypatch):
    """Home with the trained runs that come with the app."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(Path(__file__).parents[2] / "checkpoints"))
    return open_page("home")


def shown(tab):
    """Names of the cards."""
    return [button.key.removeprefix("see-") for button in tab.app.button if (button.key or "").startswith("see-")]


def from_source(tab, word):
    return tab.settle(tab.field(tab.app.segmented_control, "Source").set_value(word).run())


def of_kind(tab, word):
    return tab.settle(tab.field(tab.app.selectbox, "Kind").set_value(word).run())


def test_the_gallery_begins_short_and_shows_all_on_demand(gallery):
    names = list(manager().gallery())
    assert shown(gallery) == list(BEGIN[:FIRST])
    gallery.click(f"Show all {len(names)}")
    assert sorted(shown(gallery)) == names
    assert not any("Show all" in label for label in gallery.buttons)


def test_the_gallery_is_filtered_by_source_and_kind(gallery):
    assert {name.split("-")[0] for name in shown(from_source(gallery, "R4"))} == {"R4"}
    assert "R4-vae" in shown(of_kind(gallery, "variational"))
    assert "R0-vae" not in shown(gallery)
    assert "R0-vae" in shown(from_source(gallery, "All"))
    assert all(kind(preset(name).config) == "variational" for name in shown(gallery))
    from_source(gallery, "R3")
    assert shown(gallery) == []
    assert "None of this kind from this source" in gallery.text


def test_the_gallery_can_be_put_in_order(gallery):
    gallery.click(f"Show all {len(manager().gallery())}")
    runs = manager().gallery()
    gallery.choose("Order", "smallest code first")
    sizes = [runs[name].figures["test"].code_units for name in shown(gallery)]
    assert sizes == sorted(sizes)
    gallery.choose("Order", "lowest error first")
    errors = [runs[name].figures["test"].mse for name in shown(gallery)]
    assert errors == sorted(errors)


def test_its_cards_say_what_a_model_is_before_its_name(gallery):
    text = gallery.text
    assert text.index("A plain autoencoder") < text.index("Takes noise away") < text.index("A VAE that works")
    assert text.index("A VAE that works") < text.index("A VAE that has collapsed Beta 20 is too much")
    assert text.index("A VAE that works") < text.index("R0-vae, mended, 784-400")
    assert "-meant" not in text


def test_a_word_is_explained_where_it_first_stands(gallery):
    explained = re.findall(r"<dfn[^>]*>(.*?)</dfn>", gallery.html)
    assert {"MSE", "code", "Beta"} <= set(explained)
    assert len({word.lower().rstrip("s") for word in explained}) == len(explained)
    assert gallery.again().html.count("<dfn") == len(explained)


def test_its_cards_have_one_measure_with_its_unit(gallery):
    assert "MSE 0.0288 per pixel" in gallery.text
    assert "MSE 0.0105 per pixel, noisy input" in gallery.text
    assert "0 in use" in gallery.text
    assert "21.8" not in gallery.text
    assert "R0-elaborate, 784-128-128-16-4, published figure: reproduced" in gallery.text


def test_the_gallery_opens_without_training(gallery):
    tab = gallery
    assert "Trained models" in tab.text
    tab.click("Open")
    assert "published 65.3 · ours" in tab.text
    assert "Train again" in tab.buttons
    assert tab.live("curve")[0]["lines"]
