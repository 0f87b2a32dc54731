"""What a corruption does to the input, and to nothing else."""

import pytest
import torch

from aedash import registry
from aedash.data.corruption import (
    GaussianCorruption,
    MaskingCorruption,
    NoCorruption,
    SaltAndPepperCorruption,
    corrupt,
)

CLEAN = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def drawn(seed, config):
    return corrupt(CLEAN, config, (0.0, 1.0), torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", registry.corruptions.names())
def test_the_clean_images_stay_as_they_are(name):
    before = CLEAN.clone()
    corrupted = drawn(0, registry.corruptions.get(name).config())
    assert CLEAN.equal(before)
    assert corrupted.shape == CLEAN.shape
    assert corrupted.dtype == CLEAN.dtype


@pytest.mark.parametrize("name", registry.corruptions.names())
def test_the_generator_alone_decides(name):
    config = registry.corruptions.get(name).config()
    torch.manual_seed(1)
    first, state = drawn(7, config), torch.get_rng_state()
    torch.manual_seed(2)
    assert drawn(7, config).equal(first)
    torch.manual_seed(1)
    assert torch.get_rng_state().equal(state)


def test_none_changes_nothing():
    assert drawn(0, NoCorruption()).equal(CLEAN)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 2.0])
def test_gaussian_noise_has_the_deviation_asked_for_and_is_not_clipped(sigma):
    noise = drawn(0, GaussianCorruption(sigma=sigma)) - CLEAN
    assert float(noise.std()) == pytest.approx(sigma, rel=0.02)
    assert float(noise.mean()) == pytest.approx(0, abs=0.02 * sigma)
    assert float(noise.abs().max()) > 3 * sigma


def test_gaussian_noise_differs_from_pixel_to_pixel_and_from_draw_to_draw():
    config = GaussianCorruption()
    noise = drawn(0, config) - CLEAN
    assert not noise[0].allclose(noise[1])
    assert not drawn(1, config).allclose(drawn(0, config))


def test_gaussian_without_deviation_changes_nothing():
    assert drawn(0, GaussianCorruption(sigma=0)).equal(CLEAN)


@pytest.mark.parametrize("p", [0, 0.05, 0.25, 1])
def test_masking_blackens_its_share_of_the_pixels_and_leaves_the_others(p):
    masked = corrupt(CLEAN, MaskingCorruption(p=p), (-0.5, 2.0), torch.Generator().manual_seed(0))
    assert float((masked == -0.5).float().mean()) == pytest.approx(p, abs=0.01)
    assert ((masked == CLEAN) | (masked == -0.5)).all()


@pytest.mark.parametrize("p", [0, 0.05, 0.25, 1])
def test_salt_and_pepper_hits_its_share_of_the_pixels_half_black_and_half_white(p):
    hit = corrupt(CLEAN, SaltAndPepperCorruption(p=p), (-0.5, 2.0), torch.Generator().manual_seed(0))
    for level in (-0.5, 2.0):
        assert float((hit == level).float().mean()) == pytest.approx(p / 2, abs=0.01)
    assert ((hit == CLEAN) | (hit == -0.5) | (hit == 2.0)).all()
