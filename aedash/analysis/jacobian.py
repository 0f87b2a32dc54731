"""Jacobian: how the mean code reacts to small changes of the image (Rifai et al. 2011, sec. 5).

Derivatives are with respect to pixels on [0, 1], whatever scale the model sees, so that any two models compare. A model
that looks at several images at once (graph) is asked how all their codes, added up, react to each image, as the
penalty does.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from aedash.analysis.latent import flattened, mean_codes
from aedash.analysis.robustness import code_shift, ratio, total_variance
from aedash.analysis.trained import Trained
from aedash.data.corruption import GaussianCorruption
from aedash.data.image_data import Batch
from aedash.data.streams import stream
from aedash.events import Floats
from aedash.objectives.contractive import MANY_UNITS, hutchinson, jacobian_norm
from aedash.registry import Refused

ROWS = 6400  # backward passes at most, counted for each image: half a second for a small convolutional encoder
NORMED = 200
PROBES = 16
NOTHING = 1e-5  # singular values below this share of the largest are single precision's


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Singular values of dz/dx, in code units per pixel of [0, 1], largest first.

    values: (images, K), K = min(latent, pixels); mean: (K,), over images.
    """

    values: Floats
    mean: Floats


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions in the space of images at one image.

    most, least: (n, C, H, W), each of length 1, beginning with what the code keeps best and with what it all but loses;
    *_values: (n,) their singular values; rank: how many move the code at all. Signs are chosen so that the strongest
    pixel is positive.
    """

    most: Floats
    most_values: Floats
    least: Floats
    least_values: Floats
    rank: int


@dataclass(frozen=True)
class Sensitivity:
    """How strongly a code reacts, as `sensitivity` measures it; nan where the code never varies.

    norm: mean over images of ||dz/dx||_F^2 (Rifai et al. 2011, eq. 1), in squared code units; variance: of the code
    over images, summed over units; norm_over_variance: how much of it one unit of pixel variance would move, whatever
    the code's own scale; relative_shift: the share of it that noise of `sigma` (on [0, 1]) does move; normed: images
    that the norm is a mean over.
    """

    norm: float
    variance: float
    norm_over_variance: float
    relative_shift: float
    sigma: float
    normed: int


def spectrum(trained: Trained, count: int = 64) -> Spectrum:
    """Of the first `count` test images; of fewer for a code of more than 100 units, of four for one of 1,568.

    Raises Refused as `jacobian` does.
    """
    few = min(count, max(1, ROWS // prod(trained.model.latent_shape)))
    rows = jacobian(trained, trained.batch(few)).double()
    # by the smaller of both products: an SVD of each would take ten times as long
    product = rows @ rows.mT if rows.shape[1] <= rows.shape[2] else rows.mT @ rows
    values = torch.linalg.eigvalsh(product).clamp(min=0).sqrt().flip(1)
    return Spectrum(values.float().numpy(), values.mean(0).float().numpy())


def directions(trained: Trained, index: int, count: int = 1) -> Directions:
    """At test image `index`, `count` right singular vectors from either end; fewer where the rank is lower.

    Rank counts singular values above 1e-5 of the largest: single precision knows none below. Raises Refused as
    `jacobian`.
    """
    shape = trained.data.info.shape
    _, values, right = torch.linalg.svd(jacobian(trained, trained.batch(1, index))[0].double(), full_matrices=False)
    rank = int((values > NOTHING * values[0]).sum())
    strongest = right.gather(1, right.abs().argmax(1, keepdim=True))
    pictures = (right * strongest.sign()).float().unflatten(1, shape)[:rank]
    kept = values[:rank].float()
    return Directions(
        pictures[:count].numpy(),
        kept[:count].numpy(),
        pictures.flip(0)[:count].numpy(),
        kept.flip(0)[:count].numpy(),
        rank,
    )


def sensitivity(trained: Trained, count: int = 1000, sigma: float = 0.3) -> Sensitivity:
    """On `count` test images, spread evenly over all; the norm on at most 200 such, 100 for a code of 64 units.

    sigma: deviation of Gaussian noise on pixels of [0, 1]. Raises Refused as `latent.mean_codes` does.
    """
    passes = PROBES if _many(trained) else prod(trained.model.latent_shape)
    few = trained.spread(min(count, NORMED, ROWS // passes))
    norm = float(squared_norms(trained, few).mean())
    variance = total_variance(mean_codes(trained, trained.spread(count)).double())
    shift = code_shift(trained, GaussianCorruption(sigma=sigma), count)
    return Sensitivity(norm, variance, ratio(norm, variance), shift, sigma, len(few.input))


def jacobian(trained: Trained, batch: Batch) -> Tensor:
    """(N, latent, pixels): dz/dx of each image by one backward pass a unit, x on [0, 1] whatever scale the model sees.

    Raises Refused for a code of more than 6,400 numbers, and for one that is not finite.
    """
    if (units := prod(trained.model.latent_shape)) > ROWS:
        raise Refused(f"The Jacobian is taken of codes of up to {ROWS:,} numbers; this one has {units:,}.", "run")
    x = batch.input.clone().requires_grad_()
    with torch.enable_grad():
        z = flattened(trained.model.encode(x, trained.model.context(batch)).mean)
        sums = (z[:, i].sum() for i in range(units))
        rows = [torch.autograd.grad(unit, x, retain_graph=True)[0].flatten(1) for unit in sums]
    return torch.stack(rows, 1) * _per_pixel(trained)


def squared_norms(trained: Trained, batch: Batch) -> Tensor:
    """(N,): ||dz/dx||_F^2 of each image, exactly; for a code of more than 64 units by 16 random probes an image.

    In squared code units per squared pixel of [0, 1]. Probes are drawn from a fixed stream: the same model gives the
    same numbers again (Hutchinson 1989, see `objectives.contractive.hutchinson`).
    """
    with torch.enable_grad():
        if _many(trained):
            random = stream(0, "jacobian", batch.input.device)
            norms = hutchinson(trained.model, batch, PROBES, random, with_graph=False)
        else:
            norms = jacobian_norm(trained.model, batch, with_graph=False)
    return norms.detach() * _per_pixel(trained) ** 2


def _many(trained: Trained) -> bool:
    return prod(trained.model.latent_shape) > MANY_UNITS


def _per_pixel(trained: Trained) -> float:
    """d(model's input) / d(pixel on [0, 1])."""
    return 255 / trained.scaling.span
