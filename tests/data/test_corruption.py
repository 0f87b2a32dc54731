"""What a corruption does to the input, and to nothing else."""

import pytest
import torch

from aedash import registry
from aedash.data.corruption import (
    SPAN,
    GaussianCorruption,
    MaskingCorruption,
    NoCorruption,
    SaltAndPepperCorruption,
    caution,
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


SENSIBLE = [("unit", 0.3), ("unit", 1), ("unit", 0.01), ("raw", 76), ("standardised", 1), ("raw", 0)]
FAINT = [("raw", 0.3), ("raw", 2.5), ("unit", 0.001), ("standardised", 0.01)]
LOUD = [("unit", 1.1), ("unit", 76), ("standardised", 10)]


@pytest.mark.parametrize(("scaling", "sigma"), SENSIBLE)
def test_noise_in_proportion_to_the_pixels_gets_no_word(scaling, sigma):
    assert caution(GaussianCorruption(sigma=sigma), scaling) == ""


@pytest.mark.parametrize(("scaling", "sigma"), FAINT)
def test_noise_that_cannot_be_seen_is_cautioned(scaling, sigma):
    assert "it can hardly be seen" in caution(GaussianCorruption(sigma=sigma), scaling)


@pytest.mark.parametrize(("scaling", "sigma"), LOUD)
def test_noise_that_drowns_the_image_is_cautioned(scaling, sigma):
    assert "little of the image is left" in caution(GaussianCorruption(sigma=sigma), scaling)


def test_the_caution_names_the_scale_and_what_is_sensible():
    assert caution(GaussianCorruption(sigma=0.3), "raw") == (
        "Noise of 0.3 on pixels that span 255 from black to white: it can hardly be seen. Sensible is 2.55 to 255."
    )


@pytest.mark.parametrize("config", [NoCorruption(), MaskingCorruption(p=0.95), SaltAndPepperCorruption(p=0.001)])
def test_a_share_of_the_pixels_has_no_scale(config):
    assert caution(config, "raw") == ""


@pytest.mark.parametrize("config", [MaskingCorruption(p=1), SaltAndPepperCorruption(p=1)])
def test_a_share_that_leaves_nothing_is_cautioned(config):
    assert caution(config, "unit") == (
        "100 % of the pixels are hit: little of the image is left. Sensible is up to 95 %."
    )


def test_the_spans_are_those_of_the_scalings(digits):
    for scaling, span in SPAN.items():
        black, white = digits.scaling(scaling).levels
        assert white - black == pytest.approx(span, rel=0.2)
