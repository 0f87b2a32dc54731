"""The recipe: what a person chooses is what is trained, and what is refused changes nothing."""

import numpy as np
import pytest

from aedash import registry
from aedash.analysis.trace import outline
from aedash.config import vary
from aedash.kinds import kind
from aedash.presets.base import preset
from aedash.ui.desk.images import noisy_images
from aedash.ui.desk.manager import manager


@pytest.mark.parametrize("name", registry.presets.names())
def test_a_preset_brings_its_recipe(open_page, name):
    tab = open_page("train").choose("Dataset", preset(name).config.data.name).use("own:dense")
    tab.use(name)
    assert tab.recipe == preset(name).config
    assert tab.value("Epochs") == preset(name).config.epochs
    assert tab.value("Batch size") == preset(name).config.optimizer.batch_size
    assert f"{outline(preset(name).config).parameters:,} parameters" in tab.text


def test_the_bundled_digits_need_more_epochs_than_their_successor(open_page):
    tab = open_page("train")
    assert (tab.recipe.data.name, tab.recipe.epochs) == ("digits", 100)
    assert tab.choose("Dataset", "mnist").recipe == preset("R0-simple").config


def test_published_sizes_are_shown(open_page):
    tab = open_page("train").use("R0-simple")
    assert "644,804 parameters" in tab.text
    assert "784–400– 20 –400–784" in tab.text
    assert "minimise BCE" in tab.text


def test_noise_out_of_proportion_to_the_pixels_is_cautioned(open_page):
    noisy = ['data.name="digits"', 'corruption="gaussian"', "corruption.sigma=0.3"]
    assert "from black to white" not in open_page("train", set=noisy).text
    tab = open_page(
        "train", set=[*noisy, 'data.scaling="raw"', 'architecture.output="none"', 'objective.reconstruction.loss="mse"']
    )
    assert "Noise of 0.3 on pixels that span 255 from black to white: it can hardly be seen." in tab.text


def test_a_preset_keeps_the_chosen_data_set_and_epochs(open_page):
    tab = open_page("train").type("Epochs", 7).use("R0-elaborate")
    assert (tab.recipe.data.name, tab.recipe.epochs) == ("digits", 7)


@pytest.mark.parametrize("name", registry.architectures.names())
def test_an_architecture_of_ones_own(open_page, name):
    tab = open_page("train").use(f"own:{name}")
    assert tab.problem == ""
    assert tab.recipe.architecture.name == name
    assert f"{outline(tab.recipe).parameters:,} parameters" in tab.text


def test_leaving_a_vae_drops_its_term(open_page):
    tab = open_page("train").use("R0-vae").use("own:dense")
    assert tab.problem == ""
    assert [term.name for term in tab.recipe.objective] == ["reconstruction"]


def test_a_term_that_still_fits_stays(open_page):
    tab = open_page("train").use("R0-vae").use("own:conditional")
    assert tab.problem == ""
    assert [term.name for term in tab.recipe.objective] == ["reconstruction", "kl"]


def test_layers_come_and_go(open_page):
    tab = open_page("train")
    tab.click(added(tab, "architecture.widths+")).click(added(tab, "architecture.widths+"))
    assert tab.recipe.architecture.widths == (400, 400, 400)
    tab.type("Layer 2", 77).click(added(tab, "architecture.widths-"))
    assert tab.recipe.architecture.widths == (400, 77)
    assert "784–400–77– 20 –77–400–784" in tab.text
    for _ in range(2):
        tab.click(added(tab, "architecture.widths-"))
    assert tab.recipe.architecture.widths == ()
    assert tab.button(added(tab, "architecture.widths-")).disabled


def test_a_width_beyond_its_bound_is_refused_not_swallowed(open_page):
    tab = open_page("train").type("Layer 1", 5000)
    assert tab.problem == "Widths must be 1 to 4,096; got 5000."
    assert tab.recipe.architecture.widths == (400,)
    assert tab.value("Layer 1") == 400


def added(tab, start):
    """The key of a button, whose last part counts the recipe's versions."""
    return next(button.key for button in tab.app.button if (button.key or "").startswith(start))


def test_the_decoder_need_not_mirror(open_page):
    tab = open_page("train")
    tab.settle(tab.field(tab.app.toggle, "Mirror the encoder").set_value(False).run())
    assert tab.recipe.architecture.decoder_widths == (64,)
    tab.settle(tab.field(tab.app.toggle, "Mirror the encoder").set_value(True).run())
    assert tab.recipe.architecture.decoder_widths is None


def test_terms_come_and_go(open_page):
    tab = open_page("train").click("Add KL to N(0, I)")
    assert tab.recipe.architecture.variational
    assert [term.name for term in tab.recipe.objective] == ["reconstruction", "kl"]
    tab.click("Remove KL to N(0, I)")
    assert [term.name for term in tab.recipe.objective] == ["reconstruction"]


def test_a_term_brings_what_it_wants(open_page):
    tab = open_page("train").click("Add KL to a target rate")
    assert tab.problem == ""
    assert tab.recipe.architecture.code_activation == "sigmoid"


@pytest.mark.parametrize(("model", "form"), [("own:dense", "exact"), ("own:conv_transpose", "hutchinson")])
def test_the_contractive_penalty_comes_in_the_form_that_the_model_can_afford(open_page, model, form):
    tab = open_page("train").use(model).click("Add Contractive penalty")
    assert tab.problem == ""
    assert [term.form for term in tab.recipe.objective[1:]] == [form]


def test_what_a_model_adds_to_the_sum_is_shown(open_page):
    tab = open_page("train").use("aedash-vq")
    assert "minimise squared error(x̂, x), summed over pixels + ‖sg(z) − e‖² + 0.25 · ‖z − sg(e)‖²" in tab.text


@pytest.mark.parametrize(
    ("model", "button", "sentence"),
    [
        (
            "aedash-pca",
            "Add KL to N(0, I)",
            "KL to N(0, I) cannot be added: variational must be false (PCA has no random draw).",
        ),
        (
            "aedash-vq",
            "Add KL to N(0, I)",
            "KL to N(0, I) cannot be added: variational must be false (The code is chosen, not drawn).",
        ),
        (
            "aedash-vq",
            "Add KL to a target rate",
            "KL to a target rate cannot be added: objective.kl_code needs a code in 0..1: "
            "set architecture.code_activation to sigmoid.",
        ),
    ],
)
def test_a_term_that_does_not_go_with_the_model_says_why(open_page, model, button, sentence):
    tab = open_page("train").use(model)
    before = tab.recipe
    assert tab.click(button).problem == sentence
    assert tab.recipe == before


def test_what_has_a_single_value_is_no_choice(open_page):
    tab = open_page("train").use("aedash-pca")
    assert {"Variational", "Output"}.isdisjoint(widget.label for widget in (*tab.app.toggle, *tab.app.selectbox))
    assert tab.value("Code size") == 20


@pytest.mark.parametrize(
    ("name", "label"),
    [("none", ""), ("gaussian", "Noise sigma"), ("masking", "Noise share"), ("salt_and_pepper", "Noise share")],
)
def test_input_noise_is_chosen_with_its_strength(open_page, name, label):
    tab = open_page("train").choose("Input noise", name)
    assert tab.recipe.corruption.name == name
    assert [field.label for field in tab.app.number_input if field.label.startswith("Noise")] == [label] * bool(label)
    if label:
        tab.type(label, 0.7)
        assert 0.7 in tab.recipe.corruption.model_dump().values()


def test_every_noise_has_its_place_in_that_test():
    assert registry.corruptions.names() == ["gaussian", "masking", "none", "salt_and_pepper"]


@pytest.mark.parametrize(
    ("model", "label", "size", "code"),
    [
        ("own:dense", "Code size", 7, 7),
        ("own:conditional", "Code size", 3, 3),
        ("own:pca", "Code size", 9, 9),
        ("own:graph", "Code size", 5, 5),
        ("own:conv_vae", "Code size", 6, 6),
        ("own:conv_transpose", "Code maps", 2, 2 * 7 * 7),
        ("own:conv_upsample", "Code maps", 2, 2 * 7 * 7),
    ],
)
def test_the_size_of_the_code_stands_in_the_row(open_page, model, label, size, code):
    tab = open_page("train").use(model).type(label, size)
    assert tab.problem == ""
    assert outline(tab.recipe).code == code
    assert tab.value(label) == size
    assert open_page("train", **tab.query).recipe == tab.recipe


def test_the_code_of_words_has_the_size_of_its_codebook(open_page):
    tab = open_page("train").use("own:vq").type("Codebook", 16)
    assert tab.recipe.architecture.words == 16


def test_a_code_beyond_its_bound_is_refused_and_the_row_shows_what_is(open_page):
    tab = open_page("train").type("Code size", 5000)
    assert tab.problem == "Code size must be 1 to 1,024; got 5000."
    assert (tab.recipe.architecture.latent, tab.value("Code size")) == (20, 20)


def test_the_row_follows_what_the_settings_change(open_page):
    tab = open_page("train").use("own:conv_transpose")
    tab.app.session_state["draft"] = vary(tab.recipe, "architecture.encoder", [{"channels": 8}, {"channels": 3}])
    assert tab.again().value("Code maps") == 3


def rows(tab):
    """The grid of the images."""
    return next(grid for grid in tab.live("mosaic") if "MSE" in grid["labels"])


def test_the_noise_is_seen_before_the_start_as_the_network_will_see_it(quick):
    tab = quick()
    assert (rows(tab)["labels"], rows(tab)["filled"]) == (["input", "output", "error", "MSE"], 1)
    tab.choose("Input noise", "gaussian")
    first = rows(tab)
    assert (first["labels"], first["filled"]) == (["clean", "input", "output", "error", "MSE"], 2)
    assert rows(tab.type("Noise sigma", 0.6))["image"] != first["image"]
    seen = noisy_images(tab.recipe)
    run = manager().run(tab.click("Start training").until("finished").run)
    assert np.array_equal(seen, manager().history(run).probes.inputs)


def test_a_plain_vae_is_one_press(open_page):
    tab = open_page("train", set=['data.name="digits"', 'objective.reconstruction.reduction="mean"'])
    tab.use("own:dense+kl")
    assert tab.problem == ""
    assert kind(tab.recipe) == "variational"
    assert [(term.name, term.weight) for term in tab.recipe.objective] == [("reconstruction", 1), ("kl", 1)]
    assert tab.recipe.objective[0].reduction == "sum"
    assert tab.button("choose_model").label == "Variational autoencoder"
    assert tab.use("own:dense").button("choose_model").label == "Dense autoencoder"
    assert not tab.recipe.architecture.variational


def test_a_model_keeps_its_name_with_another_code_size(open_page):
    tab = open_page("train", preset="R0-simple").type("Code size", 10)
    assert tab.recipe.architecture.latent == 10
    assert tab.button("choose_model").label == "R0-simple"


def test_another_reduction_offers_to_keep_the_balance(open_page):
    tab = open_page("train", preset="R0-vae-meant").choose("Reduction", "mean")
    assert "to keep the balance of the terms, change KL 1 to 0.00128" in tab.text
    assert tab.click("Rescale").recipe.objective[1].weight == pytest.approx(1 / 784)


@pytest.mark.parametrize(("label", "value"), [("Scaling", "raw"), ("Output", "none"), ("Scaling", "standardised")])
def test_what_does_not_fit_is_refused_in_one_sentence(open_page, label, value):
    tab = open_page("train")
    before, shown = tab.recipe, tab.value(label)
    tab.choose(label, value)
    assert tab.problem.startswith("BCE needs pixels")
    assert tab.problem.endswith("MSE takes any pixels and outputs.")
    assert tab.recipe == before
    assert tab.value(label) == shown
    assert tab.type("Epochs", 3).problem == ""


def test_a_batch_beyond_the_images_is_refused_at_start(open_page):
    tab = open_page("train").type("Batch size", 5000).click("Start training")
    assert tab.problem == "Batch size must be 1 to 1,437; Digits has 1,437 training images here."
    assert "Start training" in tab.buttons


def test_the_recipe_survives_a_visit_elsewhere(open_page):
    tab = open_page("train").type("Epochs", 33).choose("Input noise", "gaussian").open("runs").open("train")
    assert tab.value("Epochs") == 33
    assert tab.value("Input noise") == "gaussian"


def test_the_address_tells_the_recipe(open_page):
    tab = open_page("train").use("R0-vae").type("Epochs", 12).type("Layer 1", 99)
    query = {name: tab.app.query_params[name] for name in tab.app.query_params}
    assert open_page("train", **query).recipe == tab.recipe


def test_a_click_that_comes_with_a_refused_value_starts_nothing(open_page):
    tab = open_page("train")
    tab.field(tab.app.number_input, "Epochs").set_value(20_000)
    tab.settle(tab.button("Start training").click().run())
    assert tab.problem == "Epochs must be 1 to 10,000; got 20000."
    assert manager().runs() == []
    tab.click("Start training")
    assert len(manager().runs()) == 1
    manager().stop(manager().runs()[0].id)


def test_a_class_is_left_out_by_its_name_and_told_wherever_the_run_is(open_page):
    tab = open_page("train").choose("Class left out", "4")
    assert tab.recipe.data.without == 4
    assert "images without 4; test: 360 others, 4 among them" in tab.text
    assert "data.without=4" in tab.query["set"]
    assert tab.choose("Class left out", "none").recipe.data.without is None
    tab = open_page("train", preset=["R0-simple"], set=["data.without=12"])
    assert tab.recipe.data.without is None
    assert "data.without" in tab.text
