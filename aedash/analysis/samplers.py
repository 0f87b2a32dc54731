"""Samplers: where a model's random codes may come from, N(0, I) or what is fitted to the codes of training images.

Codes are taken as the decoder has met them: a variational one is drawn. Density estimation after training: Ghosh et al.
2020, From Variational to Deterministic Autoencoders.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aedash.analysis.latent import encoded, flattened
from aedash.analysis.trained import Trained, evenly
from aedash.data.image_data import Batch
from aedash.data.streams import stream
from aedash.registry import Refused

FITTED = 6000  # training images, spread evenly over all, whose codes samplers are fitted to
LARGEST = 2**22  # numbers of all these codes
MAIN = 24  # principal axes along which a mixture has parts; along the others it is one Gaussian
PARTS = (1, 2, 5, 10, 20, 40, 80)  # of a mixture, tried in this order while held-out codes grow likelier
EACH = 20  # codes a part at least
HELD_OUT = 5  # every fifth code judges the number of parts
FLAT = 1e-10  # share of the largest variance below which a direction does not vary
PATIENCE = 2  # numbers of parts in a row that may be worse: expectation maximisation may end badly once
ITERATIONS = 40  # of expectation maximisation, converged or not


@dataclass(frozen=True, eq=False)
class Cloud:
    """The codes of training images. mean: (latent,); axes: (latent, K), orthonormal, along which they vary, largest
    variance first; deviation: (K,); whitened: (N, K), the codes along them, of deviation 1. K is 0 where none varies.
    """

    mean: Tensor
    axes: Tensor
    deviation: Tensor
    whitened: Tensor

    def codes(self, whitened: Tensor) -> Tensor:
        """(N, latent) of (N, K)."""
        return self.mean + (whitened * self.deviation) @ self.axes.T


@dataclass(frozen=True, eq=False)
class Sampler:
    """name: what it is called; draw: (number, generator) -> (number, latent) codes; parts: of a mixture, else 1."""

    name: str
    draw: Callable[[int, Generator], Tensor]
    parts: int = 1


def codes_of(trained: Trained, seed: int = 0) -> Tensor:
    """(N, latent) float32: codes of training images as the decoder meets them, a variational code drawn.

    Raises Refused for codes that are not finite.
    """
    train = trained.data.splits(trained.config.data.validation)["train"]
    latent = prod(trained.model.latent_shape)
    places = evenly(len(train), min(FITTED, max(2, LARGEST // latent)))
    few = train[places]
    x = trained.scaling.to_model(few.images)
    posterior = encoded(trained, Batch(x, x, few.labels, places))
    return flattened(posterior.sample(stream(seed, "samplers/posterior")))


def cloud(codes: Tensor) -> Cloud:
    """Principal axes of codes (N, latent), those along which nothing varies left out."""
    mean = codes.mean(0)
    apart = (codes - mean).double()
    variances, axes = torch.linalg.eigh(apart.T @ apart / max(1, len(codes) - 1))
    variances, axes = variances.flip(0), axes.flip(1)
    vary = variances > max(FLAT * float(variances[0].clamp(min=0)), 1e-20)
    deviation, axes = variances[vary].sqrt(), axes[:, vary]
    return Cloud(mean, axes.float(), deviation.float(), (apart @ axes / deviation).float())


@lru_cache(maxsize=4)
def samplers(trained: Trained) -> tuple[Sampler, Sampler, Sampler]:
    """N(0, I), a Gaussian and a mixture of Gaussians fitted to the codes of training images.

    Fitted once for as long as the model is in memory. Raises Refused for codes that are not finite.
    """
    found, latent = cloud(codes_of(trained)), prod(trained.model.latent_shape)
    return (
        Sampler("N(0, I)", lambda count, draws: torch.randn(count, latent, generator=draws)),
        Sampler("Gaussian", lambda count, draws: found.codes(_normal(count, found, draws))),
        _mixture(found),
    )


def _normal(count: int, found: Cloud, draws: Generator) -> Tensor:
    return torch.randn(count, found.axes.shape[1], generator=draws)


def _mixture(found: Cloud) -> Sampler:
    """Parts along the main axes, chosen by the likelihood of codes that were held out."""
    fitted = mixture(found.whitened[:, :MAIN].double().numpy()) if found.axes.shape[1] else None
    if fitted is None:
        return Sampler("mixture of 1", lambda count, draws: found.codes(_normal(count, found, draws)))
    weights = torch.from_numpy(fitted.weights_)
    means, roots = (torch.from_numpy(each).float() for each in (fitted.means_, np.linalg.cholesky(fitted.covariances_)))

    def draw(count: int, draws: Generator) -> Tensor:
        whitened = _normal(count, found, draws)
        part = torch.multinomial(weights, count, replacement=True, generator=draws)
        main = means.shape[1]
        whitened[:, :main] = means[part] + torch.einsum("nij,nj->ni", roots[part], whitened[:, :main])
        return found.codes(whitened)

    return Sampler(f"mixture of {len(weights)}", draw, len(weights))


def mixture(points: NDArray[np.float64]) -> Any:
    """The Gaussian mixture, of full covariances, under which every fifth point is likeliest; None for too few points.

    points: (N, D). Fitted to the others; numbers of parts are tried upwards until two in a row are worse. The same at
    each call.
    """
    from sklearn.mixture import GaussianMixture  # a second to import, and no page shall wait for it

    held_out, seen = points[::HELD_OUT], np.delete(points, np.s_[::HELD_OUT], 0)
    best, likelihood, worse = None, -np.inf, 0
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged yet: the held-out points judge it
        for parts in (parts for parts in PARTS if parts * max(EACH, 2 * points.shape[1]) <= len(seen)):
            how = {"reg_covar": 1e-4, "max_iter": ITERATIONS, "tol": 1e-3}
            fitted = GaussianMixture(parts, random_state=0, **how).fit(seen)
            score = fitted.score(held_out)
            worse = worse + 1 if score <= likelihood else 0
            if worse == PATIENCE:
                break
            best, likelihood = (best, likelihood) if worse else (fitted, score)
    return best


@torch.no_grad()
def decoded(trained: Trained, codes: Tensor) -> Tensor:
    """(N, C, H, W) on [0, 1], not clipped: codes (N, latent) through the decoder, which is told nothing beside them.

    Raises Refused where a picture is not finite.
    """
    model = trained.model
    shaped = codes.view(len(codes), *model.latent_shape)
    pictures = trained.scaling.to_unit(torch.cat([model.decode(part) for part in shaped.split(model.chunk)]))
    if not bool(pictures.isfinite().all()):
        raise Refused("This model has diverged: what it draws is not finite.", "run")
    return pictures
