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


def build(config: ArchitectureConfig, info: DataInfo, seed: int) -> Autoencoder:
    """The architecture with its initial weights, which depend on `seed` alone.

    Raises Refused when layers do not fit or the model is too large, before any memory is taken.
    """
    outline(config, info)
    with _building, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return registry.architectures.get(config.name).build(config, info)


def outline(config: ArchitectureConfig, info: DataInfo) -> Autoencoder:
    """The architecture on the meta device: shapes alone, no memory. Raises Refused as `build` does."""
    with torch.device("meta"):
        model = registry.architectures.get(config.name).build(config, info)
    if (size := parameters(model)) > LARGEST:
        allowed = f"up to {LARGEST:,}"
        raise Refused(f"The model would have {size:,} parameters; allowed: {allowed}.", "architecture", allowed)
    return model
