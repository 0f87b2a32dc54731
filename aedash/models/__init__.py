"""Autoencoders: one file a family, found by the registry."""

from threading import Lock

import torch

from aedash import registry
from aedash.config import ArchitectureConfig, DataInfo
from aedash.models.base import Autoencoder

# nn.Linear draws from torch's global generator: two threads that build at once would share one stream.
_building = Lock()


def build(config: ArchitectureConfig, info: DataInfo, seed: int) -> Autoencoder:
    """The architecture with its initial weights, which depend on `seed` alone. Refused when layers do not fit."""
    entry = registry.architectures.get(config.name)
    with _building, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return entry.build(config, info)
