"""PCA: the best linear autoencoder, found in closed form. What every network has to beat."""

from collections.abc import Iterable
from math import prod
from typing import Any, Literal, final

import torch
from pydantic import Field
from torch import Tensor, nn

from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.statistics import pixel_statistics
from aedash.models.base import Autoencoder, Card, Posterior, architecture
from aedash.models.layers import linear


class PCAConfig(ArchitectureConfig):
    """Nothing to choose but the size of the code."""

    name: str = "pca"
    variational: Literal[False] = Field(False, description="PCA has no random draw.")
    output: Literal["none"] = Field("none", description="PCA is linear up to its output.")
    latent: int = Field(32, ge=1, le=1024, description="How many numbers: the principal directions that are kept.")

    def kind(self) -> str:
        return "linear"


@final
@architecture(
    PCAConfig,
    Card(
        title="PCA",
        idea="Keeps the directions in which the images vary most. No training: one look at all images solves it.",
        formula=r"z = V^\top (x - \bar{x}), \quad \hat{x} = \bar{x} + V z",
        reference="Pearson 1901; Baldi and Hornik 1989, Neural Networks and Principal Component Analysis",
        look_for="The first step jumps to the best that any linear code of this size can do; nothing follows.",
    ),
)
class PCA(Autoencoder):
    """x: (N, C, H, W); z: (N, latent). Weights are set once, by `solve`; no term of the objective can move them.

    Rows of `axes` are orthonormal directions, largest variance first (Baldi and Hornik 1989: what a linear autoencoder
    of this size can reach at best).
    """

    def __init__(self, config: PCAConfig, info: DataInfo) -> None:
        super().__init__()
        self.shape, self.latent_shape = info.shape, (config.latent,)
        pixels = prod(info.shape)
        self.centre = nn.Parameter(torch.zeros(pixels), requires_grad=False)
        self.axes = nn.Parameter(torch.randn(config.latent, pixels) / pixels**0.5, requires_grad=False)

    @torch.no_grad()
    def solve(self, images: Iterable[Tensor]) -> None:
        """The principal directions of the training images; those beyond the number of pixels stay zero.

        images: (N, C, H, W) parts, all of which are looked at once.
        """
        pixels = pixel_statistics(x.flatten(1) for x in images)
        axes = pixels.axes.T[: len(self.axes)]
        self.centre.copy_(pixels.mean)
        self.axes.zero_()[: len(axes)].copy_(axes)

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """z = V^T (x - mean), (N, latent); context is not looked at."""
        return Posterior((x.flatten(1) - self.centre) @ self.axes.T)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """x = mean + V z, (N, C, H, W); not clipped, as PCA is."""
        return (z @ self.axes + self.centre).unflatten(1, self.shape)

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """One linear layer."""
        return nn.Sequential(linear(self.axes.T, self.centre), nn.Unflatten(1, self.shape))
