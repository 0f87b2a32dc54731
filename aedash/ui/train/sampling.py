"""Sampling: what may be expected of images that are decoded from random codes."""

from aedash.config import RunConfig

SHAPED = ("kl", "mmd")  # terms that bring the codes of images close to those that are drawn


def hint(config: RunConfig) -> str:
    """What the samples are, and for a model whose codes may lie anywhere why they are poor."""
    if any(term.name in SHAPED for term in config.objective):
        return "Decoded from random codes, the same ones all along."
    return "Decoded from random codes. This model is not made for that: a VAE is."
