"""The model picker: every model, by source or by kind, with what is known of it; choosing one closes it."""

import pytest

from aedash import registry
from aedash.presets.base import KINDS, kind, preset
from aedash.ui.train import picker


@pytest.fixture
def tab(open_page):
    """The Train page with the picker open."""
    return open_page("train").click("choose_model")


def by(tab, word):
    return tab.settle(tab.app.segmented_control(key=picker.GROUPING).set_value(word).run())


def offered(tab):
    return [button.key.removeprefix("use-") for button in tab.app.button if (button.key or "").startswith("use-")]


def everything():
    return sorted([*registry.presets.names(), *(picker.OWN + name for name in registry.architectures.names())])


def test_it_is_closed_until_it_is_asked_for(open_page):
    tab = open_page("train")
    assert offered(tab) == []
    assert tab.button("choose_model").label == "R0-simple"


@pytest.mark.parametrize("word", picker.GROUPINGS)
def test_it_offers_every_model_once(tab, word):
    assert sorted(offered(by(tab, word))) == everything()


def test_sources_are_headings(tab):
    for word in ("R0 mbghouwa/AE-AutoEncoder_PyTorch", "R4 dorochka8/autoEncoders", "Your own"):
        assert word in tab.text


def test_a_model_is_chosen_by_its_source(tab):
    tab.click("use-R3-transpose")
    assert offered(tab) == []
    assert tab.button("choose_model").label == "R3-transpose"
    assert tab.recipe.architecture == preset("R3-transpose").config.architecture


def test_a_model_is_chosen_by_its_kind(tab):
    by(tab, "By kind")
    assert f"Contractive {KINDS['contractive']}" in tab.text
    tab.click("use-R2-contractive-5-meant")
    assert tab.recipe.objective == preset("R2-contractive-5-meant").config.objective


def test_an_architecture_of_ones_own_is_chosen(tab):
    tab.click("use-own:conv_transpose")
    assert tab.button("choose_model").label == "Convolutional, transposed"
    assert tab.recipe.architecture.name == "conv_transpose"


def test_using_a_preset_again_takes_back_what_was_changed(open_page):
    tab = open_page("train").use("R0-simple").type("Batch size", 7).click("choose_model")
    assert tab.button("use-R0-simple").label == "Use again"
    tab.click("use-R0-simple")
    assert tab.recipe.optimizer == preset("R0-simple").config.optimizer


@pytest.mark.parametrize("name", registry.presets.names())
def test_a_card_tells_what_is_known(name):
    source = preset(name)
    card = picker.preset_card(source)
    assert f">{kind(source.config)}</span>" in card
    assert ("no published figure" in card) == (not source.published)
    assert all(f"<b>{figure.value:g}</b>" in card for figure in source.published)
    assert ('class="spark"' in card) == (source.curve() is not None)
    assert ('class="flaw"' in card) == source.warns


def test_a_flaw_is_told_in_the_picker_and_beside_the_model(tab):
    flaw = preset("R3-upsample").flaw
    assert flaw in tab.text
    tab.click("use-R3-upsample")
    assert f'<div class="finding warn"><span>{flaw}</span></div>' in tab.html
    assert "spark" in tab.html


def test_what_was_mended_is_no_flaw(tab):
    tab.click("use-R0-vae-meant")
    assert 'class="finding warn"' not in tab.html
    assert f'<div class="finding info"><span>{preset("R0-vae-meant").flaw}</span></div>' in tab.html
