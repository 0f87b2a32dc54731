"""Reference lines: what costs nothing (mean image), what linear algebra reaches (PCA), what nobody beats (floors)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

from aedash.config import RunConfig
from aedash.data.image_data import ImageData, Scaling, Split
from aedash.data.statistics import PixelStatistics, pixel_statistics
from aedash.events import Reference, References

CHUNK = 5000

Guess = Callable[[Tensor], Tensor]


class _ByDigest:
    """Training images as a cache key: equal digests are equal images."""

    def __init__(self, data: ImageData, validation: float) -> None:
        self.data, self.validation = data, validation

    def __hash__(self) -> int:
        return hash((self.data.digest, self.validation))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and hash(self) == hash(other)


def _flat(split: Split) -> Iterator[Tensor]:
    for start in range(0, len(split), CHUNK):
        yield split.images[start : start + CHUNK].flatten(1).float().div(255)


@lru_cache(maxsize=8)
def _statistics(key: _ByDigest) -> PixelStatistics:
    return pixel_statistics(_flat(key.data.splits(key.validation)["train"]))


def statistics(data: ImageData, validation: float) -> PixelStatistics:
    """Mean and principal axes of the training images on [0, 1], computed once a dataset and share."""
    return _statistics(_ByDigest(data, validation))


def references(data: ImageData, config: RunConfig, split: Split, code_size: int) -> References:
    """Floors and baselines of the reconstruction term on `split`, in its unit, and as MSE per pixel on [0, 1]."""
    scaling = data.scaling(config.data.scaling)
    pixels = statistics(data, config.data.validation)
    judge = _Judge(config, scaling, prod(data.info.shape))
    mean_picture = judge.mean_over(split, lambda x: pixels.mean.to(x).expand_as(x))
    lines = [Reference("mean image", mean_picture.unit, "baseline")]
    mse = {"mean image": mean_picture.mse}
    if code_size < prod(data.info.shape):
        axes = pixels.axes[:, :code_size]
        pca = judge.mean_over(split, lambda x: _through(x, pixels.mean.to(x), axes.to(x)))
        label = f"PCA, {code_size} numbers"
        mse[label] = pca.mse
        if judge.squared:
            lines.append(Reference(label, pca.unit, "baseline"))
    floor = judge.mean_over(split, lambda x: x)
    if floor.unit > 1e-9:
        lines.append(Reference("entropy floor" if not judge.squared else "sigmoid floor", floor.unit, "floor"))
    return References(tuple(lines), mse)


def _through(x: Tensor, mean: Tensor, axes: Tensor) -> Tensor:
    return (x - mean) @ axes @ axes.T + mean


@dataclass(frozen=True)
class _Score:
    unit: float
    mse: float


class _Judge:
    """Scores guesses as the run's own reconstruction term does, after clipping them to what its output can express."""

    def __init__(self, config: RunConfig, scaling: Scaling, pixels: int) -> None:
        term = config.objective[0]
        self.squared = getattr(term, "loss", "mse") == "mse"
        self.per_image = pixels if getattr(term, "reduction", "sum") == "sum" else 1
        self.scaling = scaling
        self.bounds = (0.0, 1.0) if config.architecture.output == "sigmoid" else self._range()

    def _range(self) -> tuple[float, float]:
        ends = self.scaling.to_model(torch.tensor([0, 255], dtype=torch.uint8)).tolist()
        return ends[0], ends[1]

    def mean_over(self, split: Split, guess: Guess) -> _Score:
        """guess: (N, D) on [0, 1] -> (N, D) on [0, 1]."""
        unit = mse = 0.0
        for x in _flat(split):
            target = self.scaling.to_model(x * 255)
            guessed = self.scaling.to_model(guess(x) * 255).clamp(*self.bounds)
            unit += float(self._error(guessed, target).cpu().double().sum())
            mse += float((self.scaling.to_unit(guessed) - x).square().mean(1).cpu().double().sum())
        return _Score(unit / len(split) * self.per_image, mse / len(split))

    def _error(self, guessed: Tensor, target: Tensor) -> Tensor:
        if self.squared:
            return (guessed - target).square().mean(1)
        return torch.nn.functional.binary_cross_entropy(guessed, target, reduction="none").mean(1)
