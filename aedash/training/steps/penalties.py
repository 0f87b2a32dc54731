"""Terms beside the reconstruction, by hand: values, and what they add to the gradients."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aedash.config import TermConfig
from aedash.objectives.contractive import ContractiveConfig
from aedash.objectives.kl import KLConfig
from aedash.objectives.sparsity import L1CodeConfig, L1WeightsConfig
from aedash.training.steps.code import Drawn
from aedash.training.steps.contraction import contraction
from aedash.training.steps.layer import Unserved
from aedash.training.steps.place import Penalty, Place


class KL:
    """(mean^2 + exp(log_var) - 1 - log_var) / 2, summed over the code, as `objectives.kl.divergence`."""

    def __init__(self, config: KLConfig, place: Place) -> None:
        if not isinstance(code := place.code, Drawn):
            raise Unserved
        self.code, self.images, self.share = code, place.images, config.weight / place.images
        self.excess, self.terms = torch.empty_like(code.z), torch.empty_like(code.z)

    def at_code(self) -> Tensor:
        """d/d(mean) = mean, d/d(log_var) = (exp(log_var) - 1) / 2."""
        code = self.code
        excess = torch.mul(code.deviation, code.deviation, out=self.excess).sub_(1)
        code.mean_delta.add_(code.mean, alpha=self.share)
        code.log_var_delta.add_(excess, alpha=0.5 * self.share)
        terms = torch.mul(code.mean, code.mean, out=self.terms).add_(excess).sub_(code.log_var)
        return terms.sum().mul_(0.5 / self.images)

    def at_weights(self) -> None:
        """None directly."""


class L1Code:
    """The sum of the mean code's absolute values, whose derivative is its sign, 0 at 0."""

    def __init__(self, config: L1CodeConfig, place: Place) -> None:
        self.code, self.images, self.share = place.code, place.images, config.weight / place.images
        self.signs = torch.empty_like(place.code.mean)

    def at_code(self) -> Tensor:
        self.code.mean_delta.add_(torch.sign(self.code.mean, out=self.signs), alpha=self.share)
        return self.signs.mul_(self.code.mean).sum().div_(self.images)

    def at_weights(self) -> None:
        """None directly."""


class L1Weights:
    """The sum of all absolute weights and biases."""

    def __init__(self, config: L1WeightsConfig, place: Place) -> None:
        self.adam, self.weight = place.adam, config.weight
        self.signs = torch.empty_like(place.adam.weights)

    def at_code(self) -> Tensor:
        return torch.dot(torch.sign(self.adam.weights, out=self.signs), self.adam.weights)

    def at_weights(self) -> None:
        self.adam.gradients.add_(self.signs, alpha=self.weight)


_BY_HAND: dict[type[TermConfig], Callable[[Any, Place], Penalty]] = {
    KLConfig: KL,
    L1CodeConfig: L1Code,
    L1WeightsConfig: L1Weights,
    ContractiveConfig: contraction,
}


def penalty(config: TermConfig, place: Place) -> Penalty:
    """The registered term by hand. Raises Unserved where it is not known there."""
    if type(config) not in _BY_HAND:
        raise Unserved
    return _BY_HAND[type(config)](config, place)
