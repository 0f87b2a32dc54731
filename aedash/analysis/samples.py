"""Samples, judged: how real, how complete, how near and how sure, in the eyes of a small classifier.

No figure alone tells a good sampler: the mean picture is nearest of all to training images, and random pixels are read
with confidence. So every figure stands beside the same one of test images, of the mean picture and of random pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.judge import Judge, Reading
from aedash.analysis.own_image import CHUNK, least, nearest, training_images
from aedash.analysis.quality import pictures, restored
from aedash.analysis.samplers import Sampler, codes_of, decoded
from aedash.analysis.trained import Trained, evenly
from aedash.data.image_data import Batch, Split
from aedash.data.streams import stream
from aedash.events import Bytes, Floats
from aedash.objectives.mmd import distance

SAMPLES = 2000  # pictures of each kind, and test images that they are compared with
NEIGHBOURS = 5  # of a test image, that span its neighbourhood (Naeem et al. 2020)
SURE = 0.9  # probability from which a reading counts as confident
NEAR = 300  # pictures of each kind whose nearest training image is sought
USUAL = 0.95  # share of test images that are as near


@dataclass(frozen=True, eq=False)
class Drawn:
    """Pictures of a sampler, (N, H, W) uint8, and the training image nearest to each in pixels."""

    name: str
    pictures: Bytes
    nearest: Bytes


@dataclass(frozen=True)
class Row:
    """Figures of N pictures against as many test images, in the judge's features; shares are 0..1.

    precision: of pictures among test images; recall: of test images among pictures (Kynkäänniemi et al. 2019); density:
    how many neighbourhoods a picture lies in, over 5, about 1 for test images; coverage: of test images whose
    neighbourhood holds a picture (Naeem et al. 2020). distance: unbiased squared kernel distance, 0 where nothing
    differs, it may lie below. kinds: exp of the entropy over the classes that are read, 1 to their number. confident:
    share read with a probability of 0.9 or more. near: share whose nearest training image is no further away,
    in pixels, than that of 95 % of test images.
    """

    name: str
    precision: float
    recall: float
    density: float
    coverage: float
    distance: float
    kinds: float
    confident: float
    near: float


@dataclass(frozen=True)
class Table:
    """rows: samplers first, then what stands beside them. images: of each kind; classes: their number. gap: squared
    MMD between the codes of training images and N(0, I); chance: what as many draws of N(0, I) have. accuracy: of the
    judge on all test images, 0..1.
    """

    rows: tuple[Row, ...]
    images: int
    classes: int
    gap: float
    chance: float
    accuracy: float

    def row(self, name: str) -> Row:
        """The one of that name."""
        return next(row for row in self.rows if row.name == name)


def drawn(trained: Trained, found: tuple[Sampler, ...], count: int, draw: int = 0) -> tuple[Drawn, ...]:
    """`count` pictures of each sampler. draw: another number gives others, the same number the same.

    Raises Refused for a model that diverged.
    """
    images = training_images(trained)

    def one(sampler: Sampler) -> Drawn:
        made = decoded(trained, sampler.draw(count, stream(draw, f"samples/shown/{sampler.name}")))
        near = nearest(images, made.clamp(0, 1), 1)
        return Drawn(sampler.name, pictures(made), np.stack([each.image for [each] in near]))

    return tuple(map(one, found))


RESTORED, REAL, MEAN, NOISE = "reconstructions", "test images", "mean picture", "random pixels"


def table(trained: Trained, judge: Judge, found: tuple[Sampler, ...]) -> Table:
    """Every sampler and what stands beside it. Raises Refused for a model that diverged.

    Even-numbered test images are what is compared with; the row of test images is of odd-numbered ones, and so are the
    reconstructions.
    """
    test, count = trained.data.test, min(SAMPLES, len(trained.data.test) // 2)
    even, odd = (2 * evenly(len(test) // 2, count) + rest for rest in (0, 1))
    seen = _Compared(judge, judge.read(_unit(test[even])), training_images(trained), len(trained.data.info.classes))
    usual = float(torch.quantile(seen.nearest(_unit(test[odd])), USUAL))
    rows = tuple(seen.row(name, made, usual) for name, made in _made(trained, found, odd))
    codes = codes_of(trained)
    codes = codes[evenly(len(codes), SAMPLES)]
    normal = torch.randn(codes.shape, generator=stream(0, "samples/chance"))
    gap, chance = (float(distance(each, stream(0, "samples/gap"))) for each in (codes, normal))
    return Table(rows, count, seen.classes, gap, chance, judge.accuracy)


def _made(trained: Trained, found: tuple[Sampler, ...], odd: Tensor) -> Iterator[tuple[str, Tensor]]:
    real = trained.data.test[odd]
    for sampler in found:
        yield sampler.name, decoded(trained, sampler.draw(len(odd), stream(0, f"samples/{sampler.name}")))
    x = trained.scaling.to_model(real.images)
    yield RESTORED, restored(trained, Batch(x, x, real.labels, odd))
    yield REAL, _unit(real)
    mean = sum(_unit(Split(part, part)).sum(0) for part in training_images(trained).images.split(CHUNK))
    yield MEAN, (torch.as_tensor(mean) / len(training_images(trained))).expand(len(odd), *real.images.shape[1:])
    yield NOISE, torch.rand(real.images.shape, generator=stream(0, "samples/noise"))


def _unit(images: Split) -> Tensor:
    return images.images.float() / 255


@dataclass(frozen=True, eq=False)
class _Compared:
    """What pictures are compared with: the reading of test images, and the training images of the run."""

    judge: Judge
    real: Reading
    train: Split
    classes: int

    def row(self, name: str, made: Tensor, usual: float) -> Row:
        reading = self.judge.read(made)
        precision, recall, density, coverage = prdc(self.real.features, reading.features, NEIGHBOURS)
        return Row(
            name,
            precision,
            recall,
            density,
            coverage,
            kernel_distance(self.real.features, reading.features),
            kinds(reading.labels, self.classes),
            float((reading.confidence >= SURE).mean()),
            float((self.nearest(made) <= usual).float().mean()),
        )

    def nearest(self, made: Tensor) -> Tensor:
        """(few,) mean squared difference a pixel to the nearest training image, of pictures spread evenly over all."""
        return least(self.train, made[evenly(len(made), NEAR)].clamp(0, 1))


def prdc(real: Floats, made: Floats, k: int) -> tuple[float, float, float, float]:
    """(precision, recall, density, coverage) of made against real features, (N, D) and (M, D); more than k of each.

    A neighbourhood is the ball around a point that reaches to the k-th nearest of its own kind, itself not counted.
    Precision, recall: Kynkäänniemi et al. 2019, eq. 1 and 2; density, coverage: Naeem et al. 2020, eq. 4 and 5.

    >>> line = np.arange(8.0)[:, None]
    >>> prdc(line, line, 1)
    (1.0, 1.0, 2.75, 1.0)
    >>> prdc(line, line + 100, 1)
    (0.0, 0.0, 0.0, 0.0)
    """
    apart = _distances(real, made)
    around_real, around_made = (np.sqrt(_radii(each, k)) for each in (real, made))
    inside = np.sqrt(apart) <= around_real[:, None]
    return (
        float(inside.any(0).mean()),
        float((np.sqrt(apart) <= around_made[None]).any(1).mean()),
        float(inside.sum(0).mean() / k),
        float(inside.any(1).mean()),
    )


def _radii(points: Floats, k: int) -> Floats:
    """(N,) squared distance to the k-th nearest other point."""
    return np.partition(_distances(points, points), k, axis=1)[:, k]


def _distances(a: Floats, b: Floats) -> Floats:
    """(N, M) squared, none below 0."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.maximum(np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T, 0)


def kernel_distance(real: Floats, made: Floats) -> float:
    """Unbiased squared MMD of features (N, D) and (M, D) under k(x, y) = (x y / D + 1)^3, the form of KID (Binkowski et
    al. 2018), after both were divided by the root mean square of the real ones, so that judges of any scale compare.

    Not comparable with a KID or an FID, which are taken in Inception's features.
    """
    scale = np.sqrt(np.square(real, dtype=np.float64).mean()) or 1.0
    x, y = real / scale, made / scale

    def kernel(a: Floats, b: Floats) -> Floats:
        return (a @ b.T / a.shape[1] + 1) ** 3

    def within(a: Floats) -> float:
        whole = kernel(a, a)
        return float((whole.sum() - np.trace(whole)) / (len(a) * (len(a) - 1)))

    return within(x) + within(y) - 2 * float(kernel(x, y).mean())


def kinds(labels: NDArray[np.int64], classes: int) -> float:
    """How many classes there are in effect: exp of the entropy of their shares.

    >>> round(kinds(np.array([0, 1, 0, 1]), 10), 6), kinds(np.array([3, 3]), 10)
    (2.0, 1.0)
    """
    share = np.bincount(labels, minlength=classes) / len(labels)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))
