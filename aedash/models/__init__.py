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
    entry = registry.architectures.get(config.name)
    with torch.device("meta"):
        size = parameters(entry.build(config, info))
    if size > LARGEST:
        allowed = f"up to {LARGEST:,}"
        raise Refused(f"The model would have {size:,} parameters; allowed: {allowed}.", "architecture", allowed)
    with _building, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return entry.build(config, info)
