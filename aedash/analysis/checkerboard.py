"""Checkerboard: whether a decoder favours some pixels by their place in its grid (Odena et al. 2016).

Phase (i, j) of k x k are the pixels with row mod k = i and column mod k = j. Backward filters that overlap unevenly
treat phases differently before any training; afterwards the *error* by phase tells what is left of it.
"""

from dataclasses import dataclass
from math import ceil, prod

import torch
from torch import Tensor, nn

from aedash.analysis.quality import restored
from aedash.analysis.trained import Trained
from aedash.config import ArchitectureConfig, DataInfo
from aedash.events import Floats
from aedash.models import build
from aedash.models.base import Autoencoder

LONGEST = 7  # pixels: the middle half of a small image holds two of its periods


@dataclass(frozen=True, eq=False)
class Phases:
    """values: (k, k), the mean over the pixels of each phase, in the unit of what was measured; unevenness: their
    deviation over their mean, 0 where no phase is favoured.
    """

    values: Floats
    unevenness: float

    @property
    def contrast(self) -> float:
        """The largest value over the smallest, 1 or more; infinite where the smallest is 0 and another is not."""
        low, high = float(self.values.min()), float(self.values.max())
        return high / low if low > 0 else float("inf") if high > 0 else 1.0


@dataclass(frozen=True, eq=False)
class Untrained:
    """picture: (C, H, W) that an untrained decoder makes of a constant code, on the output's own scale.

    phases: of its middle, where no edge reaches; variance: of their values, in the square of that scale, 0 where no
    phase is favoured.
    """

    picture: Floats
    phases: Phases
    variance: float


def period(model: Autoencoder) -> int:
    """Pixels after which a decoder's grid repeats: the product of all its enlargements, at least 2 and at most 7.

    Two layers that double the image make a pattern of period 4, which looks even when it is measured with 2.
    """
    steps = [m.stride[0] for m in model.modules() if isinstance(m, nn.ConvTranspose2d)]
    scales = [m.scale_factor for m in model.modules() if isinstance(m, nn.Upsample)]
    steps += [ceil(scale) for scale in scales if isinstance(scale, float)]
    return max(2, min(prod(steps) * model.enlarges, LONGEST))


def error_phases(trained: Trained, count: int, k: int | None = None) -> Phases:
    """Squared error by phase over `count` test images, spread over all, on [0, 1], of the mean code, not clipped.

    k: period in pixels; None for the decoder's own, as `period` tells.
    """
    batch = trained.spread(count)
    error = restored(trained, batch) - trained.scaling.to_unit(batch.target)
    return phases(error.square(), k or period(trained.model))


@torch.no_grad()
def untrained(architecture: ArchitectureConfig, info: DataInfo, seed: int = 0, k: int | None = None) -> Untrained:
    """What the decoder makes of a code of ones with its initial weights: any pattern is the layers' own.

    seed: of those weights. k: period in pixels; None for the decoder's own. Raises Refused as `models.build` does.
    """
    model = build(architecture, info, seed).eval()
    picture = model.decode(torch.ones(1, *model.latent_shape))[0]
    k = k or period(model)
    pattern = phases(_middle(picture, k).unsqueeze(0), k)
    return Untrained(picture.numpy(), pattern, float(pattern.values.var()))


def phases(x: Tensor, k: int) -> Phases:
    """Means of x by phase. x: (N, C, H, W), in any unit; k: at most H and W.

    >>> stripes = torch.tensor([1.0, 3.0]).repeat(4).expand(1, 1, 8, 8)  # bright columns
    >>> phases(stripes, 2).values.tolist()
    [[1.0, 3.0], [1.0, 3.0]]
    >>> phases(stripes, 2).contrast
    3.0
    """
    means = torch.stack([torch.stack([x[..., i::k, j::k].double().mean() for j in range(k)]) for i in range(k)])
    return Phases(means.numpy(), float(means.std(correction=0) / means.mean().abs().clamp(min=1e-30)))


def _middle(picture: Tensor, k: int) -> Tensor:
    """The middle half, cut at whole periods so that phases keep their names: padding changes pixels near the edges."""
    top, left = (size // 4 // k * k for size in picture.shape[1:])
    bottom, right = (size - size // 4 for size in picture.shape[1:])
    return picture[:, top:bottom, left:right]
