"""Reference lines: what costs nothing (mean image), what linear algebra reaches (PCA), what nobody beats (floors)."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

from aedash.analysis.equivalent import pca_errors
from aedash.config import RunConfig
from aedash.data.image_data import ImageData, Split
from aedash.data.statistics import PixelStatistics, pixel_statistics
from aedash.events import MEAN_IMAGE, Floats, Reference, References
from aedash.formatting import count

CHUNK = 5000
KEPT_DIGITS = 4  # of an error in a run's record

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
    return (images.flatten(1).float().div(255) for images in split.images.split(CHUNK))


@lru_cache(maxsize=8)
def _statistics(key: _ByDigest) -> PixelStatistics:
    return pixel_statistics(_flat(key.data.splits(key.validation)["train"]))


def statistics(data: ImageData, validation: float) -> PixelStatistics:
    """Mean and principal axes of the training images on [0, 1], computed once a dataset and share.

    validation: share of the training images, 0..0.9, that is held out and so not among them.
    """
    return _statistics(_ByDigest(data, validation))


def references(data: ImageData, config: RunConfig, code_size: int) -> References:
    """Floors and baselines of a run, told once, early in it.

    Lines: in the unit of the reconstruction term, on the watched split (validation, else test). MSE: on [0, 1], on that
    and on the test images, of the real mean image and the real PCA of the training images, not clipped. A line is, too,
    where the output layer can express it; else it is clipped to what a sigmoid can say, and named so.

    code_size: numbers in the code. PCA is left out where that holds all pixels, and is no line beside a BCE.
    """
    splits, pixels = data.splits(config.data.validation), statistics(data, config.data.validation)
    watched = "validation" if "validation" in splits else "test"
    curves = {name: pca_errors(splits[name], pixels) for name in dict.fromkeys((watched, "test"))}
    lines = _lines(_Judge(config, data), splits[watched], _guesses(pixels, code_size))
    pca = {name: tuple(float(f"{error:.{KEPT_DIGITS}g}") for error in curve) for name, curve in curves.items()}
    return References(tuple(lines), {name: _errors(curve, code_size) for name, curve in curves.items()}, pca)


def _guesses(pixels: PixelStatistics, code_size: int) -> dict[str, Guess]:
    """{name: what is shown for images (N, D) on [0, 1]}. PCA is left out where a code holds as many numbers as there
    are axes.
    """
    guesses: dict[str, Guess] = {MEAN_IMAGE: lambda x: pixels.mean.to(x).expand_as(x)}
    if code_size < pixels.axes.shape[1]:
        axes = pixels.axes[:, :code_size]
        guesses[pca_name(code_size)] = lambda x: _through(x, pixels.mean.to(x), axes.to(x))
    return guesses


def pca_name(numbers: int) -> str:
    """What PCA of that size is called in charts and sentences.

    >>> pca_name(20)
    'PCA, 20 numbers'
    """
    return f"PCA, {count(numbers)} number{'s' * (numbers != 1)}"


def _through(x: Tensor, mean: Tensor, axes: Tensor) -> Tensor:
    return (x - mean) @ axes @ axes.T + mean


def _errors(curve: Floats, code_size: int) -> dict[str, float]:
    """MSE per pixel on [0, 1] of each guess. curve: of PCA with 0, 1, ... numbers."""
    linear = {pca_name(code_size): float(curve[code_size])} if code_size < len(curve) - 1 else {}
    return {MEAN_IMAGE: float(curve[0]), **linear}


def _lines(judge: "_Judge", split: Split, guesses: dict[str, Guess]) -> Iterator[Reference]:
    """PCA is no line beside a BCE: it leaves 0..1, where that has no meaning."""
    for name, guess in guesses.items():
        if judge.squared or name == MEAN_IMAGE:
            yield Reference(judge.named(name), judge.mean_over(split, guess), "baseline")
    floor = judge.mean_over(split, lambda x: x)
    if floor > 1e-9:
        yield Reference("sigmoid floor" if judge.squared else "entropy floor", floor, "floor")


class _Judge:
    """Scores guesses as the run's own reconstruction term does, in its unit."""

    def __init__(self, config: RunConfig, data: ImageData) -> None:
        term = config.objective[0]
        self.squared = getattr(term, "loss", "mse") == "mse"
        self.per_image = prod(data.info.shape) if getattr(term, "reduction", "sum") == "sum" else 1
        self.scaling = data.scaling(config.data.scaling)
        self.clips = config.architecture.output == "sigmoid" and self.scaling.levels != (0.0, 1.0)

    def named(self, guess: str) -> str:
        """What is drawn: a guess that was clipped is not the guess."""
        first, *rest = guess.split(",")
        return ",".join([f"{first} through a sigmoid", *rest]) if self.clips else guess

    def mean_over(self, split: Split, guess: Guess) -> float:
        """guess: (N, D) on [0, 1] -> (N, D) on [0, 1]."""
        total = 0.0
        for x in _flat(split):
            guessed = self.scaling.to_model(guess(x) * 255)
            shown = guessed.clamp(0, 1) if self.clips else guessed
            total += float(self._error(shown, self.scaling.to_model(x * 255)).cpu().double().sum())
        return total / len(split) * self.per_image

    def _error(self, guessed: Tensor, target: Tensor) -> Tensor:
        if self.squared:
            return (guessed - target).square().mean(1)
        return torch.nn.functional.binary_cross_entropy(guessed.clamp(0, 1), target, reduction="none").mean(1)
