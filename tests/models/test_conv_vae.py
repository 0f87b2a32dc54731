"""The leak of R4's convolutional VAE: pool indices tell the decoder what the code does not."""

import pytest
import torch

from aedash.data.image_data import Batch
from aedash.models import build
from aedash.models.conv_vae import ERASED, ConvVAEConfig
from tests import fakes


@pytest.fixture
def images(digits):
    return digits.test.images[:40].float() / 255


def decoded(model, x, z):
    return model.decode(z, model.encode(x).context)


def test_with_a_leak_an_erased_code_still_draws_every_image_otherwise(images, digits):
    leaky, honest = (build(ConvVAEConfig(leak=leak), digits.info, seed=0) for leak in (True, False))
    nothing = torch.zeros(len(images), 32)
    told = [(drawn - drawn[0]).abs().max() for drawn in (decoded(each, images, nothing) for each in (leaky, honest))]
    assert told[0] > 1e-3
    assert told[1] < 1e-6


def test_a_trained_leak_draws_better_than_the_mean_picture_without_any_code(digits):
    """Which no honest decoder can: without a code it has one picture for all."""
    quick = {"batch_size": 32, "learning_rate": 0.01}
    small = {"name": "conv_vae", "channels": 8}
    run = fakes.config(architecture=small, objective=["reconstruction", "kl"], optimizer=quick, epochs=5)
    model = fakes.fitted(run, digits)[0].model
    images = digits.test.images.float() / 255
    with torch.no_grad():
        mean = model.encode(images).mean.mean(0).expand(len(images), -1)
        drawn = decoded(model, images, mean)
    share = (drawn - images).square().mean() / (images - images.mean(0)).square().mean()
    assert share < 1
    found = model.measures(Batch(x, x, x, x) for x in images.split(100))
    assert found == {ERASED: pytest.approx(float(share), rel=1e-4)}


def test_the_exhibit_erases_by_the_mean_code_of_all_images_given(images, digits):
    """Zeros are a wrong code, not an absent one."""
    model = build(ConvVAEConfig(), digits.info, seed=0)
    shown = model.exhibit(Batch(images, images, digits.test.labels[:40], torch.arange(40)))
    mean = model.encode(images).mean.mean(0)
    assert torch.allclose(shown[2], decoded(model, images[:9], mean.expand(9, -1)), atol=1e-6)
    assert not torch.allclose(shown[2], decoded(model, images[:9], torch.zeros(9, 32)), atol=1e-4)
