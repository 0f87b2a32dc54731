"""Pieces that the families share: stacks, activations, initialisation, the variational head."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from aedash.models.base import Posterior

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def activation(name: str) -> list[nn.Module]:
    """The activation as a list of none or one module, to be spliced into a stack."""
    return [] if name == "none" else [_ACTIVATIONS[name]()]


def code_activation(config: Any) -> str:
    """The activation on the code: none for a mean and a log variance, which may be negative."""
    return "none" if config.variational else config.code_activation


def mlp(widths: Sequence[int], between: str, last: str) -> nn.Sequential:
    """Linear layers of these widths, `between` after each but the last one, `last` after that."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        layers += [nn.Linear(inputs, outputs), *activation(last if i == len(widths) - 2 else between)]
    return nn.Sequential(*layers)


def posterior(h: Tensor, variational: bool) -> Posterior:
    """h: (N, L, ...) is the code, or (N, 2L, ...) its mean over its log variance when variational."""
    if not variational:
        return Posterior(h)
    mean, log_var = h.chunk(2, dim=1)
    return Posterior(mean, log_var)


def scaled_normal_(model: nn.Module) -> None:
    """Weights from N(0, 1/sqrt(fan_in)), biases 0, for every linear layer (the initialisation of R3-ffnn)."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 1 / math.sqrt(layer.in_features))
            nn.init.zeros_(layer.bias)


@torch.no_grad()
def output_shape(module: nn.Module, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the module's output for one input of `shape`, without the batch dimension."""
    return tuple(module(torch.zeros(1, *shape)).shape[1:])
