"""Quality: how near pictures come to their originals, what their code costs, and what PCA of equal size reaches.

Pictures are (N, C, H, W) on [0, 1], models decode the mean code, targets are clean. Nothing is clipped unless said.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.baselines import statistics
from aedash.analysis.latent import parts
from aedash.analysis.metrics import at_mean
from aedash.analysis.trained import Trained, evenly
from aedash.data.image_data import Batch, ImageData
from aedash.data.pictures import of_unit

WINDOW = 7  # pixels: scikit-image's default, and what a 28 x 28 image has room for
FAINTEST = 1e-10  # an image's MSE counts as at least this, 100 dB: single precision knows no better


@dataclass(frozen=True)
class Quality:
    """Means over images, as `judged` takes them.

    mse: per pixel on [0, 1]; psnr: dB, of each image's 10 log10(1 / mse), at most 100; ssim: at most 1,
    for equal pictures.
    """

    mse: float
    psnr: float
    ssim: float


@dataclass(frozen=True)
class Report:
    """A model on `images` test images.

    code: numbers in it; ratio: pixels a number; parameters: all that the model
    was given, frozen ones too.
    """

    quality: Quality
    code: int
    ratio: float
    parameters: int
    images: int


def quality(trained: Trained, count: int) -> Report:
    """The report of a model on `count` test images, spread evenly over all.

    Raises Refused for a code that is not finite.
    """
    batch = trained.spread(count)
    code, pixels = prod(trained.model.latent_shape), prod(trained.data.info.shape)
    return Report(
        judged(restored(trained, batch), originals(trained, count)),
        code,
        pixels / code,
        sum(p.numel() for p in trained.model.parameters()),
        len(batch.input),
    )


def pca(trained: Trained, count: int) -> Report | None:
    """The same of PCA with as many numbers as the model's code, not clipped; None where a code holds all pixels.

    PCA is of the run's own training images: the validation share is left out. Its parameters are the axes and the mean.
    """
    code, pixels = prod(trained.model.latent_shape), prod(trained.data.info.shape)
    if code >= pixels:
        return None
    clean = originals(trained, count)
    projection = projected(trained.data, trained.config.data.validation, code, clean)
    return Report(judged(projection, clean), code, pixels / code, pixels * (code + 1), len(clean))


def projected(data: ImageData, validation: float, size: int, clean: Tensor) -> Tensor:
    """PCA of the training images with `size` numbers applied to pictures, not clipped: mean + (x - mean) V V^T.

    clean: (N, C, H, W) on [0, 1], and so is the result; it may leave 0..1.
    """
    pixels, flat = statistics(data, validation), clean.flatten(1)
    mean, axes = pixels.mean.to(flat), pixels.axes[:, :size].to(flat)
    return ((flat - mean) @ axes @ axes.T + mean).view_as(clean)


def judged(made: Tensor, clean: Tensor) -> Quality:
    """Pictures against their originals, (N, C, H, W) each, on [0, 1] and on the CPU.

    An MSE below 1e-10 counts as that in the PSNR, 100 dB. SSIM: Wang et al. 2004, with scikit-image's defaults (flat 7
    x 7 window, smaller for smaller images).

    >>> picture = torch.linspace(0, 1, 64).view(1, 1, 8, 8)
    >>> same = judged(picture, picture)
    >>> same.mse, round(same.psnr), same.ssim
    (0.0, 100, 1.0)
    """
    errors = (made - clean).flatten(1).square().mean(1, dtype=torch.float64)
    decibels = -10 * errors.clamp(min=FAINTEST).log10()
    return Quality(float(errors.mean()), float(decibels.mean()), _similarity(made, clean))


def _similarity(made: Tensor, clean: Tensor) -> float:
    from skimage.metrics import structural_similarity  # a second to import, and only analyses need it

    side = min(WINDOW, *clean.shape[2:])
    window = side - 1 + side % 2  # an odd number that fits the image
    pairs = zip(made.numpy(), clean.numpy(), strict=True)
    return float(
        np.mean([structural_similarity(a, b, data_range=1.0, win_size=window, channel_axis=0) for a, b in pairs])
    )


def originals(trained: Trained, count: int) -> Tensor:
    """The images of `Trained.spread`, clean: (N, C, H, W) on [0, 1]."""
    return _unit(trained.data, count)


def _unit(data: ImageData, count: int) -> Tensor:
    return data.test[evenly(len(data.test), count)].images.float() / 255


@torch.no_grad()
def restored(trained: Trained, batch: Batch) -> Tensor:
    """What the model makes of a batch's input, decoded from the mean code: (N, C, H, W) on [0, 1], not clipped.

    The input is in the model's scale, corrupted or not. Nothing here refuses a model that diverged: its pictures are
    nan.
    """
    decoded = [at_mean(trained.model, part)[0] for part in parts(batch, trained.model.chunk)]
    return trained.scaling.to_unit(torch.cat(decoded))


def pictures(made: Tensor) -> NDArray[np.uint8]:
    """uint8 to be shown, (N, H, W) or in colour, of (N, C, H, W) on [0, 1]: clipped, nan black."""
    return of_unit(made)
