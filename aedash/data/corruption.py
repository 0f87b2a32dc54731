"""Corruptions: what is done to the input while the target stays clean (Vincent et al. 2008)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Generator, Tensor

from aedash import registry
from aedash.config import CorruptionConfig


@dataclass(frozen=True)
class CorruptionEntry:
    """`apply(x, config, generator)` returns a corrupted copy of x: (N, C, H, W) in the model's scale."""

    config: type[CorruptionConfig]
    title: str
    apply: Callable[[Tensor, CorruptionConfig, Generator | None], Tensor]


def corrupt(x: Tensor, config: CorruptionConfig, generator: Generator | None) -> Tensor:
    """x: (N, C, H, W) in the model's scale, corrupted as the config says."""
    return registry.corruptions.get(config.name).apply(x, config, generator)


class NoCorruption(CorruptionConfig):
    """The input is the image itself."""

    name: str = "none"


class GaussianCorruption(CorruptionConfig):
    """Gaussian noise on every pixel."""

    name: str = "gaussian"
    sigma: float = Field(0.3, ge=0, le=10, description="Deviation of the noise, in units of the model's input.")


def _keep(x: Tensor, config: CorruptionConfig, generator: Generator | None) -> Tensor:
    return x


def _gaussian(x: Tensor, config: GaussianCorruption, generator: Generator | None) -> Tensor:
    return x + config.sigma * torch.randn(x.shape, generator=generator, device=x.device)


registry.corruptions.add("none", CorruptionEntry(NoCorruption, "none", _keep))
registry.corruptions.add("gaussian", CorruptionEntry(GaussianCorruption, "Gaussian noise", _gaussian))  # type: ignore[arg-type]
