"""Travelling: a decoder as a list of plain layers, so that a browser decodes by itself, without the server.

It is written as safetensors: weights in half precision where they fit into it, and in the metadata, as JSON, "layers"
in order, each with the shape that goes in and comes out, "latent", the shape of a code, and "shape", that of an image.
Memory is row by row, so that a change of shape is no layer of its own.
"""

import json
from math import prod
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from aedash.data.image_data import Scaling
from aedash.formatting import count
from aedash.models.base import Autoencoder
from aedash.registry import Refused

MOST_WEIGHTS = 2**22  # 8 MB in half precision
MOST_PRODUCTS = 2**26  # multiplications a picture: a tenth of a second in a browser
HALF = 65504.0  # largest number in half precision
_RESHAPES = (nn.Flatten, nn.Unflatten, nn.Identity)
_BY_NAME: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}

Layer = dict[str, Any]


@torch.no_grad()
def travelling(model: Autoencoder, scaling: Scaling, label: int = 0) -> bytes | None:
    """The decoder as safetensors; its last layer brings pixels to [0, 1]. None for a model that is no list of layers
    which a browser knows.

    model: in evaluation mode; scaling: the line that its pixels are on; label: the class that is drawn by a model that
    is told one. Raises Refused for a decoder that is too large, and for weights that are not finite.
    """
    stack = model.plain_decoder(label)
    if stack is None:
        return None
    layers: list[Layer] = []
    weights: dict[str, Tensor] = {}
    x = torch.zeros(1, *model.latent_shape)
    for place, module in enumerate(stack):
        before, x = x, module(x)
        if isinstance(module, _RESHAPES):
            continue
        told = described(module)
        if told is None:
            return None
        layers.append(told | {"place": place, "input": list(before.shape[1:]), "output": list(x.shape[1:])})
        weights |= {f"{place}.{name}": each.detach() for name, each in module.named_parameters()}
    _bounded(layers, weights)
    last = {"kind": "scaling", "shift": scaling.shift, "factor": scaling.span / 255}
    layers.append(last | {"place": len(stack), "input": list(x.shape[1:]), "output": list(x.shape[1:])})
    told = {"layers": layers, "latent": list(model.latent_shape), "shape": list(x.shape[1:])}
    halves = {name: _half(each) for name, each in weights.items()}
    return save(halves, {name: json.dumps(each) for name, each in told.items()})


def described(module: nn.Module) -> Layer | None:
    """What a browser has to know of a layer beside weights and shapes; None for one that it does not know.

    >>> described(nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1))
    {'kind': 'transposed', 'kernel': 3, 'stride': 2, 'padding': 1}
    >>> described(nn.MaxPool2d(2)) is None
    True
    """
    match module:
        case nn.Linear():
            return {"kind": "linear"}
        case nn.Conv2d() | nn.ConvTranspose2d() if _square(module):
            kind = "convolution" if isinstance(module, nn.Conv2d) else "transposed"
            sides = {"kernel": module.kernel_size, "stride": module.stride, "padding": module.padding}
            return {"kind": kind} | {name: int(side[0]) for name, side in sides.items()}
        case nn.Upsample(mode="nearest", scale_factor=int() | float() as scale):
            return {"kind": "nearest", "scale": float(scale)}
        case nn.LeakyReLU(negative_slope=slope):
            return {"kind": "leaky_relu", "slope": slope}
        case nn.ELU(alpha=1.0):
            return {"kind": "elu"}
        case nn.GELU(approximate="tanh"):
            return None
    name = _BY_NAME.get(type(module))
    return {"kind": name} if name else None


def _square(conv: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    """Whether it is alike along both axes, of zeros around, of all channels, without gaps."""
    alike = all(len(set(sides)) == 1 for sides in (conv.kernel_size, conv.stride, conv.padding))
    return alike and conv.groups == 1 and set(conv.dilation) == {1} and conv.padding_mode == "zeros"


def _half(weight: Tensor) -> Tensor:
    whole = weight.float().contiguous()
    return whole.half() if float(whole.abs().max()) <= HALF else whole


def _bounded(layers: list[Layer], weights: dict[str, Tensor]) -> None:
    """Raises Refused where it would be a burden to a browser, or draws nothing."""
    size = sum(each.numel() for each in weights.values())
    if size > MOST_WEIGHTS:
        raise Refused(f"This decoder has {count(size)} weights; up to {count(MOST_WEIGHTS)} go to a browser.", "run")
    if sum(_products(layer, weights) for layer in layers) > MOST_PRODUCTS:
        raise Refused("A picture of this decoder takes a browser too long.", "run")
    if not all(bool(each.isfinite().all()) for each in weights.values()):
        raise Refused("This model has diverged: its weights are not finite.", "run")


def _products(layer: Layer, weights: dict[str, Tensor]) -> int:
    """Each weight of a convolution meets each pixel of the smaller map."""
    weight = weights.get(f"{layer['place']}.weight")
    if weight is None:
        return 0
    over = {"linear": [], "convolution": layer["output"][1:], "transposed": layer["input"][1:]}
    return weight.numel() * prod(over[layer["kind"]])
