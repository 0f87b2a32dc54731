"""Between images: sums with class means in the code, ways from one image to another, and styles of a conditional model.

Each is made beside its like in pixels: only what that cannot do was learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.judge import Judge
from aedash.analysis.latent import encoded, flattened, parts
from aedash.analysis.own_image import COMPANIONS, least, training_images
from aedash.analysis.trained import Trained
from aedash.data.pictures import of_unit
from aedash.events import Bytes, Floats
from aedash.models.conditional import ConditionalAutoencoder

IMAGES = 2000  # test images whose means stand for the classes
STEPS = 9  # pictures of a way, both ends included


@dataclass(frozen=True, eq=False)
class Means:
    """What the test images of each class have in common; nan of a class without any.

    codes: (classes, latent), of the mean codes, in code units; images: (classes, C, H, W) on [0, 1]; count: images in
    all.
    """

    codes: Floats
    images: Floats
    count: int


@dataclass(frozen=True, eq=False)
class Row:
    """K pictures. pictures: (K, H, W) uint8; off: (K,) mean squared difference per pixel on [0, 1] to the nearest
    training image; labels, sureness: (K,) what the judge reads and its probability, None without a judge.
    """

    pictures: Bytes
    off: Floats
    labels: NDArray[np.int64] | None
    sureness: Floats | None


@dataclass(frozen=True, eq=False)
class Place:
    """A test image. unit: (C, H, W) on [0, 1]; code: (latent,); context: what the decoder needs beside the code, or
    None.
    """

    unit: Tensor
    code: Tensor
    context: Any


@torch.no_grad()
def means(trained: Trained, count: int = IMAGES) -> Means:
    """By class, over so many test images, spread evenly. Raises Refused for codes that are not finite."""
    batch = trained.spread(count)
    codes = torch.cat([flattened(encoded(trained, part).mean) for part in parts(batch, trained.model.chunk)])
    images = trained.scaling.to_unit(batch.input)
    found = [
        [values[batch.label == label].mean(0) for label in range(len(trained.data.info.classes))]
        for values in (codes, images)
    ]
    return Means(torch.stack(found[0]).numpy(), torch.stack(found[1]).numpy(), len(codes))


@torch.no_grad()
def place(trained: Trained, number: int) -> Place:
    """The test image of that number, encoded. Raises Refused where there is none, or its code is not finite."""
    batch, model = trained.image(number), trained.model
    if model.coupled:
        posterior = model.join(batch.input, trained.spread(COMPANIONS))
    else:
        posterior = model.encode(batch.input, model.context(batch))
    return Place(trained.scaling.to_unit(batch.input)[0], flattened(posterior.mean)[0], posterior.context)


@torch.no_grad()
def summed(
    trained: Trained, number: int, step: Floats, shift: Floats, amounts: Sequence[float], judge: Judge | None
) -> dict[str, Row]:
    """Test image `number` plus each amount of a difference of two classes, {row: a picture an amount}.

    code: `step`, (latent,), is added to its code, which is decoded; pixels: `shift`, (C, H, W), to its pixels.
    """
    one, times = place(trained, number), torch.tensor(amounts, dtype=torch.float32)
    codes = one.code + times[:, None] * torch.from_numpy(step)
    blended = one.unit + times[:, None, None, None] * torch.from_numpy(shift)
    made = {"code": _decoded(trained, codes, [one.context] * len(amounts)), "pixels": blended}
    return _rows(trained, made, judge)


@torch.no_grad()
def way(trained: Trained, first: int, last: int, judge: Judge | None) -> dict[str, Row]:
    """From test image `first` to `last`, both included, {row: STEPS pictures}; beside the code the decoder is given
    what belongs to the nearer end.

    code: straight through the code; spherical: along a sphere (White 2016), of variational codes alone, which are meant
    to lie as N(0, I) does: half-way of two such codes a straight way is nearer to 0 than almost any code is.
    pixels: the two images blended.
    """
    ends = place(trained, first), place(trained, last)
    shares = torch.linspace(0, 1, STEPS)[:, None]
    contexts = [ends[int(share > 0.5)].context for share in shares[:, 0]]
    made = {"code": _decoded(trained, torch.lerp(ends[0].code, ends[1].code, shares), contexts)}
    if trained.config.architecture.variational:
        made["spherical"] = _decoded(trained, slerp(ends[0].code, ends[1].code, shares), contexts)
    made["pixels"] = torch.lerp(ends[0].unit, ends[1].unit, shares[..., None, None])
    return _rows(trained, made, judge)


def _rows(trained: Trained, made: dict[str, Tensor], judge: Judge | None) -> dict[str, Row]:
    """made: {row: (K, C, H, W) on [0, 1], not clipped}."""
    whole = torch.cat(list(made.values())).nan_to_num(0).clamp(0, 1)
    off, reading = least(training_images(trained), whole).numpy(), judge and judge.read(whole)
    found, start = {}, 0
    for name, row in made.items():
        part = slice(start, start := start + len(row))
        labels, sureness = (reading.labels[part], reading.confidence[part]) if reading else (None, None)
        found[name] = Row(_bytes(whole[part]), off[part], labels, sureness)
    return found


def slerp(first: Tensor, last: Tensor, shares: Tensor) -> Tensor:
    """(K, latent): evenly turned from one code to the other, lengths blended along (White 2016, fig. 1).

    first, last: (latent,); shares: (K, 1), 0..1. Straight where they lie in one direction, or opposite, or one is 0.

    >>> half = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), torch.tensor([[0.5]]))
    >>> half.square().mul(100).round().tolist()
    [[50.0, 50.0]]
    """
    lengths = first.norm(), last.norm()
    angle = torch.arccos((first @ last / (lengths[0] * lengths[1])).clamp(-1, 1))
    if not bool(torch.sin(angle) > 1e-4):
        return torch.lerp(first, last, shares)
    turned = torch.sin((1 - shares) * angle) * first / lengths[0] + torch.sin(shares * angle) * last / lengths[1]
    return torch.lerp(lengths[0], lengths[1], shares) * turned / torch.sin(angle)


@torch.no_grad()
def styles(trained: Trained, numbers: Sequence[int]) -> Bytes | None:
    """(images, 1 + classes, H, W) uint8: each test image, then its mean code decoded as every class.

    None of a model that is not told the class.
    """
    model = trained.model
    if not isinstance(model, ConditionalAutoencoder):
        return None
    rows, every = [], torch.arange(model.classes)
    for number in numbers:
        one = place(trained, number)
        made = trained.scaling.to_unit(model.decode(one.code.expand(model.classes, -1), every))
        rows.append(_bytes(torch.cat([one.unit[None], made])))
    return np.stack(rows)


def _decoded(trained: Trained, codes: Tensor, contexts: Sequence[Any]) -> Tensor:
    """(K, C, H, W) on [0, 1], not clipped, of codes, (K, latent), each with its context."""
    shaped, model = codes.unflatten(1, trained.model.latent_shape), trained.model
    if all(context is None for context in contexts):
        made = model.decode(shaped)
    else:
        made = torch.cat([model.decode(z, context) for z, context in zip(shaped.split(1), contexts, strict=True)])
    return trained.scaling.to_unit(made)


def _bytes(unit: Tensor) -> Bytes:
    """(..., C, H, W) on [0, 1] -> uint8 pictures, as `snapshots.pixels` does."""
    return of_unit(unit)
