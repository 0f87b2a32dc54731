"""Pictures: images as they are shown, uint8: grey ones (..., H, W), and those in colour (..., H, W, 3).

Only three channels are colours; of any other number the mean is shown.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aedash.events import COLOURS, Bytes


def painted(images: NDArray[Any]) -> NDArray[Any]:
    """(..., C, H, W) -> (..., H, W, 3) of three channels, else (..., H, W), in the same type. In numpy, for pages.

    >>> painted(np.zeros((5, 3, 8, 8), np.uint8)).shape, painted(np.zeros((5, 1, 8, 8), np.uint8)).shape
    ((5, 8, 8, 3), (5, 8, 8))
    """
    channels = images.shape[-3]
    if channels == COLOURS:
        return np.moveaxis(images, -3, -1)
    if channels == 1:
        return images[..., 0, :, :]
    mean = images.mean(-3)
    return (mean.round() if images.dtype == np.uint8 else mean).astype(images.dtype)


def of_unit(images: Tensor) -> Bytes:
    """The same of (..., C, H, W) on [0, 1], as bytes; what lies outside is clipped, nan is black."""
    seen = images if images.shape[-3] == COLOURS else images.mean(-3, keepdim=True)
    return painted(seen.nan_to_num(0).clamp(0, 1).mul(255).round().byte().cpu().numpy())


def channels_first(pictures: Bytes) -> Bytes:
    """(..., C, H, W) of pictures; of grey ones C is 1. pictures: (N, H, W), or (N, H, W, 3)."""
    return np.moveaxis(pictures, -1, -3) if pictures.ndim == 4 else pictures[..., None, :, :]
