"""Trained models for the analyses: small, on digits."""

import pytest
import torch

from aedash.analysis.trained import Trained
from aedash.models import build
from aedash.models.base import Autoencoder, Posterior
from tests import fakes


def asked(config, model, data):
    """The model as an analysis gets it."""
    return Trained(config, model.eval().requires_grad_(False), data, data.scaling(config.data.scaling))


class Identity(Autoencoder):
    """The code is the image."""

    latent_shape = (1, 28, 28)

    def encode(self, x, context=None):
        return Posterior(x)

    def decode(self, z, context=None):
        return z


@pytest.fixture(scope="session")
def learnt(digits):
    """learnt(**fields): a Trained of a small network, fitted for two epochs."""
    return lambda **fields: asked(fakes.config(**fields), fakes.fitted(fakes.config(**fields), digits)[0].model, digits)


@pytest.fixture(scope="session")
def begun(digits):
    """begun(**fields): a Trained with initial weights."""

    def make(**fields):
        config = fakes.config(**fields)
        return asked(config, build(config.architecture, digits.info, config.seed), digits)

    return make


@pytest.fixture(scope="session")
def small(learnt):
    """A dense network with a code of four numbers."""
    return learnt()


@pytest.fixture(scope="session")
def variational(learnt):
    return learnt(**fakes.VARIATIONAL)


@pytest.fixture(scope="session")
def identity(digits):
    """identity(**fields): a model that returns its input."""
    return lambda **fields: asked(fakes.config(**fields), Identity(), digits)


@pytest.fixture(scope="session")
def diverged(digits):
    """A model all of whose weights are not a number."""
    config = fakes.config()
    model = build(config.architecture, digits.info, 0)
    for parameter in model.parameters():
        parameter.data.fill_(torch.nan)
    return asked(config, model, digits)
