"""The code between encoder and decoder, by hand: certain, or drawn from a normal distribution."""

from typing import Protocol

import torch
from torch import Generator, Tensor

from aedash.models.layers import LOG_VAR
from aedash.training.steps.layer import Layer


class Code(Protocol):
    """z: what the decoder sees, (N, latent); delta: dL/dz, to be written by its first layer.

    mean, mean_delta: the mean code and dL/d(mean), to which penalties add once `spread` was called.
    """

    z: Tensor
    delta: Tensor
    mean: Tensor
    mean_delta: Tensor

    def draw(self) -> Tensor:
        """z, once the encoder's last layer has its value."""

    def spread(self) -> None:
        """Pass delta on to the encoder's last layer."""

    def bound(self) -> None:
        """Let no gradient pass where a number was bounded: the last word on the encoder's last delta."""


class Certain:
    """The last layer's value itself."""

    def __init__(self, head: Layer) -> None:
        self.z = self.mean = head.value
        self.delta = self.mean_delta = head.delta

    def draw(self) -> Tensor:
        return self.z

    def spread(self) -> None:
        """It is there already."""

    def bound(self) -> None:
        """Nothing is."""


class Drawn:
    """z = mean + exp(log_var / 2) noise (Kingma and Welling 2014, sec. 2.4), log_var within `layers.LOG_VAR`.

    The last layer's value is the mean beside the log variance. noise: from the run's own stream, as
    `Posterior.sample` draws it.
    """

    def __init__(self, head: Layer, noise: Generator) -> None:
        self.mean, self.free = head.value.chunk(2, dim=1)
        self.mean_delta, self.log_var_delta = head.delta.chunk(2, dim=1)
        self.log_var, self.deviation, self.moved, self.z, self.delta = (torch.empty_like(self.mean) for _ in range(5))
        self.noise, self.generator = torch.empty(self.mean.shape, device=head.value.device), noise

    def draw(self) -> Tensor:
        torch.clamp(self.free, *LOG_VAR, out=self.log_var)
        torch.mul(self.log_var, 0.5, out=self.deviation).exp_()
        torch.randn(self.noise.shape, generator=self.generator, out=self.noise)
        torch.mul(self.noise, self.deviation, out=self.moved)
        return torch.add(self.mean, self.moved, out=self.z)

    def spread(self) -> None:
        """dz/d(mean) = 1, dz/d(log_var) = exp(log_var / 2) noise / 2."""
        self.mean_delta.copy_(self.delta)
        torch.mul(self.delta, self.moved, out=self.log_var_delta).mul_(0.5)

    def bound(self) -> None:
        self.log_var_delta.mul_(self.log_var == self.free)
