"""Randomness: one generator a purpose, so that adding a term or a viewer moves no other stream."""

import hashlib

import torch
from torch import Generator


def stream(seed: int, purpose: str, device: torch.device | None = None) -> Generator:
    """A generator seeded from (seed, purpose): init, order/<epoch>, corruption, posterior, evaluation, samples, ...

    The same numbers for the same pair on the same kind of device; the first 56 bits of a sha256 seed it. device: None
    for the CPU.

    >>> draws = [torch.rand(1, generator=stream(0, purpose)).item() for purpose in ("order/0", "order/0", "order/1")]
    >>> draws[0] == draws[1], draws[1] == draws[2]
    (True, False)
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return Generator(device or torch.device("cpu")).manual_seed(int.from_bytes(digest[:7], "big"))
