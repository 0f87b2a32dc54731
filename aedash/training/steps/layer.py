"""One linear layer with its activation, forwards and backwards by hand, in memory that is allocated once."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

aten = torch.ops.aten
Linear = tuple[nn.Linear, nn.Module | None]


class Unserved(Exception):
    """No form by hand is known."""


class Activation(NamedTuple):
    """forward(module, x, y): write f(x) into y. backward(module, d, x, y): turn dL/dy, in d, into dL/dx, in place.

    in_place: x and y may be one tensor, since the derivative is a function of f(x) alone.
    """

    forward: Callable[[Any, Tensor, Tensor], Any]
    backward: Callable[[Any, Tensor, Tensor, Tensor], Any]
    in_place: bool = True


ACTIVATIONS: dict[type[nn.Module], Activation] = {
    nn.ReLU: Activation(
        lambda f, x, y: torch.relu_(x), lambda f, d, x, y: aten.threshold_backward.grad_input(d, y, 0, grad_input=d)
    ),
    nn.Sigmoid: Activation(
        lambda f, x, y: torch.sigmoid_(x), lambda f, d, x, y: aten.sigmoid_backward.grad_input(d, y, grad_input=d)
    ),
    nn.Tanh: Activation(
        lambda f, x, y: torch.tanh_(x), lambda f, d, x, y: aten.tanh_backward.grad_input(d, y, grad_input=d)
    ),
    nn.LeakyReLU: Activation(
        lambda f, x, y: nn.functional.leaky_relu_(x, f.negative_slope),
        lambda f, d, x, y: aten.leaky_relu_backward.grad_input(d, y, f.negative_slope, True, grad_input=d),
    ),
    nn.ELU: Activation(
        lambda f, x, y: nn.functional.elu_(x, f.alpha),
        lambda f, d, x, y: aten.elu_backward.grad_input(d, f.alpha, 1, 1, True, y, grad_input=d),
    ),
    nn.GELU: Activation(
        lambda f, x, y: aten.gelu.out(x, approximate=f.approximate, out=y),
        lambda f, d, x, y: aten.gelu_backward.grad_input(d, x, approximate=f.approximate, grad_input=d),
        in_place=False,
    ),
    nn.SiLU: Activation(
        lambda f, x, y: aten.silu.out(x, out=y),
        lambda f, d, x, y: aten.silu_backward.grad_input(d, x, grad_input=d),
        in_place=False,
    ),
}


class Layer:
    """y = f(W x + b) for one number of images, and what its backward pass needs.

    sums: W x + b, (N, outputs), overwritten by y where the activation allows it; value: y; delta: dL/dy, to be written
    by whoever comes behind, dL/d(sums) once `backward` was called. share: what all of it is multiplied by on the way to
    gradients: a loss's own factor costs no pass of its own.
    """

    def __init__(self, linear: nn.Linear, activation: nn.Module | None, images: int, share: float = 1.0) -> None:
        weight, bias = linear.weight, linear.bias
        assert weight.grad is not None
        assert bias.grad is not None
        self.weight, self.bias = weight.detach(), bias.detach()
        self.transposed, self.gradient, self.bias_gradient = self.weight.t(), weight.grad, bias.grad
        self.function, self.share = activation, share
        self.how = ACTIVATIONS[type(activation)] if activation is not None else None
        self.sums = self.weight.new_empty(images, linear.out_features)
        self.value = self.sums if self.how is None or self.how.in_place else torch.empty_like(self.sums)
        self.delta = torch.empty_like(self.sums)
        self.delta_transposed = self.delta.t()
        self.shares = self.weight.new_full((images,), share)

    def forward(self, x: Tensor) -> Tensor:
        """(N, outputs): the value. x: (N, inputs)."""
        torch.addmm(self.bias, x, self.transposed, out=self.sums)
        if self.how is not None:
            self.how.forward(self.function, self.sums, self.value)
        return self.value

    def backward(self, x: Tensor) -> None:
        """Write the gradients of weight and bias. x: what `forward` was given."""
        if self.how is not None:
            self.how.backward(self.function, self.delta, self.sums, self.value)
        torch.addmm(self.gradient, self.delta_transposed, x, beta=0, alpha=self.share, out=self.gradient)
        torch.mv(self.delta_transposed, self.shares, out=self.bias_gradient)

    def pull_back(self, into: Tensor) -> None:
        """Write dL/dx, (N, inputs), once `backward` was called."""
        torch.addmm(into, self.delta, self.weight, beta=0, alpha=self.share, out=into)


def forward(layers: Sequence[Layer], x: Tensor) -> Tensor:
    """(N, outputs): the value of the last layer."""
    for layer in layers:
        x = layer.forward(x)
    return x


def backward(layers: Sequence[Layer], x: Tensor) -> None:
    """Write all gradients, from the last layer's delta. x: what `forward` was given."""
    for layer, before in zip(reversed(layers[1:]), reversed(layers[:-1]), strict=True):
        layer.backward(before.value)
        layer.pull_back(before.delta)
    layers[0].backward(x)
