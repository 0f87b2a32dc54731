"""RunConfig: bounds in one sentence, one field changed at a time, nothing lost on the way to JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aedash import registry
from aedash.config import RunConfig, check, differences, flat, parse, training_images, vary, vary_all
from aedash.presets.base import preset
from aedash.registry import Refused
from tests import fakes

DIGITS = registry.datasets.get("digits").info
WHOLE = fakes.config(**fakes.VARIATIONAL, corruption={"name": "gaussian"})


def refused(call, *args):
    """The one sentence with which a call is refused."""
    with pytest.raises(Refused) as error:
        call(*args)
    sentence = str(error.value)
    assert sentence.endswith(("." , "?"))  # fmt: skip
    assert "\n" not in sentence
    assert len(sentence) < 1000
    return sentence


BOUNDS = [
    ("epochs", 0, "Epochs must be 1 to 10,000; got 0."),
    ("epochs", 10**9, "Epochs must be 1 to 10,000; got 1000000000."),
    ("epochs", "many", "Epochs must be 1 to 10,000; got many."),
    ("seed", -1, "Seed must be 0 to 2,147,483,647; got -1."),
    ("threads", 257, "Threads must be 0 to 256; got 257."),
    ("optimizer.learning_rate", 0, "Learning rate must be above 0 and up to 10; got 0."),
    ("optimizer.learning_rate", -1, "Learning rate must be above 0 and up to 10; got -1."),
    ("optimizer.learning_rate", 1e9, "Learning rate must be above 0 and up to 10; got 1000000000.0."),
    ("optimizer.batch_size", 0, "Batch size must be 1 to 100,000; got 0."),
    ("architecture.latent", 0, "Code size must be 1 to 1,024; got 0."),
    ("architecture.latent", 100_000, "Code size must be 1 to 1,024; got 100000."),
    ("architecture.output", "tanh", "Output must be 'sigmoid' or 'none'; got tanh."),
    ("data.validation", 0.95, "Validation must be 0 to 0.9; got 0.95."),
    ("data.name", "imagenet", "Unknown dataset 'imagenet'; known: digits, fashion-mnist, kmnist, mnist."),
    ("corruption.sigma", 256, "Sigma must be 0 to 255; got 256."),
    ("objective.kl.weight", -1, "Weight must be 0 to 1,000,000; got -1."),
    ("objective.reconstruction.loss", "hinge", "Loss must be 'mse' or 'bce'; got hinge."),
]


@pytest.mark.parametrize(("path", "value", "sentence"), BOUNDS)
def test_a_bound_is_told_in_one_sentence(path, value, sentence):
    assert refused(vary, WHOLE, path, value) == sentence


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1\n2", "x" * 5000, None, [], {"a": 1}, True, 10**400])
@pytest.mark.parametrize(
    "path", ["epochs", "optimizer.learning_rate", "architecture.latent", "data.name", "corruption"]
)
def test_nonsense_is_refused_in_one_sentence(path, value):
    if (path, value) in [("epochs", True), ("architecture.latent", True), ("optimizer.learning_rate", True)]:
        assert vary(WHOLE, path, value)  # JSON's true counts as one, as in Python
    else:
        refused(vary, WHOLE, path, value)


@pytest.mark.parametrize(
    "raw", [None, [], "digits", 3, {"epochs": {}}, {"nonsense": 1}, {"objective": []}, {"a\nb": 1}]
)
def test_what_is_no_config_is_refused_in_one_sentence(raw):
    refused(parse, raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"objective": ["kl", "reconstruction"]}, "must start with reconstruction"),
        ({"objective": ["reconstruction", "reconstruction"]}, "name each term once"),
        ({"objective": ["reconstruction", "kl"]}, "needs a variational architecture"),
        (
            {"objective": [{"name": "reconstruction", "loss": "bce"}], "data": {"scaling": "raw"}},
            "BCE needs pixels in 0..1",
        ),
        ({"architecture": {"latent": 3}}, "Needs the name of a registered architecture: con"),
        ({"architecture": {"name": "dense", "height": 3}}, "height is not a known field"),
        ({"architecture": "perceptron"}, "Unknown architecture 'perceptron'"),
    ],
)
def test_what_does_not_go_together_is_refused(raw, words):
    assert words in refused(parse, raw)


# -- the second gate


@pytest.mark.parametrize(("share", "images"), [(0, 1437), (1 / 6, 1197), (0.9, 144)])
def test_a_batch_is_at_most_the_training_images(share, images):
    config = fakes.config(data={"validation": share}, optimizer={"batch_size": images})
    assert training_images(config.data, DIGITS) == images
    assert check(config, DIGITS) == config
    sentence = refused(check, vary(config, "optimizer.batch_size", images + 1), DIGITS)
    assert sentence == f"Batch size must be 1 to {images:,}; Digits has {images:,} training images here."


# -- one field changed


@pytest.mark.parametrize("path", ["nonsense", "", ".", "optimizer", "optimizer.", "optimizer.speed", "optimizer.a.b"])
def test_an_unknown_path_is_refused_with_the_known_ones(path):
    sentence = refused(vary, WHOLE, path, 1)
    assert sentence.startswith("Unknown path") or path == "optimizer"
    assert "optimizer.learning_rate" in sentence or path == "optimizer"


@pytest.mark.parametrize(
    "path", ["objective", "objective.kl", "objective.kl.name", "objective.kl.slope", "objective.x.y"]
)
def test_a_term_is_changed_by_its_name_and_field(path):
    refused(vary, WHOLE, path, 1)


def test_a_term_is_added_changed_and_removed():
    plain = vary(WHOLE, "objective.kl.weight", 0)
    assert [term.name for term in plain.objective] == ["reconstruction"]
    added = vary(plain, "objective.kl.weight", 2)
    assert [(term.name, term.weight) for term in added.objective] == [("reconstruction", 1.0), ("kl", 2.0)]
    assert vary(added, "objective.kl.weight", 0.5) == WHOLE
    assert vary(plain, "objective.kl.weight", 0) == plain


def test_changes_are_judged_together():
    both = [("objective.kl.weight", 1), ("architecture.variational", True)]
    assert vary_all(fakes.config(), both).architecture.variational
    refused(vary, fakes.config(), *both[0])


def test_a_part_is_changed_by_its_name():
    assert vary(fakes.config(), "corruption", "gaussian").corruption.sigma == 0.3
    assert vary(fakes.config(), "architecture", "conv_upsample").architecture.name == "conv_upsample"


def test_varying_leaves_the_config_alone():
    before = WHOLE.model_dump()
    vary(WHOLE, "architecture.widths", [3])
    assert WHOLE.model_dump() == before


def test_differences_name_the_paths():
    other = vary_all(WHOLE, [("optimizer.learning_rate", 0.5), ("objective.kl.weight", 0), ("epochs", 7)])
    assert differences(WHOLE, other) == {
        "optimizer.learning_rate": (0.001, 0.5),
        "objective.kl.name": ("kl", None),
        "objective.kl.weight": (0.5, None),
        "epochs": (2, 7),
    }
    assert differences(WHOLE, WHOLE) == {}


def test_flat_tells_every_leaf():
    leaves = flat(WHOLE)
    assert leaves["architecture.widths"] == [16]
    assert leaves["objective.kl.weight"] == 0.5
    assert leaves["epochs"] == 2
    assert not any(isinstance(value, dict) for value in leaves.values())


# -- JSON and keys

EVERY = [pytest.param(lambda name=name: preset(name).config, id=name) for name in registry.presets.names()] + [
    pytest.param(lambda name=name: fakes.config(corruption=name), id=name) for name in registry.corruptions.names()
]


@pytest.mark.parametrize("make", EVERY)
def test_nothing_is_lost_in_json(make):
    config = make()
    again = RunConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert again.key() == config.key()
    assert parse(json.loads(json.dumps(config.model_dump(mode="json")))) == config
    assert len(config.key()) == 64


def test_a_class_left_out_is_another_run_and_none_left_out_the_same_as_ever():
    assert parse({}).key().startswith("09075dc955a706ec")  # as it was before there was such a field
    odd = vary(parse({}), "data.without", 4)
    assert odd.key() != parse({}).key()
    assert parse(json.loads(odd.model_dump_json())) == odd
    assert differences(parse({}), odd) == {"data.without": (None, 4)}
    assert vary(odd, "data.without", None) == parse({})
    assert "without" not in parse({}).model_dump_json()


@pytest.mark.parametrize("label", [10, -1, "cat", 1.5])
def test_a_class_that_is_not_there_cannot_be_left_out(label):
    assert refused(vary, parse({}), "data.without", label).startswith(("The class left out must be", "Class left out"))


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion-mnist", "kmnist"])
def test_classes_and_their_counts_agree(name):
    info = registry.datasets.get(name).info
    assert len(info.per_class) == len(info.classes)
    assert training_images(parse({"data": {"name": name, "validation": 0, "without": 1}}).data, info) == (
        info.train - info.per_class[1]
    )


def test_keys_are_equal_for_equal_configs_only():
    spelt_out = {"name": "dense", "widths": [128, 64], "latent": 32}
    assert parse({"architecture": spelt_out}).key() == parse({}).key() == parse({"architecture": "dense"}).key()
    reordered = {"epochs": 10, "data": {"validation": 1 / 6, "name": "digits"}}
    assert parse(reordered).key() == parse({}).key()
    assert parse({"seed": 1}).key() != parse({}).key()
    assert parse({"architecture": {**spelt_out, "widths": [64, 128]}}).key() != parse({}).key()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
PATHS = sorted(set(flat(WHOLE)) | {"architecture.decoder_widths", "architecture.init", "architecture", "corruption"})


def attempt(call, *args):
    """What the call gives, or None when it is refused, then in one line."""
    try:
        return call(*args)
    except Refused as refusal:
        sentence = str(refusal)
    assert sentence
    assert "\n" not in sentence
    return None


@given(path=st.sampled_from(PATHS), value=ANYTHING)
def test_any_value_is_valid_or_refused_in_one_line(path, value):
    config = attempt(vary, WHOLE, path, value)
    assert config is None or parse(config.model_dump(mode="json")) == config


@given(raw=st.dictionaries(st.sampled_from([*RunConfig.model_fields, "x"]), ANYTHING, max_size=4) | ANYTHING)
def test_any_config_is_valid_or_refused_in_one_line(raw):
    config = attempt(parse, raw)
    assert config is None or RunConfig.model_validate_json(config.model_dump_json()) == config


@given(path=st.text(max_size=30))
def test_any_path_is_known_or_refused_in_one_line(path):
    attempt(vary, WHOLE, path, 1)
