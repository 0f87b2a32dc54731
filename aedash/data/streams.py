"""Randomness: one generator a purpose, so that adding a term or a viewer moves no other stream."""

import hashlib

import torch
from torch import Generator


def stream(seed: int, purpose: str, device: torch.device | None = None) -> Generator:
    """A generator seeded from (seed, purpose): init, order/<epoch>, corruption, posterior, evaluation, samples, ..."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return Generator(device or torch.device("cpu")).manual_seed(int.from_bytes(digest[:7], "big"))
