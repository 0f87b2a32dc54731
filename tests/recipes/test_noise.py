"""Noise: kinds come from the registry, level 0 is the plain control, tested levels hold those of training."""

import pytest

from aedash import registry
from aedash.config import vary
from aedash.data.corruption import GaussianCorruption, MaskingCorruption, NoCorruption
from aedash.recipes import noise


def test_every_corruption_of_one_number_is_a_kind():
    assert set(noise.kinds()) >= {"gaussian", "masking", "salt_and_pepper"}
    assert "none" not in noise.kinds()
    assert noise.kinds()["gaussian"] == "Gaussian"
    assert (noise.strongest("gaussian"), noise.strongest("masking")) == (2, 1)
    assert noise.unit("gaussian") == "deviation of the noise"
    assert noise.unit("salt_and_pepper") == "share of the pixels that are hit"


@pytest.mark.parametrize("kind", ["gaussian", "masking", "salt_and_pepper"])
def test_a_level_goes_into_a_config_and_back(kind):
    plain, noisy = (vary(noise.base("dense"), "corruption", noise.raw(kind, level)) for level in (0, 0.3))
    assert plain.corruption == NoCorruption()
    assert noise.level_of(plain.corruption) == 0
    assert noisy.corruption == noise.noise(kind, 0.3)
    assert (noise.kind_of(noisy.corruption), noise.level_of(noisy.corruption)) == (kind, 0.3)


def test_levels_of_training_are_tested_too():
    assert len(noise.levels("gaussian")) == 21
    assert noise.levels("masking")[:3] == (0, 0.05, 0.1)
    assert 0.33 in noise.levels("gaussian", (0, 0.33))
    assert noise.noise("gaussian", 0) == GaussianCorruption(sigma=0)
    assert noise.noise("masking", 1) == MaskingCorruption(p=1)


def test_every_network_makes_a_config_on_pixels_of_0_to_1():
    assert next(iter(noise.networks())) == "dense"
    for network in noise.networks():
        config = noise.base(network)
        assert config.data.scaling == "unit"
        assert config.corruption == NoCorruption()
        terms = [term.name for term in config.objective]
        assert ("kl" in terms) == config.architecture.variational
    assert set(noise.networks()) >= set(registry.architectures.names()) - {"dense", "conv_transpose", "pca"}


@pytest.mark.parametrize(
    ("kind", "scaling", "meant"),
    [
        ("gaussian", "unit", True),
        ("gaussian", "standardised", False),
        ("gaussian", "raw", False),
        ("masking", "raw", True),
        ("none", "raw", True),
    ],
)
def test_a_deviation_is_on_pixels_only_where_they_are_not_scaled(kind, scaling, meant):
    config = vary(vary(noise.base("dense"), "data.scaling", scaling), "corruption", kind)
    assert noise.on_pixels(config) is meant
