"""Own image: what a model makes of a picture that is in none of its splits, and what it would have to copy from."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aedash import registry
from aedash.analysis.judge import Judge
from aedash.analysis.latent import flattened
from aedash.analysis.snapshots import pixels
from aedash.analysis.trained import Trained
from aedash.data.framing import Step
from aedash.data.image_data import Split
from aedash.data.pictures import painted
from aedash.events import Bytes, Floats
from aedash.models.base import Posterior
from aedash.models.conditional import ConditionalAutoencoder

COMPANIONS = 1000  # test images that a model of whole batches sees beside a strange one
NEAREST = 5
TYPICAL = 300  # test images whose distance to their nearest training image says what is usual
CHUNK = 2048  # training images whose distances are taken at once: their pixels stay in the cache
QUANTILES = 0.1, 0.5, 0.9


@dataclass(frozen=True, eq=False)
class Near:
    """A training image. image: (H, W) or (H, W, 3) uint8; label: its class; mse: per pixel on [0, 1], to it."""

    image: Bytes
    label: int
    mse: float


class Read(NamedTuple):
    """What the judge takes a picture for, and how surely, 0..1."""

    label: int
    sureness: float


@dataclass(frozen=True, eq=False)
class Own:
    """A model's answer to one picture. Differences are mean squared ones per pixel on [0, 1], not clipped.

    steps: how it was framed, empty of one that was taken as it is; given, output: (H, W) uint8, or (H, W, 3); mse: of
    the output.
    code: (latent,), the mean code; deviation: (latent,) standard deviation of a variational code, in code units. label:
    the class that the model was told, None of one that is told none; of all classes it is the one that gives the
    smallest error. nearest: training images nearest to what was given, the nearest first; copied: those nearest to the
    output. companions: how many test images the model saw beside it, 0 for one that looks at each alone. read: what the
    judge reads in the given and in the output, None without a judge.
    """

    steps: tuple[Step, ...]
    given: Bytes
    output: Bytes
    mse: float
    code: Floats
    deviation: Floats | None
    label: int | None
    nearest: tuple[Near, ...]
    copied: tuple[Near, ...]
    companions: int
    read: tuple[Read, Read] | None = None


@dataclass(frozen=True)
class Typical:
    """How near test images come to training images, as quantiles (10, 50, 90 %) of the mean squared difference.

    image: of the images themselves; output: of what the model makes of them. count: test images, spread over all.
    """

    image: tuple[float, float, float]
    output: tuple[float, float, float]
    count: int


def framed(trained: Trained, picture: Bytes) -> tuple[Step, ...]:
    """The picture laid into the field as the data set's own were. Raises Refused for one of one single grey."""
    info = trained.data.info
    return registry.datasets.get(info.name).framing(picture, info.shape[1:])


@torch.no_grad()
def own(trained: Trained, picture: Bytes, as_it_is: bool = False, judge: Judge | None = None) -> Own:
    """The model's answer, by its best weights, read by a judge of its data set. picture: (H, W) uint8 of any size.

    as_it_is: it is laid into the field already, at a whole multiple of the field's size. Raises Refused where the model
    has diverged, and without `as_it_is` for a picture of one single grey.
    """
    steps = () if as_it_is else framed(trained, picture)
    given = steps[-1].picture if steps else reduced(picture, trained.data.info.shape[1:])
    x = trained.scaling.to_model(torch.from_numpy(given).expand(1, *trained.data.info.shape))
    posterior, label = _posterior(trained, x)
    code = flattened(posterior.mean)[0]
    made = trained.model.decode(posterior.mean, posterior.context)
    unit, target = trained.scaling.to_unit(made), trained.scaling.to_unit(x)
    near, copied = nearest(training_images(trained), torch.cat([target, unit]), NEAREST)
    return Own(
        steps=steps,
        given=pixels(x, trained.scaling)[0],
        output=pixels(made, trained.scaling)[0],
        mse=float((unit - target).square().mean()),
        code=code.numpy(),
        deviation=None if posterior.log_var is None else posterior.log_var[0].flatten().div(2).exp().numpy(),
        label=label,
        nearest=near,
        copied=copied,
        companions=min(COMPANIONS, len(trained.data.test)) if trained.model.coupled else 0,
        read=None if judge is None else _read(judge, torch.cat([target, unit])),
    )


def _read(judge: Judge, pictures: Tensor) -> tuple[Read, Read]:
    found = judge.read(pictures)
    given, output = map(Read, found.labels.tolist(), found.confidence.tolist())
    return given, output


def reduced(picture: Bytes, field: tuple[int, int]) -> Bytes:
    """(H, W) of the field: the mean of the blocks of a picture that is a whole number of times as large.

    Raises ValueError for any other size.
    """
    times, rest = divmod(picture.shape[0], field[0])
    if rest or picture.shape != (field[0] * times, field[1] * times):
        raise ValueError(f"{picture.shape} is no multiple of {field}")
    blocks = picture.reshape(field[0], times, field[1], times)
    return blocks.mean((1, 3)).round().astype(np.uint8)


def _posterior(trained: Trained, x: Tensor) -> tuple[Posterior, int | None]:
    """What the encoder says of one image, and the class that it was told."""
    model = trained.model
    if not isinstance(model, ConditionalAutoencoder):
        return model.join(x, trained.spread(COMPANIONS if model.coupled else 0)), None
    classes = torch.arange(model.classes)
    every = model.encode(x.expand(model.classes, *x.shape[1:]), classes)
    errors = (model.decode(every.mean, classes) - x).square().flatten(1).mean(1).nan_to_num(torch.inf)
    best = int(errors.argmin())
    mean, log_var, told = (None if part is None else part[best : best + 1] for part in every)
    assert mean is not None
    return Posterior(mean, log_var, told), best


def training_images(trained: Trained) -> Split:
    """Those that the run has trained on."""
    return trained.data.splits(trained.config.data.validation)["train"]


@torch.no_grad()
def nearest(images: Split, unit: Tensor, count: int) -> list[tuple[Near, ...]]:
    """For each picture the `count` images of the split with the smallest mean squared difference, smallest first.

    unit: (N, C, H, W) on [0, 1]. All are compared: 60,000 grey ones take 15 ms for one picture.
    """
    sought = unit.flatten(1)
    squares = torch.cat([_squares(part, sought) for part in images.images.split(CHUNK)])
    found = squares.topk(min(count, len(squares)), dim=0, largest=False)
    return [
        tuple(_near(images, place, float(mse)) for place, mse in zip(places.tolist(), column, strict=True))
        for places, column in zip(found.indices.T, found.values.T, strict=True)
    ]


def _squares(part: Tensor, sought: Tensor) -> Tensor:
    """(M, N) mean squared differences. part: (M, C, H, W) uint8; sought: (N, pixels) on [0, 1]."""
    known = part.flatten(1).float() / 255
    squares = known.square().sum(1)[:, None] + sought.square().sum(1) - 2 * known @ sought.T
    return squares.clamp(min=0) / sought.shape[1]


def _near(images: Split, place: int, mse: float) -> Near:
    return Near(painted(images.images[place].numpy()), int(images.labels[place]), mse)


@torch.no_grad()
def typical(trained: Trained, count: int = TYPICAL) -> Typical:
    """What is usual of `count` test images, spread evenly over all, each decoded from its mean code."""
    model, batch = trained.model, trained.spread(count)
    posterior = model.encode(batch.input, model.context(batch))
    made = trained.scaling.to_unit(model.decode(posterior.mean, posterior.context))
    both = torch.cat([trained.scaling.to_unit(batch.input), made])
    image, output = least(training_images(trained), both).chunk(2)
    return Typical(_quantiles(image), _quantiles(output), len(batch.input))


def least(images: Split, unit: Tensor) -> Tensor:
    """(N,) the smallest mean squared difference of each picture to any image of the split."""
    sought = unit.flatten(1)
    return torch.stack([_squares(part, sought).amin(0) for part in images.images.split(CHUNK)]).amin(0)


def _quantiles(values: Tensor) -> tuple[float, float, float]:
    low, middle, high = (float(values.quantile(share)) for share in QUANTILES)
    return low, middle, high
