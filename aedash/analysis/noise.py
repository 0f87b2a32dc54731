"""Noise: a model, or what is no model, over the whole range of a noise, on the same images with the same draw of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, device

from aedash.analysis.baselines import statistics
from aedash.analysis.level import quoted
from aedash.analysis.quality import FAINTEST, pictures, restored
from aedash.analysis.robustness import FILTERED, filters, noisy
from aedash.analysis.snapshots import one_of_each
from aedash.analysis.trained import Trained, evenly
from aedash.config import CorruptionConfig, DataConfig
from aedash.data.corruption import corrupt
from aedash.data.image_data import Split, images_of, load
from aedash.data.streams import stream
from aedash.events import Bytes, Floats

MEASURED = FILTERED  # test images: models are measured on those that the filters get
SHOWN = 10


@dataclass(frozen=True, eq=False)
class Denoised:
    """What becomes of noisy images, clipped to 0..1 whoever made it.

    errors: (N,) MSE per pixel on [0, 1] of each image; see `level` for which of them choose and which are quoted;
    pictures: (10, H, W) uint8, those shown; settings: in words, of a filter, else empty.
    """

    errors: Floats
    pictures: Bytes
    settings: str = ""

    @property
    def mse(self) -> float:
        """Per pixel on [0, 1], over the quoted images."""
        return float(quoted(self.errors).mean())

    @property
    def psnr(self) -> float:
        """In dB, at most 100, the mean over the quoted images."""
        return float(quoted(self.decibels).mean())

    @property
    def decibels(self) -> Floats:
        """(N,): 10 log10(1 / MSE) of each image, at most 100."""
        return -10 * np.log10(self.errors.clip(min=FAINTEST))


def through(trained: Trained, corruptions: Sequence[CorruptionConfig]) -> list[Denoised]:
    """What a model makes of 400 test images with each of these corruptions, which are meant on pixels of [0, 1].

    Clipped to 0..1, as what stands beside it is: a filter's picture would be, too.
    """
    batches = (noisy(trained, corruption, MEASURED) for corruption in corruptions)
    unit = trained.scaling.to_unit
    return [_denoised(restored(trained, batch), unit(batch.target), batch.label) for batch in batches]


def without_model(config: DataConfig, root: Path, corruption: CorruptionConfig) -> dict[str, Denoised]:
    """{name: the same} of the noisy image itself, of the mean picture and of classical filters, as `robustness.filters`
    has it.

    config: of the images whose mean is shown; root: of their files. Raises Unavailable as `image_data.load` does.
    """
    data = images_of(config, root)
    few = _few(data.test)
    clean = few.images.float() / 255
    input_ = corrupt(clean, corruption, (0.0, 1.0), stream(0, "robustness", device("cpu")))
    mean = statistics(data, config.validation).mean.float().view(clean.shape[1:])
    filtered = filters(clean, input_, mean).items()
    return {name: _denoised(made.pictures, clean, few.labels, made.settings) for name, made in filtered}


def clean(name: str, root: Path) -> Bytes:
    """(10, H, W) uint8: the images that are shown, one of each class. Raises Unavailable without the data set."""
    few = _few(load(name, root).test)
    return pictures(few.images.float() / 255)[_shown(few.labels)]


def _denoised(made: Tensor, clean: Tensor, labels: Tensor, settings: str = "") -> Denoised:
    """made, clean: (N, C, H, W) on [0, 1]."""
    clipped = made.clamp(0, 1)
    errors = (clipped - clean).flatten(1).square().mean(1, dtype=torch.float64)
    return Denoised(errors.numpy(), pictures(clipped)[_shown(labels)], settings)


def _few(test: Split) -> Split:
    return test[evenly(len(test), MEASURED)]


def _shown(labels: Tensor) -> list[int]:
    places: list[int] = one_of_each(labels, SHOWN).tolist()
    return places
