"""The leak of R4's convolutional VAE: pool indices tell the decoder what the code does not."""

import pytest
import torch

from aedash.models import build
from aedash.models.conv_vae import ConvVAEConfig
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
        drawn = decoded(model, images, torch.zeros(len(images), 32))
    assert (drawn - images).square().mean() < (images - images.mean(0)).square().mean()
