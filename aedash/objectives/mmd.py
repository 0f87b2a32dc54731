"""MMD: how far the codes of a batch, taken together, are from a standard normal distribution."""

from typing import Any

import torch
from pydantic import Field
from torch import Generator, Tensor

from aedash.config import RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output
from aedash.objectives.objective import term

FEWEST = 2  # images that can be compared with one another


class MMDConfig(TermConfig):
    """With squared error this makes a Wasserstein autoencoder (Tolstikhin et al. 2018), whose code need not be
    variational.
    """

    name: str = "mmd"
    weight: float = Field(10.0, ge=0, le=1e6, description="How strongly the codes together are pulled to N(0, I).")

    def needs(self, run: RunConfig) -> str:
        """That one image a step cannot be compared with another; empty from a batch of two on."""
        if run.optimizer.batch_size >= FEWEST:
            return ""
        return "MMD compares the codes of a step with one another: set optimizer.batch_size to 2 or more"

    def wants(self, run: RunConfig) -> list[tuple[str, Any]]:
        return [("optimizer.batch_size", FEWEST)] if self.needs(run) else []

    def kind(self) -> str:
        return "Wasserstein"


@term(
    MMDConfig,
    Card(
        title="MMD to N(0, I)",
        idea="Compares all codes of a batch with random normal ones: codes stay sharp, only their cloud is shaped.",
        formula=r"\lambda\,\mathrm{MMD}_k^2\big(q(z), \mathcal{N}(0, I)\big)",
        reference="Tolstikhin et al. 2018, Wasserstein Auto-Encoders",
        look_for="Samples become images without the blur of a large beta. The estimate is unbiased: it may be below 0.",
    ),
    lambda config: "MMD²(q(z), N(0, I))",
    lambda config: "squared distance, the batch's",
)
def mmd(config: MMDConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None) -> Tensor:
    """(N,): `distance` of the codes of a batch; the same number for each image of it.

    A last batch of one image has none: it counts 0, and moves nothing.
    """
    z = output.z.flatten(1)
    return distance(z, generator).expand(len(z)) if len(z) >= FEWEST else z.new_zeros(len(z))


def distance(z: Tensor, generator: Generator | None) -> Tensor:
    """Unbiased MMD^2 between codes z, (N, latent), N at least 2, and as many draws p of N(0, I): a scalar.

    Mean k(z, z') + mean k(p, p') - 2 mean k(z, p), without the diagonals (Gretton et al. 2012, lemma 6), with
    k(a, b) = C / (C + |a - b|^2), C = 2 x latent x scale, summed over scales of 0.1 to 10: inverse multiquadratic
    kernels (Tolstikhin et al. 2018). An unbiased estimate may lie below 0.
    """
    prior = torch.randn(z.shape, generator=generator, device=z.device, dtype=z.dtype)
    total = z.new_zeros(())
    for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0):
        width = 2.0 * z.shape[1] * scale
        within = _off_diagonal_mean(_kernel(z, z, width)) + _off_diagonal_mean(_kernel(prior, prior, width))
        total = total + within - 2 * _kernel(z, prior, width).mean()
    return total


def _kernel(a: Tensor, b: Tensor, width: float) -> Tensor:
    squared = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    return width / (width + squared.clamp(min=0))


def _off_diagonal_mean(kernel: Tensor) -> Tensor:
    n = len(kernel)
    return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))
