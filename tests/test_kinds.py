"""Kinds: what sort of autoencoder a config makes, read off its parts; pairs: as published, mended."""

import re

import pytest

from aedash import registry, words
from aedash.config import parse, vary
from aedash.kinds import KINDS, kind
from aedash.presets.base import preset

SOME = {
    "R0-simple": "plain",
    "R0-elaborate": "deep",
    "R2-deep-linear": "linear",
    "aedash-pca": "linear",
    "R3-transpose": "convolutional",
    "R4-denoising": "convolutional",  # as published: its noise is never added
    "R4-denoising-meant": "denoising",
    "R4-sparse": "sparse",
    "R2-contractive-5": "contractive",
    "aedash-wae": "Wasserstein",
    "R4-conv-vae": "variational",
    "aedash-conditional": "variational",
    "aedash-vq": "discrete",
}


@pytest.mark.parametrize("name", registry.presets.names())
def test_every_preset_is_of_a_known_kind(name):
    assert kind(preset(name).config) in KINDS


@pytest.mark.parametrize(("name", "word"), SOME.items())
def test_kinds_follow_from_the_parts(name, word):
    assert kind(preset(name).config) == word


@pytest.mark.parametrize("name", registry.architectures.names())
def test_every_architecture_is_of_a_known_kind(name):
    objective = ["reconstruction"] if name != "pca" else [{"name": "reconstruction", "loss": "mse"}]
    assert kind(parse({"architecture": name, "objective": objective})) in KINDS


def test_of_several_kinds_the_more_special_counts():
    config = preset("R3-transpose").config
    assert kind(vary(config, "corruption", "gaussian")) == "denoising"
    assert kind(vary(config, "objective.contractive.form", "hutchinson")) == "contractive"
    assert kind(vary(config, "architecture.variational", True)) == "variational"


def test_a_word_that_nobody_knows_tells_most(monkeypatch):
    config = preset("R0-vae").config
    monkeypatch.setattr(type(config.architecture), "kind", lambda self: "flow")
    assert kind(config) == "flow"


def test_pairs_are_told_apart():
    variants = {name: preset(name).variant for name in registry.presets.names()}
    assert variants["R0-vae"] == "as published"
    assert variants["R0-vae-meant"] == "mended"
    assert variants["R0-simple"] == ""
    assert list(variants.values()).count("as published") == list(variants.values()).count("mended")


def test_every_preset_says_what_it_is_in_plain_words_of_its_own():
    presets = [preset(name) for name in registry.presets.names()]
    headlines = [each.headline for each in presets]
    assert len(set(headlines)) == len(headlines) == len({each.plain for each in presets})
    for each in presets:
        assert 8 <= len(each.headline) <= 45
        assert re.fullmatch(r"[A-Z].{20,110}\.", each.plain)
        assert not re.search(r"R\d|-meant|nats|BCE|KL|sigmoid|Jacobian", each.headline + each.plain)


def test_a_mended_preset_is_called_so():
    assert words.model("R4-conv-vae-meant") == "R4-conv-vae, mended"
    assert words.model("meant-well") == "meant-well"
    assert words.model("") == ""


def test_what_was_mended_is_no_flaw():
    assert preset("R0-vae").warns
    assert not preset("R0-vae-meant").warns
    assert not preset("R0-simple").warns
