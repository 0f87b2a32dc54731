"""The tools Units, Edit and Inside: what is chosen stands in the address, and nothing they meet ends the page."""

import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes
from tests.pages.conftest import SMALL


@pytest.fixture
def trained(house):
    """trained(*changes): id of a finished run on digits."""

    def run(*changes):
        made = manager().submit(vary_all(preset("R0-simple").config, [*SMALL, *changes]))
        fakes.over(manager(), made)
        return made

    return run


def settled(tab):
    """The tab once nothing on it is waited for: one result is often asked for with another in hand."""
    for _ in range(20):
        background.settle(60)
        if not any(channel.startswith("desk/") for channel in tab.again().watched):
            return tab
    pytest.fail("something is waited for without end")


def test_units_are_shown_with_their_bars_and_one_from_near(open_page, trained):
    tab = settled(open_page("explore", run=trained(), **{"view-tool": "Units", "view-image": "3"}))
    (drawn,) = tab.live("units")
    assert len(drawn["bars"]) == 4
    assert drawn["bars"][0]["strength"] == max(bar["strength"] for bar in drawn["bars"])
    assert drawn["chosen"] == drawn["bars"][0]["unit"]
    assert drawn["of"].startswith("image 3,")
    assert len(tab.live("ridges")[0]["rows"]) == 10
    assert "4 numbers over 360 test images, best weights." in tab.text
    assert not tab.problem


def test_a_link_opens_a_unit_and_one_that_is_not_there_is_left_out(open_page, trained):
    run = trained()
    tab = settled(open_page("explore", run=run, **{"view-tool": "Units", "view-unit": "2"}))
    assert tab.live("units")[0]["chosen"] == 1
    assert tab.query["view-unit"] == ["2"] or tab.live("units")[0]["bars"][0]["unit"] == 1
    tab = settled(open_page("explore", run=run, **{"view-tool": "Units", "view-unit": "5"}))
    assert tab.problem == "The link's unit could not be read and was left out."


@pytest.mark.parametrize("latent", [1, 1024])
def test_codes_of_one_number_and_of_a_thousand(open_page, trained, latent):
    tab = settled(open_page("explore", run=trained(("architecture.latent", latent)), **{"view-tool": "Units"}))
    assert len(tab.live("units")[0]["bars"]) == min(latent, 60)
    assert [field.label for field in tab.app.number_input] == ([] if latent == 1 else ["Unit, 1 to 1024"])
    if latent > 1:
        tab.type("Unit, 1 to 1024", 1000)
        assert tab.live("units")[0]["chosen"] == 999
    assert not tab.problem


def test_a_recorded_moment_is_decoded_by_the_best_weights_alone(open_page, trained):
    tab = settled(open_page("explore", run=trained(), **{"view-tool": "Units", "view-at": "0"}))
    assert "360 test images, best weights" in tab.text
    assert not tab.problem


def test_an_edit_stands_in_the_address_and_belongs_to_its_image(open_page, trained):
    run = trained()
    link = {"view-tool": "Edit", "view-image": "3", "view-edit": "d1_1.5~2_0.25"}
    tab = settled(open_page("explore", run=run, **link))
    (card,) = tab.live("edit")
    assert card["text"] == "d1_1.5~2_0.25"
    assert tab.query["view-edit"] == ["d1_1.5~2_0.25"]
    assert len(card["strengths"]) == 4
    assert len(card["sliders"]) == 4
    assert card["decoder"]
    tab.visit("home")
    tab.app.query_params = {}
    tab = settled(tab.open("explore", run=run, **{"view-tool": "Edit", "view-image": "4"}))
    assert tab.live("edit")[0]["text"] == ""
    assert not tab.problem


@pytest.mark.parametrize("edits", ["2", "5_1", "d1_nan", "1_1e99", "~".join(["1_1"] * 30), "<b>_1"])
def test_edits_that_cannot_be_read_are_left_out(open_page, trained, edits):
    tab = settled(open_page("explore", run=trained(), **{"view-tool": "Edit", "view-edit": edits}))
    assert tab.problem == "The link's edit could not be read and was left out."
    assert tab.live("edit")[0]["text"] == ""


def test_a_model_that_stays_is_decoded_by_the_server(open_page, trained):
    run = trained(("architecture", {"name": "vq"}), ("epochs", 1))
    tab = settled(open_page("explore", run=run, **{"view-tool": "Edit"}))
    (card,) = tab.live("edit")
    assert card["decoder"] == card["picture"] == card["rows"] == ""
    assert "no directions here" in card["why"]
    unit = card["sliders"][0]["unit"] + 1
    tab = settled(open_page("explore", run=run, **{"view-tool": "Edit", "view-edit": f"{unit}_0.5"}))
    assert tab.live("edit")[0]["picture"].startswith("data:image/png")
    assert not tab.problem


@pytest.mark.parametrize("name", ["dense", "conv_transpose", "pca", "graph"])
def test_inside_says_what_each_kind_of_model_has(open_page, trained, name):
    run = trained(("objective.reconstruction.loss", "mse"), ("architecture", {"name": name}), ("epochs", 1))
    tab = settled(open_page("explore", run=run, **{"view-tool": "Inside", "view-image": "2"}))
    assert tab.html.count('<i class="level">') + tab.html.count('<i class="apart">') == 10
    assert [grid["foot"][0][:4] for grid in tab.live("mosaic") if grid["group"] == 4] == ["best"]
    assert ("The code, channel by channel" in tab.text) == (name == "conv_transpose")
    said = " ".join(caption.value for caption in tab.app.caption)
    assert "of 360 test images, spread evenly, clean, by the best weights" in said
    told = "Each layer of this model mixes an image with its neighbours, so it says nothing of one."
    assert (told in tab.problem) == (name == "graph")
    assert ("This model is one product with a matrix" in said) == (name == "pca")
