"""Autoencoders: one file a family, found by the registry."""

from threading import Lock

import torch

from aedash import registry
from aedash.config import ArchitectureConfig, DataInfo
from aedash.models.base import Autoencoder, parameters
from aedash.registry import Refused

LARGEST = 50_000_000  # parameters

# nn.Linear draws from torch's global generator: two threads that build at once would share one stream.
_building = Lock()


def trial(config: ArchitectureConfig, info: DataInfo) -> Autoencoder:
    """The architecture on the meta device: its shapes without its numbers, which take no memory and no time.

    Raises Refused when layers do not fit an image of `info.shape`, or the model has more than 50,000,000 parameters.
    """
    with torch.device("meta"):
        model = registry.architectures.get(config.name).build(config, info)
    size = parameters(model)
    if size > LARGEST:
        allowed = f"up to {LARGEST:,}"
        raise Refused(f"The model would have {size:,} parameters; allowed: {allowed}.", "architecture", allowed)
    return model


def build(config: ArchitectureConfig, info: DataInfo, seed: int) -> Autoencoder:
    """The architecture with its initial weights, which depend on `seed` alone, on the CPU and in training mode.

    torch's global generator is left as it was. Raises Refused as `trial` does.

    >>> from aedash.config import parse
    >>> digits = registry.datasets.get("digits").info
    >>> model = build(parse({"architecture": "dense"}).architecture, digits, seed=0)
    >>> model.latent_shape
    (32,)
    >>> code = model.encode(torch.zeros(5, *digits.shape)).mean
    >>> code.shape, model.decode(code).shape
    (torch.Size([5, 32]), torch.Size([5, 1, 28, 28]))
    """
    trial(config, info)
    with _building, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return registry.architectures.get(config.name).build(config, info)
