"""One vocabulary: what a field is called does not depend on the page."""

import pytest

from aedash import registry, words
from aedash.config import flat
from aedash.presets.base import preset


@pytest.mark.parametrize(
    ("path", "name", "short"),
    [
        ("optimizer.learning_rate", "learning rate", "lr"),
        ("objective.kl.weight", "KL weight", "KL"),
        ("objective.l1_code.weight", "L1 code weight", "L1 code"),
        ("corruption.sigma", "noise sigma", "sigma"),
        ("corruption.name", "input noise", "name"),
        ("data.name", "data set", "name"),
        ("architecture.latent", "code size", "code size"),
    ],
)
def test_a_field_has_one_name(path, name, short):
    assert words.field(path) == name
    assert words.short(path) == short


def test_a_widget_among_its_own_says_the_last_step():
    assert words.label("objective.kl.weight") == "Weight"
    assert words.label("optimizer.learning_rate") == "Learning rate"


def test_beside_others_it_says_of_what():
    assert words.title("objective.kl.weight") == "Weight of KL to N(0, I)"
    assert words.title("corruption.sigma", "gaussian") == "Sigma of Gaussian noise"
    assert words.title("optimizer.learning_rate", "gaussian") == "Learning rate"


@pytest.mark.parametrize("name", registry.presets.names())
def test_no_field_of_a_preset_shows_its_code(name):
    for path in flat(preset(name).config):
        assert not {"_", "."} & set(words.field(path) + words.label(path) + words.title(path)), path
