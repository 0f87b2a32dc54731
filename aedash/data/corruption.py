"""Corruptions: what is done to the input while the target stays clean (Vincent et al. 2008)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import Field
from torch import Generator, Tensor

from aedash import registry
from aedash.config import CorruptionConfig
from aedash.formatting import percent

Levels = tuple[float, float]

# from black to white in the model's scale; the sets that come with the app span about 3 of their deviations
SPAN = {"unit": 1.0, "raw": 255.0, "standardised": 3.0}
FAINTEST, STRONGEST = 0.01, 1.0  # deviations of Gaussian noise that make sense, as shares of that
MOST_HIT = 0.95  # share of the pixels that may be spoilt
DROWNED = "little of the image is left"


@dataclass(frozen=True)
class CorruptionEntry:
    """`apply(x, config, levels, generator)` returns a corrupted copy of x: (N, C, H, W) in the model's scale.

    config: its class; title: as menus show it. generator: on x's device; None for torch's global one.
    """

    config: type[CorruptionConfig]
    title: str
    apply: Callable[[Tensor, Any, Levels, Generator | None], Tensor]


def corrupt(x: Tensor, config: CorruptionConfig, levels: Levels, generator: Generator | None) -> Tensor:
    """x: (N, C, H, W) in the model's scale, corrupted as the config says (Vincent et al. 2008); the same shape, not
    clipped.

    levels: black and white in that scale. generator: on x's device; None for torch's global one. Raises Refused for a
    name that is not registered. "none" gives x itself, not a copy.
    """
    return registry.corruptions.get(config.name).apply(x, config, levels, generator)


def drowns(config: CorruptionConfig, scaling: str) -> bool:
    """Whether so little of the image is left that hardly anything can be learnt from it."""
    match config:
        case GaussianCorruption(sigma=sigma):
            return sigma > STRONGEST * SPAN[scaling]
        case MaskingCorruption(p=p) | SaltAndPepperCorruption(p=p):
            return p > MOST_HIT
    return False


def caution(config: CorruptionConfig, scaling: str) -> str:
    """One sentence on noise out of proportion to the pixels of a scaling; empty where it is sensible.

    scaling: "unit", "raw" or "standardised". Sensible is 1 % to 100 % of the way from black to white.

    >>> caution(GaussianCorruption(sigma=0.3), "unit")
    ''
    >>> caution(GaussianCorruption(sigma=0.3), "raw").endswith("Sensible is 2.55 to 255.")
    True
    """
    span, drowned = SPAN[scaling], drowns(config, scaling)
    match config:
        case GaussianCorruption(sigma=sigma) if drowned or 0 < sigma < FAINTEST * span:
            effect = DROWNED if drowned else "it can hardly be seen"
            return (
                f"Noise of {sigma:g} on pixels that span {span:g} from black to white: {effect}. "
                f"Sensible is {FAINTEST * span:g} to {STRONGEST * span:g}."
            )
        case MaskingCorruption(p=p) | SaltAndPepperCorruption(p=p) if drowned:
            return f"{percent(p, 0)} of the pixels are hit: {DROWNED}. Sensible is up to {percent(MOST_HIT, 0)}."
    return ""


class NoCorruption(CorruptionConfig):
    """The input is the image itself: what every run has that is no denoiser."""

    name: str = "none"

    def kind(self) -> str:
        """None of its own."""
        return ""


class GaussianCorruption(CorruptionConfig):
    """Gaussian noise on every pixel: x + sigma n, n from N(0, 1), in the scale of the model's input and not clipped."""

    main = "sigma"

    name: str = "gaussian"
    sigma: float = Field(
        0.3,
        ge=0,
        le=255,
        description="Deviation of the noise, in units of the model's input: from black to white is 1, raw 255, "
        "standardised about 3. Try a third of that: a person still reads the image.",
    )


class MaskingCorruption(CorruptionConfig):
    """Some pixels are set to black, each by itself with probability p: the masking noise of Vincent et al. 2008."""

    main = "p"

    name: str = "masking"
    p: float = Field(0.25, ge=0, le=1, description="Share of the pixels that are set to black. Try half of them, 0.5.")


class SaltAndPepperCorruption(CorruptionConfig):
    """Some pixels are hit, each by itself: black and white with probability p / 2 each (Vincent et al. 2010)."""

    main = "p"

    name: str = "salt_and_pepper"
    p: float = Field(
        0.05, ge=0, le=1, description="Share of the pixels that are hit, half black and half white. Try 0.2."
    )


def _keep(x: Tensor, config: NoCorruption, levels: Levels, generator: Generator | None) -> Tensor:
    return x


def _gaussian(x: Tensor, config: GaussianCorruption, levels: Levels, generator: Generator | None) -> Tensor:
    return x + config.sigma * torch.randn(x.shape, generator=generator, device=x.device)


def _mask(x: Tensor, config: MaskingCorruption, levels: Levels, generator: Generator | None) -> Tensor:
    return torch.where(_uniform(x, generator) < config.p, levels[0], x)


def _salt_and_pepper(x: Tensor, config: SaltAndPepperCorruption, levels: Levels, generator: Generator | None) -> Tensor:
    u = _uniform(x, generator)
    return torch.where(u < config.p / 2, levels[0], torch.where(u > 1 - config.p / 2, levels[1], x))


def _uniform(x: Tensor, generator: Generator | None) -> Tensor:
    return torch.rand(x.shape, generator=generator, device=x.device)


registry.corruptions.add("none", CorruptionEntry(NoCorruption, "none", _keep))
registry.corruptions.add("gaussian", CorruptionEntry(GaussianCorruption, "Gaussian noise", _gaussian))
registry.corruptions.add("masking", CorruptionEntry(MaskingCorruption, "masking", _mask))
registry.corruptions.add(
    "salt_and_pepper", CorruptionEntry(SaltAndPepperCorruption, "salt and pepper", _salt_and_pepper)
)
