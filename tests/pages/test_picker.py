"""The model picker: every model, by source or by kind, with what is known of it; choosing one closes it."""

import pytest

from aedash import registry
from aedash.kinds import KINDS, kind
from aedash.presets.base import preset
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
    own = [picker.OWN + name for name in registry.architectures.names()]
    return sorted([*registry.presets.names(), *own, picker.VAE])


def test_it_is_closed_until_it_is_asked_for(open_page):
    tab = open_page("train")
    assert offered(tab) == []
    assert tab.button("choose_model").label == "R0-simple"


@pytest.mark.parametrize("word", picker.GROUPINGS)
def test_it_offers_every_model_once(tab, word):
    assert sorted(offered(by(tab, word))) == everything()


def test_models_of_ones_own_come_first(tab):
    assert offered(tab)[:2] == [picker.PLAIN, picker.VAE]


@pytest.mark.parametrize(
    ("said", "models"),
    [
        ("graph", {"own:graph", "R4-graph"}),
        ("dorochka8 noise", {"R4-denoising", "R4-denoising-meant"}),
        ("WASSERSTEIN", {"aedash-wae"}),
        ("r0-vae mended", {"R0-vae-meant"}),
        ("", None),
    ],
)
def test_models_are_found_by_what_is_said_of_them(said, models):
    found = [option for _, _, options in picker.groups("By kind", said) for option in options]
    assert sorted(found) == (everything() if models is None else sorted(models))


def test_the_search_leaves_what_it_finds(tab):
    tab.write("Search", "graph neighbours")
    assert sorted(offered(tab)) == ["R4-graph", "own:graph"]
    tab.write("Search", "no such thing")
    assert offered(tab) == []
    assert "No model is described by these words." in [caption.value for caption in tab.app.caption]


def test_choosing_for_oneself_opens_it(open_page):
    assert offered(open_page("home").click("Choose for yourself").open("train"))


def test_sources_are_headings(tab):
    by(tab, "By source")
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
