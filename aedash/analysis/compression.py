"""Compression: the bytes duel. An image as a code of few bits, as PCA's, as JPEG and as WebP, in real bytes.

All contenders are judged as pictures clipped to 0..1. A code has no header, but needs a decoder: see `decoder_bytes`.
"""

from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from aedash.analysis.baselines import statistics
from aedash.analysis.latent import encoded, flattened, parts
from aedash.analysis.metrics import clean_batches
from aedash.analysis.quality import Quality, judged, originals, pictures
from aedash.analysis.trained import Trained
from aedash.models.base import Autoencoder

OUTLIERS = 0.001  # share of the training codes beyond either end of the range
RANGED = 1000  # training images that tell the range of a code
NEAR = 8  # qualities either side of where bisection ends
CODED = 200  # test images of the duel, spread evenly over all: a codec takes two dozen files an image to find the best

QUALITIES = (1, 10, 30, 50, 70, 85, 95)  # of a codec's curve
_SETTINGS: dict[str, dict[str, Any]] = {
    "JPEG": {"format": "JPEG", "optimize": True},
    "WebP": {"format": "WEBP", "method": 6},
}

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Compressed:
    """One contender of the bytes duel, on `images` test images.

    bytes: mean of an image, headers included; quality: of the pictures clipped to 0..1; pictures: (N, H, W) uint8.
    budget: bytes that it was allowed; over: share of images, 0..1, whose smallest file is larger, which then stands for
    them; smallest: mean bytes of the smallest files. complete: whether the bytes are all that the decoder gets (a label
    or pool indices beside the code are not in them).
    """

    bytes: float
    quality: Quality
    pictures: Pixels
    images: int
    budget: float
    over: float = 0.0
    smallest: float = 0.0
    complete: bool = True


@torch.no_grad()
def quantised(trained: Trained, bits: int, count: int) -> Compressed:
    """The model's mean codes of `count` test images, spread evenly over all, at `bits` a number, decoded. bits: 1 or
    more.

    Each unit's range, between quantiles of training codes, is cut into 2^bits equal steps; a number becomes the middle
    of its step. The range belongs to the decoder. A VQ-VAE's words count log2 of its codebook instead, whatever `bits`
    is. Raises Refused for a code that is not finite.
    """
    model, (low, high) = trained.model, code_range(_training_codes(trained))
    decoded, complete = [], True
    for part in parts(trained.spread(count), model.chunk):
        posterior = model.encode(part.input, model.context(part))
        codes = flattened(posterior.mean)
        coarse = model.packed(codes, lambda x: rounded(x, low, high, bits))
        decoded.append(model.decode(coarse.view_as(posterior.mean), posterior.context))
        bare = None if posterior.context is None else model.decode(coarse.view_as(posterior.mean))
        complete &= bare is None or torch.equal(decoded[-1], bare)
    size = code_bytes(trained, bits)
    clean = originals(trained, count)
    return _contender(trained.scaling.to_unit(torch.cat(decoded)), clean, size, budget=size, complete=complete)


def quantised_pca(trained: Trained, bits: int, count: int, size: int = 0) -> Compressed:
    """PCA of the training images with `size` numbers at `bits` each, likewise, on the same test images.

    size: 0 for as many as the model's code, at most the pixels.
    """
    pixels = statistics(trained.data, trained.config.data.validation)
    axes = pixels.axes[:, : size or prod(trained.model.latent_shape)].float()
    mean, clean = pixels.mean.float(), originals(trained, count)
    seen = trained.data.train[slice(0, RANGED)].images.flatten(1).float() / 255
    codes = rounded((clean.flatten(1) - mean) @ axes, *code_range((seen - mean) @ axes), bits)
    needed = axes.shape[1] * bits / 8
    return _contender((codes @ axes.T + mean).view_as(clean), clean, needed, budget=needed)


def code_bytes(trained: Trained, bits: int) -> float:
    """Bytes of one image's code, packed without gaps; a fraction where the bits do not fill the last one."""
    return trained.model.bits(bits) / 8


def code_range(codes: Tensor) -> tuple[Tensor, Tensor]:
    """(low, high), (latent,) each: quantiles 0.1 % and 99.9 % of each unit, so that no outlier widens the steps.

    codes: (N, latent).
    """
    ends = torch.quantile(codes, torch.tensor([OUTLIERS, 1 - OUTLIERS]), dim=0)
    return ends[0], ends[1]


def rounded(codes: Tensor, low: Tensor, high: Tensor, bits: int) -> Tensor:
    """(N, latent): each number moved to the middle of its step, of 2^bits equal ones between low and high.

    low, high: (latent,). What lies beyond them goes to the nearest step.

    >>> low, high = torch.zeros(1), torch.ones(1)
    >>> rounded(torch.tensor([[0.1], [0.6], [7.0]]), low, high, bits=1).flatten().tolist()
    [0.25, 0.75, 0.75]
    """
    step = (high - low) / 2**bits
    number = ((codes - low) / step.clamp(min=1e-30)).floor().clamp(0, 2**bits - 1)
    return low + (number + 0.5) * step


def _training_codes(trained: Trained) -> Tensor:
    few = min(RANGED, max(1, 10_000_000 // prod(trained.model.latent_shape)))
    return flattened(encoded(trained, next(clean_batches(trained.data.train, trained.scaling, few))).mean)


def decoder_bytes(trained: Trained) -> int:
    """Size of the decoder in half precision: of all parameters on which a decoded picture depends, two bytes each."""
    model = deepcopy(trained.model)
    return 2 * sum(p.numel() for p in model.parameters() if _reaches_picture(model, p))


@torch.no_grad()
def _reaches_picture(model: Autoencoder, parameter: nn.Parameter) -> bool:
    """A parameter that is not a number makes every picture not a number. Works without gradients, as PCA needs it."""
    kept, parameter.data = parameter.data, torch.full_like(parameter, float("nan"))
    touched = bool(model.decode(torch.zeros(1, *model.latent_shape)).isnan().any())
    parameter.data = kept
    return touched


def jpeg(images: Tensor, target_bytes: float) -> Compressed:
    """Each image as the best JPEG of at most that many bytes, with Huffman tables of its own.

    images: (N, C, H, W) on [0, 1], one channel or three, of which the first 200 are coded. An image that does not fit
    at any quality stands there with its smallest file, and counts in `over`.
    """
    return _coded(images, target_bytes, 95, **_SETTINGS["JPEG"])


def webp(images: Tensor, target_bytes: float) -> Compressed:
    """Each image as the best lossy WebP of at most that many bytes; images and those that do not fit as in `jpeg`."""
    return _coded(images, target_bytes, 100, **_SETTINGS["WebP"])


def png(images: Tensor) -> Compressed:
    """Each image without loss: a code of more bytes than these compresses nothing. images: (N, C, H, W) on [0, 1]."""
    return _coded(images, float("inf"), 1, format="PNG", optimize=True)


def codec_curve(images: Tensor, name: str) -> list[Compressed]:
    """JPEG or WebP at a few qualities, from its smallest files on, each in the bytes that it happens to take.

    images: (N, C, H, W) on [0, 1], of which the first 200 are coded; name: "JPEG" or "WebP", KeyError for another one.
    """
    few, curve = images[:CODED], []
    for quality in QUALITIES:
        files = [_file(_picture(image), quality, _SETTINGS[name]) for image in few]
        size = float(np.mean([len(file) for file in files]))
        decoded = torch.stack([_read(file, len(few[0])) for file in files])
        curve.append(_contender(decoded, few, size, budget=size))
    return curve


def _coded(images: Tensor, budget: float, finest: int, **settings: Any) -> Compressed:
    """The first 200 images in a codec of Pillow's, whose quality goes from 1 to `finest`."""
    few = images[:CODED]
    files = [_fitting(image, budget, finest, settings) for image in few]
    decoded = torch.stack([_read(file, len(few[0])) for file, _ in files])
    smallest = np.array([least for _, least in files])
    size = float(np.mean([len(file) for file, _ in files]))
    over = float((smallest > budget).mean())
    return _contender(decoded, few, size, budget=budget, over=over, smallest=float(smallest.mean()))


def _fitting(image: Tensor, budget: float, finest: int, settings: dict[str, Any]) -> tuple[bytes, int]:
    """(file, bytes of the smallest tried): the nearest to the image within the budget, else the smallest.

    Neither bytes nor error quite follow the quality, so bisection only tells where to look: all near it are tried.
    """
    picture = _picture(image)
    first = _file(picture, 1, settings)
    low, high = 1, finest if len(first) <= budget else 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_file(picture, middle, settings)) <= budget else (low, middle - 1)
    near = [_file(picture, q, settings) for q in range(max(1, low - NEAR), min(finest, low + NEAR) + 1)]
    smallest = min(first, *near, key=len)
    small = [file for file in near if len(file) <= budget] or [smallest]
    best = min(small, key=lambda file: float((_read(file, len(image)) - image).square().sum()))
    return best, len(smallest)


def _file(picture: Image.Image, quality: int, settings: dict[str, Any]) -> bytes:
    into = BytesIO()
    picture.save(into, quality=quality, **settings)
    return into.getvalue()


def _picture(image: Tensor) -> Image.Image:
    """(C, H, W) on [0, 1], one channel or three."""
    pixels = image.clamp(0, 1).mul(255).round().byte().movedim(0, 2).numpy()
    return Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)


def _read(file: bytes, channels: int) -> Tensor:
    pixels = np.array(Image.open(BytesIO(file)).convert("L" if channels == 1 else "RGB"))
    return torch.from_numpy(pixels).float().div(255).view(*pixels.shape[:2], channels).movedim(2, 0)


def _contender(made: Tensor, clean: Tensor, size: float, **more: Any) -> Compressed:
    clipped = made.clamp(0, 1)
    return Compressed(size, judged(clipped, clean), pictures(clipped), len(clean), **more)
