"""Robustness: what noise in the image does to a model's picture and to its code, beside what classical filters reach.

A corruption's numbers are meant on [0, 1], so that models with other scalings meet the same noise. All models meet the
same draw of it, at every level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from aedash.analysis.latent import mean_codes
from aedash.analysis.trained import Trained
from aedash.config import CorruptionConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Batch
from aedash.data.streams import stream

FILTERED = 400  # images at most: non-local means takes over a millisecond for each
STEP = 1 / 255  # the least noise that filters are told of: they divide by it


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a filter makes of noisy images. settings: in words, for a page; pictures: (N, C, H, W) clipped to 0..1."""

    settings: str
    pictures: Tensor


def noisy(trained: Trained, corruption: CorruptionConfig, count: int) -> Batch:
    """`count` test images, spread evenly over all, with that corruption; target stays clean, both in the model's scale.

    corruption: its numbers are meant on pixels of [0, 1], whatever scale the model sees. The draw is the same at each
    call.
    """
    clean, scaling = trained.spread(count), trained.scaling
    noise = stream(0, "robustness", clean.input.device)
    unit = corrupt(scaling.to_unit(clean.target), corruption, (0.0, 1.0), noise)
    return clean._replace(input=scaling.to_model(unit * 255))


def code_shift(trained: Trained, corruption: CorruptionConfig, count: int) -> float:
    """Mean over images of ||z(x + n) - z(x)||^2, as a share of the total variance of z; nan where z never varies.

    z: the mean code of `count` test images; n: the corruption's draw. Unlike the Jacobian's norm it cannot be cheated
    by a code that shrinks while its decoder grows. Raises Refused as `latent.mean_codes` does.
    """
    before = mean_codes(trained, trained.spread(count)).double()
    after = mean_codes(trained, noisy(trained, corruption, count)).double()
    return ratio(float((after - before).square().sum(1).mean()), total_variance(before))


def total_variance(codes: Tensor) -> float:
    """Variance over images, summed over units, in squared code units: the trace of the covariance. codes: (N,
    latent).
    """
    return float(codes.var(0, correction=0).sum())


def ratio(part: float, whole: float) -> float:
    """part / whole; nan where there is no whole, as for the code of a collapsed model.

    >>> ratio(1.0, 4.0), ratio(0.0, 0.0)
    (0.25, nan)
    """
    return part / whole if whole > 0 else float("nan")


def filters(images: Tensor, noisy: Tensor, mean_picture: Tensor) -> dict[str, Filtered]:
    """{name: what it makes of the noisy images}, of the first 400: three filters, the noisy input and the mean picture.

    images: clean, noisy: not clipped, (N, C, H, W) both on [0, 1]; mean_picture: (C, H, W), of the training images.

    Filters see the noise unclipped, since they take it to be centred, and know its deviation on these images: median 3
    x 3, local Wiener 5 x 5 (Lim 1990), non-local means (Buades et al. 2005).
    """
    few, clean = noisy[:FILTERED], images[:FILTERED]
    x = few.double().numpy()
    sigma = max(float((few - clean).double().square().mean().sqrt()), STEP)
    filtered = {
        "noisy input": ("clipped to 0..1", few),
        "mean picture": ("of the training images, the same for every input", mean_picture.expand_as(few)),
        "median": ("3 x 3", from_numpy(_median(x))),
        "Wiener": (f"local, 5 x 5, noise variance {sigma**2:.3g}", from_numpy(_wiener(x, sigma))),
        "non-local means": (
            f"patches 5 x 5, 6 pixels around, h = 0.6 sigma, sigma {sigma:.3g}",
            from_numpy(_non_local_means(x, sigma)),
        ),
    }
    return {name: Filtered(settings, picture.to(clean).clamp(0, 1)) for name, (settings, picture) in filtered.items()}


def _median(x: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import median_filter  # imported where used: scipy and scikit-image take seconds together

    return median_filter(x, size=(1, 1, 3, 3))


def _wiener(x: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Pixels pulled to their local mean, as far as the local variance is the noise's (Lim 1990)."""
    from scipy.signal import wiener

    with np.errstate(divide="ignore", invalid="ignore"):  # a flat neighbourhood has no variance; it gets its mean
        return wiener(x, (1, 1, 5, 5), noise=sigma**2)


def _non_local_means(x: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Buades et al. 2005, with the settings that scikit-image recommends where sigma is known."""
    from skimage.restoration import denoise_nl_means

    last = x.transpose(0, 2, 3, 1)  # with channels first it turns grey images on their side (scikit-image 0.26)
    settings = {"patch_size": 5, "patch_distance": 6, "h": 0.6 * sigma, "sigma": sigma, "fast_mode": True}
    denoised = np.stack([denoise_nl_means(image, channel_axis=-1, **settings) for image in last])
    return denoised.reshape(last.shape).transpose(0, 3, 1, 2)


def breaking_point(levels: Sequence[float], model_mse: Sequence[float], mean_picture_mse: float) -> float | None:
    """The level from which on a model first loses to the mean picture, between two levels by a line; None: at none.

    levels: ascending; model_mse: of each of them. The first level, where the model loses there already.

    >>> breaking_point([0.0, 1.0], [1.0, 3.0], mean_picture_mse=2.0)
    0.5
    """
    lost_by = [mse - mean_picture_mse for mse in model_mse]
    if lost_by and lost_by[0] > 0:
        return levels[0]
    for (low, before), (high, after) in pairwise(zip(levels, lost_by, strict=True)):
        if before <= 0 < after:
            return low + (high - low) * -before / (after - before)
    return None
