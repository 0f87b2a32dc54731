"""Pieces that the families share: stacks, activations, initialisation, the variational head."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aedash.models.base import Posterior

LOG_VAR = (-30.0, 20.0)  # as latent diffusion models bound it (Rombach et al. 2022)
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]
Init = Annotated[
    Literal["default", "scaled_normal", "glorot"],
    Field(description="Initial weights: PyTorch's; N(0, 1/sqrt(fan in)); Glorot's uniform. Biases 0 in the last two."),
]

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
    """The activation as a list of none or one module, to be spliced into a stack. name: one of `Activation`, else
    KeyError.
    """
    return [] if name == "none" else [_ACTIVATIONS[name]()]


def code_activation(config: Any) -> str:
    """The activation on the code: none for a mean and a log variance, which may be negative.

    config: of an architecture that has `variational` and `code_activation`.
    """
    return "none" if config.variational else config.code_activation


def mlp(widths: Sequence[int], between: str, last: str) -> nn.Sequential:
    """Linear layers of these widths, `between` after each but the last one, `last` after that.

    >>> mlp([784, 400, 20], "relu", "none")
    Sequential(
      (0): Linear(in_features=784, out_features=400, bias=True)
      (1): ReLU()
      (2): Linear(in_features=400, out_features=20, bias=True)
    )
    """
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        layers += [nn.Linear(inputs, outputs), *activation(last if i == len(widths) - 2 else between)]
    return nn.Sequential(*layers)


def linear_layers(stack: nn.Sequential) -> list[tuple[nn.Linear, nn.Module | None]] | None:
    """Each linear layer with the one module behind it, if any; None for a stack that is built otherwise.

    >>> linear_layers(mlp([784, 400, 20], "relu", "none"))[0]
    (Linear(in_features=784, out_features=400, bias=True), ReLU())
    """
    layers: list[tuple[nn.Linear, nn.Module | None]] = []
    for module in stack:
        if isinstance(module, nn.Linear):
            layers.append((module, None))
        elif layers and layers[-1][1] is None:
            layers[-1] = (layers[-1][0], module)
        else:
            return None
    return layers or None


def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """The layer of a weight (outputs, inputs) and a bias (outputs,), not to be trained; nothing is drawn.

    >>> linear(torch.eye(2), torch.ones(2))(torch.zeros(1, 2)).tolist()
    [[1.0, 1.0]]
    """
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight, layer.bias = (nn.Parameter(each, requires_grad=False) for each in (weight, bias))
    return layer


def posterior(h: Tensor, variational: bool) -> Posterior:
    """h: (N, L, ...) is the code, or (N, 2L, ...) its mean over its log variance when variational.

    The log variance is bounded to -30..20, as in Rombach et al. 2022: unbounded, its exponential fills Adam's moments
    with infinities for ever. Where it is bounded no gradient passes.
    """
    if not variational:
        return Posterior(h)
    mean, log_var = h.chunk(2, dim=1)
    return Posterior(mean, log_var.clamp(*LOG_VAR))


@torch.no_grad()
def initialise(model: nn.Module, init: Init) -> None:
    """Draw the weights of every linear and convolutional layer anew, biases 0; "default" leaves PyTorch's draw.

    scaled_normal: normal of variance 1 / fan in, as R3-ffnn; fan in: what one unit sums over. glorot: uniform within
    sqrt(6 / (fan in + fan out)), as Keras (Glorot and Bengio 2010, eq. 16). From torch's global generator.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    for layer in layers if init != "default" else []:
        if init == "glorot":
            nn.init.xavier_uniform_(layer.weight)
        else:
            nn.init.normal_(layer.weight, 0.0, 1 / math.sqrt(_fan_in(layer)))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _fan_in(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    """A backward convolution keeps its inputs first among the weight's dimensions, the other layers second."""
    inputs = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
    return layer.weight.shape[inputs] * layer.weight[0, 0].numel()


@torch.no_grad()
def output_shape(module: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the module's output for one input of `shape`, both without the batch dimension.

    On torch's default device. Raises RuntimeError where it does not fit, as the module does.

    >>> output_shape(nn.Conv2d(1, 16, 3), (1, 28, 28))
    (16, 26, 26)
    """
    return tuple(module(torch.zeros(1, *shape)).shape[1:])
