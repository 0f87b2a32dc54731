"""Latent: the codes of images, and what each unit of a code carries."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aedash.analysis.metrics import CodeSpread
from aedash.analysis.trained import Trained
from aedash.data.image_data import Batch
from aedash.events import Floats
from aedash.formatting import count
from aedash.models.base import Posterior
from aedash.objectives.kl import divergence
from aedash.registry import Refused

LARGEST = 2**27  # numbers of all codes that an analysis holds at once


@dataclass(frozen=True, eq=False)
class Units:
    """Each unit of a code over test images; arrays are (latent,), a convolutional code flattened.

    deviation: of the mean code over images, in code units. nats: KL(q(z|x) || N(0, 1)) of each unit, the mean over
    images (Kingma and Welling 2014, app. B), None for a code that is not variational. active: by the rule of
    `metrics.CodeSpread.active`.
    """

    deviation: Floats
    nats: Floats | None
    active: NDArray[np.bool_]


def units(trained: Trained, images: int) -> Units:
    """What each unit carries, on `images` test images, spread evenly over all.

    Raises Refused for a code that is not finite. Codes are counted part by part, so their number is not bounded by
    memory.
    """
    spread, batch = CodeSpread(), trained.spread(images)
    divergences: list[Tensor] = []
    for part in parts(batch, trained.model.chunk):
        posterior = encoded(trained, part)
        spread.add(flattened(posterior.mean))
        if posterior.log_var is not None:
            divergences.append(divergence(posterior).flatten(1).sum(0))
    nats = torch.stack(divergences).sum(0) / len(batch.input) if divergences else None
    deviation = spread.deviation(correction=0).float().numpy()
    return Units(deviation, None if nats is None else nats.numpy(), spread.active(nats).numpy())


def mean_codes(trained: Trained, batch: Batch) -> Tensor:
    """(N, latent) float32: the mean codes of a batch's input, a convolutional code flattened.

    Raises Refused when they are not finite, or more than 2^27 numbers, 512 MB.
    """
    units, images = prod(trained.model.latent_shape), len(batch.input)
    if units * images > LARGEST:
        allowed = f"up to {count(LARGEST // units)} images"
        raise Refused(
            f"{count(images)} codes of {count(units)} numbers are too many to be analysed; allowed: {allowed}.",
            "run",
            allowed,
        )
    return flattened(encoded(trained, batch).mean)


@torch.no_grad()
def encoded(trained: Trained, batch: Batch) -> Posterior:
    """Mean and log variance of a batch's input, (N, *latent_shape) each, encoded `model.chunk` images at a time.

    log_var is None for a plain code. context is None, whatever the model's decoder would want: nothing here is decoded.
    """
    model = trained.model
    posteriors = [model.encode(part.input, model.context(part)) for part in parts(batch, model.chunk)]
    variances = [posterior.log_var for posterior in posteriors if posterior.log_var is not None]
    means = torch.cat([posterior.mean for posterior in posteriors])
    return Posterior(means, torch.cat(variances) if variances else None)


def parts(batch: Batch, size: int) -> Iterator[Batch]:
    """The batch in order, at most `size` images at a time; nothing for an empty batch."""
    for start in range(0, len(batch.input), size):
        yield Batch(*(field[start : start + size] for field in batch))


def flattened(codes: Tensor) -> Tensor:
    """(N, *latent_shape) -> (N, latent).

    Raises Refused where a number is not finite: a run that diverged is kept like any other, and linear algebra fails on
    it.
    """
    if not bool(codes.isfinite().all()):
        raise Refused("This model has diverged: its code is not finite.", "run")
    return codes.flatten(1)
