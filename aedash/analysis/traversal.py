"""Traversal: what the decoder draws as one unit of a code moves, the others where they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.latent import flattened
from aedash.analysis.quality import pictures
from aedash.analysis.trained import Trained
from aedash.data.pictures import painted
from aedash.events import Bytes, Floats
from aedash.registry import Refused

STEPS = 9  # pictures of a row
PIECE = 512  # codes that are decoded together
ORIGINS = 8  # images over which an effect is the mean


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a code moves from. code: (latent,), flattened; context: what the decoder needs beside it, of one image."""

    code: Tensor
    context: Any = None


@dataclass(frozen=True, eq=False)
class UnitEffect:
    """What one unit does to the picture of an origin.

    values: (9,) of the unit, in code units, low to high; strip: (9, H, W) uint8, decoded at each; value: its own.
    decoded, silenced, tripled: (H, W), or (H, W, 3), on [0, 1], not clipped: at its own value, at 0, at three times its
    own. added: likewise, what one deviation more of it adds to a pixel on [0, 1].
    """

    values: Floats
    strip: Bytes
    value: float
    decoded: Floats
    silenced: Floats
    tripled: Floats
    added: Floats


def at_image(trained: Trained, place: int, code: Floats | None = None) -> Origin:
    """The code of a test image, with its own context. code: (latent,), where it is known.

    Raises Refused for an image that there is not, for a code that is not finite, and for an image that a model which
    sees several at once was not asked about: alone it would be another code.
    """
    model, batch = trained.model, trained.image(place)
    if model.coupled:
        if code is None:
            raise Refused("This model knows an image among its neighbours alone: choose one that is on the map.", "run")
        return Origin(torch.from_numpy(code))
    with torch.no_grad():
        posterior = model.encode(batch.input, model.context(batch))
    return Origin(flattened(posterior.mean)[0], posterior.context)


def at_mean_code(trained: Trained, codes: Floats, place: int) -> Origin:
    """The mean of codes, (N, latent); where the class is told to the decoder, that of a test image.

    Raises Refused where there is no such image.
    """
    model = trained.model
    context = None if model.coupled else model.context(trained.image(place))
    return Origin(torch.from_numpy(codes.mean(0)), context)


def unit_effect(trained: Trained, origin: Origin, unit: int, low: float, high: float, deviation: float) -> UnitEffect:
    """low, high: the ends of the strip; deviation: of the unit over images; all in code units."""
    value = float(origin.code[unit])
    values = torch.linspace(low, high, STEPS)
    moved = torch.cat([values, torch.tensor([value, 0.0, 3 * value, value + deviation])])
    made = decoded(trained, _with(origin.code, unit, moved), origin.context)
    own, silenced, tripled, more = painted(made[STEPS:].numpy())
    return UnitEffect(values.numpy(), pictures(made[:STEPS]), value, own, silenced, tripled, more - own)


def effects(trained: Trained, codes: Floats, units: NDArray[np.int64], low: Floats, high: Floats) -> Floats:
    """(U,): how much of a picture each unit moves over its range: the sum over pixels of its absolute change on [0, 1],
    the mean over the origins.

    codes: (N, latent), of which up to eight are the origins, spread evenly; units: (U,); low, high: (U,) in code units.
    Without a context: a class is gone through in turn, and pools are enlarged by repetition.
    """
    origins = torch.from_numpy(codes[np.arange(min(ORIGINS, len(codes))) * len(codes) // min(ORIGINS, len(codes))])
    moved = np.zeros(len(units), np.float32)
    for i, unit in enumerate(units.tolist()):
        both = origins.repeat(2, 1)
        both[:, unit] = torch.tensor([low[i], high[i]], dtype=both.dtype).repeat_interleave(len(origins))
        below, above = decoded(trained, both, _classes(trained, len(both))).clamp(0, 1).chunk(2)
        moved[i] = float((above - below).abs().flatten(1).sum(1).mean())
    return moved


def _classes(trained: Trained, count: int) -> Any:
    """The same class at both ends, of a model that is told one."""
    context = trained.model.context(trained.batch(1)) if not trained.model.coupled else None
    return None if context is None else torch.arange(count // 2).repeat(2) % len(trained.data.info.classes)


@torch.no_grad()
def decoded(trained: Trained, codes: Tensor, context: Any = None) -> Tensor:
    """(K, C, H, W) on [0, 1], not clipped. codes: (K, latent), flattened; context: of one image, the same for all."""
    made = [
        trained.model.decode(piece.unflatten(1, trained.model.latent_shape), repeated(context, len(piece)))
        for piece in codes.split(PIECE)
    ]
    return trained.scaling.to_unit(torch.cat(made))


def repeated(context: Any, count: int) -> Any:
    """What the decoder needs beside one code, for each of several; what there is of as many stays as it is."""
    if isinstance(context, tuple):
        return tuple(repeated(part, count) for part in context)
    return context.expand(count, *context.shape[1:]) if isinstance(context, Tensor) else None


def _with(code: Tensor, unit: int, values: Tensor) -> Tensor:
    """(K, latent): the code with one unit at each of these values."""
    moved = code.repeat(len(values), 1)
    moved[:, unit] = values
    return moved


def shown(trained: Trained, places: NDArray[np.int64]) -> Bytes:
    """(N, H, W) uint8, or (N, H, W, 3): test images in this order."""
    return np.ascontiguousarray(painted(trained.data.test.images[places].numpy()))
