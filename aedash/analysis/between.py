"""Between images: sums with class means in the code, ways from one image to another, and styles of a conditional model.

Each is made beside its like in pixels: only what that cannot do was learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aedash.analysis.latent import encoded, flattened, parts
from aedash.analysis.own_image import COMPANIONS, least, training_images
from aedash.analysis.snapshots import pixels
from aedash.analysis.trained import Trained
from aedash.events import Bytes, Floats
from aedash.models.conditional import ConditionalAutoencoder
from aedash.registry import Refused

IMAGES = 2000  # test images whose means stand for the classes
STEPS = 9  # pictures of a way, both ends included


@dataclass(frozen=True, eq=False)
class Means:
    """What the test images of each class have in common; nan of a class without any.

    codes: (classes, latent), of the mean codes, in code units; images: (classes, H, W) on [0, 1]; count: images in all.
    """

    codes: Floats
    images: Floats
    count: int


@dataclass(frozen=True, eq=False)
class Sum:
    """One image plus a multiple of a difference of two classes, a picture an amount.

    code: (K, H, W) uint8, added in the code and decoded; pixels: the same, added in the pixels and clipped.
    """

    code: Bytes
    pixels: Bytes


@dataclass(frozen=True, eq=False)
class Way:
    """From one image to another, (STEPS, H, W) uint8 a row. straight, spherical: through the code, ends included;
    spherical: None of a code without a prior. pixels: the two images blended.

    off: {row: (STEPS,)} mean squared difference per pixel on [0, 1] to the nearest training image.
    """

    straight: Bytes
    spherical: Bytes | None
    pixels: Bytes
    off: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Place:
    """A test image. unit: (H, W) on [0, 1]; code: (latent,); context: what the decoder needs beside the code, or None;
    label: its class.
    """

    unit: Tensor
    code: Tensor
    context: Any
    label: int


@torch.no_grad()
def means(trained: Trained, count: int = IMAGES) -> Means:
    """By class, over so many test images, spread evenly. Raises Refused for codes that are not finite."""
    batch = trained.spread(count)
    codes = torch.cat([flattened(encoded(trained, part).mean) for part in parts(batch, trained.model.chunk)])
    images = trained.scaling.to_unit(batch.input).mean(1)
    found = [
        [values[batch.label == label].mean(0) for label in range(len(trained.data.info.classes))]
        for values in (codes, images)
    ]
    return Means(torch.stack(found[0]).numpy(), torch.stack(found[1]).numpy(), len(codes))


@torch.no_grad()
def place(trained: Trained, number: int) -> Place:
    """The test image of that number, encoded. Raises Refused where there is none, or its code is not finite."""
    batch, model = trained.batch(1, number), trained.model
    if not len(batch.input):
        raise Refused(f"There is no test image {number}; the last is {len(trained.data.test) - 1}.", "view-image")
    if model.coupled:
        posterior = model.join(batch.input, trained.spread(COMPANIONS))
    else:
        posterior = model.encode(batch.input, model.context(batch))
    unit = trained.scaling.to_unit(batch.input)[0].mean(0)
    return Place(unit, flattened(posterior.mean)[0], posterior.context, int(batch.label[0]))


@torch.no_grad()
def summed(trained: Trained, number: int, step: Floats, shift: Floats, amounts: Sequence[float]) -> Sum:
    """Test image `number` plus each amount of a difference: `step` of codes, (latent,), `shift` of images, (H, W)."""
    one, times = place(trained, number), torch.tensor(amounts, dtype=torch.float32)[:, None]
    codes = one.code + times * torch.from_numpy(step)
    blended = one.unit + times[:, None] * torch.from_numpy(shift)
    return Sum(_decoded(trained, codes, [one.context] * len(amounts))[0], _bytes(blended))


@torch.no_grad()
def way(trained: Trained, first: int, last: int) -> Way:
    """From test image `first` to `last`. What the decoder is given beside the code is that of the nearer end.

    Spherical as White 2016, for codes that are meant to lie as N(0, I) does: half-way of two such codes a straight way
    is nearer to 0 than hardly any code ever is.
    """
    ends = place(trained, first), place(trained, last)
    shares = torch.linspace(0, 1, STEPS)[:, None]
    contexts = [ends[int(share > 0.5)].context for share in shares[:, 0]]
    straight, made = _decoded(trained, torch.lerp(ends[0].code, ends[1].code, shares), contexts)
    blended = torch.lerp(ends[0].unit, ends[1].unit, shares[..., None])
    rows = {"straight": made, "pixels": blended}
    spherical = None
    if trained.config.architecture.variational:
        spherical, rows["spherical"] = _decoded(trained, slerp(ends[0].code, ends[1].code, shares), contexts)
    off = least(training_images(trained), torch.cat(list(rows.values()))).split(STEPS)
    return Way(straight, spherical, _bytes(blended), {name: each.numpy() for name, each in zip(rows, off, strict=True)})


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
        made = pixels(model.decode(one.code.expand(model.classes, -1), every), trained.scaling)
        rows.append(np.concatenate([_bytes(one.unit[None]), made]))
    return np.stack(rows)


def _decoded(trained: Trained, codes: Tensor, contexts: Sequence[Any]) -> tuple[Bytes, Tensor]:
    """(K, H, W) of codes, (K, latent), each with its context: uint8, and on [0, 1] not clipped, colours averaged."""
    shaped, model = codes.unflatten(1, trained.model.latent_shape), trained.model
    if all(context is None for context in contexts):
        made = model.decode(shaped)
    else:
        made = torch.cat([model.decode(z, context) for z, context in zip(shaped.split(1), contexts, strict=True)])
    return pixels(made, trained.scaling), trained.scaling.to_unit(made).mean(1)


def _bytes(unit: Tensor) -> Bytes:
    return unit.clamp(0, 1).mul(255).round().byte().numpy()
