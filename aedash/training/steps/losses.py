"""Reconstruction by hand: its value, and its gradient by the last layer of the decoder."""

from typing import Protocol

import torch
from torch import Tensor, nn

from aedash.config import TermConfig
from aedash.objectives.reconstruction import ReconstructionConfig
from aedash.training.steps.layer import Layer, Linear, Unserved


class Reconstruction(Protocol):
    """`layer`: the decoder's last one. Called with the targets, (N, D), once its value is known: writes its delta, and
    gives the scalar mean over images of the unweighted term.
    """

    layer: Layer

    def __call__(self, target: Tensor) -> Tensor: ...


class SquaredError:
    """Sum or mean over pixels of (y - x)^2, whose derivative is 2 (y - x)."""

    def __init__(self, config: ReconstructionConfig, last: Linear, images: int) -> None:
        self.scale = 1 / (images * (last[0].out_features if config.reduction == "mean" else 1))
        self.layer = Layer(*last, images, share=2 * self.scale * config.weight)
        self.errors = self.layer.delta.view(-1)

    def __call__(self, target: Tensor) -> Tensor:
        torch.sub(self.layer.value, target, out=self.layer.delta)
        return torch.dot(self.errors, self.errors).mul_(self.scale)


class CrossEntropy:
    """BCE of a sigmoid, from what goes into it: max(s, 0) - x s + log(1 + exp(-|s|)), with the derivative p - x.

    So it is exact, and moves weights, where the sigmoid is 0 or 1 to all digits. Since 1 / (1 + exp(-|s|)) is the
    larger of p and 1 - p, the one logarithm is of a number of 0.5 to 1, and no exponential is taken twice.
    """

    def __init__(self, config: ReconstructionConfig, last: Linear, images: int) -> None:
        self.scale = 1 / (images * (last[0].out_features if config.reduction == "mean" else 1))
        self.layer = Layer(last[0], None, images, share=self.scale * config.weight)
        self.terms = torch.empty_like(self.layer.sums)

    def __call__(self, target: Tensor) -> Tensor:
        sums, delta = self.layer.sums, torch.sigmoid(self.layer.sums, out=self.layer.delta)
        terms = torch.sub(delta, 0.5, out=self.terms).abs_().add_(0.5).log_()
        delta.sub_(target)
        terms.addcmul_(sums, target).sub_(sums.relu_())
        return terms.sum().mul_(-self.scale)


def reconstruction(config: TermConfig, last: Linear, images: int) -> Reconstruction:
    """The registered term by hand, behind that last layer of a decoder. Raises Unserved where it is not known."""
    if type(config) is ReconstructionConfig and config.loss == "mse":
        return SquaredError(config, last, images)
    if type(config) is ReconstructionConfig and type(last[1]) is nn.Sigmoid:
        return CrossEntropy(config, last, images)
    raise Unserved
