"""Lowering: the same layers in a form that a processor computes faster. Values and gradients are the plain ones'.

Only how a stack is computed differs, never what it holds: its layers, their parameters and names are those of an
nn.Sequential, and weights of another shape are derived from them in each pass. Elsewhere than on a CPU, and on the meta
device where layers are only asked for their shapes, it is the nn.Sequential.
"""

from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import pairwise
from math import ceil, isqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WORTH = 5_000  # numbers of a map below which it takes longer to derive weights than it saves
FEW = 4  # channels below which a convolution leaves most of a processor's lanes empty
PIECE = 64  # images that are computed together where no gradient is wanted: their maps stay in the cache
# They never fall, so a maximum passes through them: pooled first, they have fewer numbers to look at.
_RISING = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Tanh, nn.Sigmoid)


class Stack(nn.Sequential):
    """Layers one after another, each or each two in the form that was measured to be the fastest.

    >>> Stack(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))(torch.rand(5, 1, 28, 28)).shape
    torch.Size([5, 16, 14, 14])
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.groups = grouped(layers)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, C, H, W)."""
        if x.device.type != "cpu":
            return reduce(lambda made, layer: layer(made), self, x)
        if torch.is_grad_enabled() or len(x) <= PIECE:
            return self._lowered(x)
        return torch.cat([self._lowered(piece) for piece in x.split(PIECE)])

    def _lowered(self, x: Tensor) -> Tensor:
        layers, x = list(self), channels_last(x)
        for group in self.groups:
            x = lowered([layers[place] for place in group], x)
        return x


def grouped(layers: Sequence[nn.Module]) -> tuple[tuple[int, ...], ...]:
    """Places of the layers in order, one or two at a time: those that are computed as one.

    >>> grouped([nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Sigmoid()])
    ((0,), (1, 2), (3,))
    """
    groups: list[tuple[int, ...]] = []
    for place, (layer, following) in enumerate(pairwise([*layers, None])):
        if groups and place in groups[-1]:
            continue
        pooled = isinstance(layer, _RISING) and isinstance(following, nn.MaxPool2d)
        enlarged = isinstance(layer, nn.Upsample) and isinstance(following, nn.Conv2d)
        groups.append((place, place + 1) if pooled or enlarged else (place,))
    return tuple(groups)


def channels_last(x: Tensor) -> Tensor:
    """x: (N, C, H, W), the same numbers with the channels of a pixel beside each other in memory."""
    pixels = x.squeeze(1).unsqueeze(-1) if x.shape[1] == 1 else x.movedim(1, -1)
    return pixels.contiguous().movedim(-1, 1)


def lowered(group: Sequence[nn.Module], x: Tensor) -> Tensor:
    """What a group of `grouped` makes of x, (N, C, H, W)."""
    match group:
        case [nn.Upsample(scale_factor=float() as scale), nn.Conv2d() as conv] if (
            _few(conv, scale) and x.numel() > WORTH
        ):
            return on_repeated(x, conv, int(scale))
        case [nn.ConvTranspose2d() as conv] if conv.kernel_size == conv.stride and not any(conv.padding):
            return tiled(x, conv) if not any(conv.output_padding) else conv(x)
        case [nn.Conv2d() as conv] if conv.kernel_size == tuple(x.shape[2:]) and not any(conv.padding):
            return F.linear(x.flatten(1), conv.weight.flatten(1), conv.bias)[:, :, None, None]
    ordered = reversed(group) if isinstance(group[0], _RISING) else group
    return reduce(lambda made, layer: layer(made), ordered, x)


def _few(conv: nn.Conv2d, scale: float) -> bool:
    """Whether it makes so few channels that those of all phases cost no more, and as many pixels of each phase."""
    surplus = 2 * int(conv.padding[0]) - conv.kernel_size[0] + 1  # rows that its output has more than its input
    return conv.out_channels < FEW and scale == int(scale) and surplus % int(scale) == 0


def on_repeated(x: Tensor, conv: nn.Conv2d, scale: int) -> Tensor:
    """The convolution of x after each of its pixels was repeated scale x scale times: (N, C, H, W).

    A convolution of x itself makes each phase of the output, in channels of its own (Shi et al. 2016, sub-pixel
    convolution): pixels that are equal need one product for all, so their weights are summed first.
    """
    padding = int(conv.padding[0])
    sums = _sums(scale, conv.kernel_size[0], padding).to(x.dtype)
    width = isqrt(sums.shape[1]) // scale
    phases = (conv.weight.flatten(2) @ sums).unflatten(2, (scale**2, width, width))
    weight = phases.movedim(2, 0).flatten(0, 1)
    return interleaved(F.conv2d(x, weight, _each(conv.bias, scale**2), padding=ceil(padding / scale)), scale)


@lru_cache(maxsize=64)
def _sums(scale: int, kernel: int, padding: int) -> Tensor:
    """(kernel^2, scale^2 width^2): which weights meet at a pixel of an image that was enlarged by repetition.

    From phase p, tap t lies at the pixel floor((p + t - padding) / scale); width: of the pixels that are seen.
    """
    seen = torch.arange(scale)[:, None] + torch.arange(kernel) - padding
    seen = seen.div(scale, rounding_mode="floor")
    pixels = torch.arange(int(seen.min()), int(seen.max()) + 1)
    meets = (seen[:, None] == pixels[:, None]).float()  # phase, pixel, tap
    return torch.einsum("put,qvr->trpquv", meets, meets).reshape(kernel**2, -1)


def tiled(x: Tensor, conv: nn.ConvTranspose2d) -> Tensor:
    """A backward convolution as wide as its stride: its tiles do not overlap, so each pixel makes its own by itself."""
    inputs, outputs, side, _ = conv.weight.shape
    weight = conv.weight.permute(2, 3, 1, 0).reshape(side**2 * outputs, inputs, 1, 1)
    return interleaved(F.conv2d(x, weight, _each(conv.bias, side**2)), side)


def _each(bias: Tensor | None, phases: int) -> Tensor | None:
    """The bias of every phase."""
    return None if bias is None else bias.repeat(phases)


def interleaved(x: Tensor, scale: int) -> Tensor:
    """(N, scale^2 C, H, W), row phase before column phase before channel, to (N, C, scale H, scale W).

    >>> interleaved(torch.arange(4.0).view(1, 4, 1, 1), 2).tolist()
    [[[[0.0, 1.0], [2.0, 3.0]]]]
    """
    pixels = x.movedim(1, -1)
    count, height, width, channels = pixels.shape
    rows = pixels.reshape(count, height, width, scale, channels // scale).transpose(2, 3)
    return rows.reshape(count, height * scale, width * scale, -1).movedim(-1, 1)
