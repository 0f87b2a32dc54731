"""Reconstruction: how far the output is from the clean image."""

from math import nan
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional as F

from aedash.config import RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output
from aedash.objectives.objective import term

SURPRISE = -100.0  # the lowest logarithm that counts, as in torch: a pixel that is certain and wrong


class ReconstructionConfig(TermConfig):
    """How far the output is from the clean image: the first term of every objective.

    `sum` over pixels is the convention in which beta and lambda are meant everywhere in the app; a mean over 784 pixels
    makes them weigh 784 times as much.
    """

    name: str = "reconstruction"
    loss: Literal["mse", "bce"] = Field("mse", description="Squared error, or binary cross-entropy (pixels in 0..1).")
    reduction: Literal["sum", "mean"] = Field("sum", description="Over the pixels of an image; images are averaged.")

    def needs(self, run: RunConfig) -> str:
        """That BCE would see pixels or outputs outside 0..1, or a model's own sums would drown a mean; empty where all
        fits.
        """
        if self._outside(run):
            return "BCE needs pixels in 0..1 and a sigmoid output; MSE takes any pixels and outputs"
        if self._drowned(run):
            own = ", ".join(run.architecture.brings())
            return (
                f"the model's own losses ({own}) are sums over an image: set objective.reconstruction.reduction to sum"
            )
        return ""

    def wants(self, run: RunConfig) -> list[tuple[str, Any]]:
        loss = [("objective.reconstruction.loss", "mse")] if self._outside(run) else []
        return loss + ([("objective.reconstruction.reduction", "sum")] if self._drowned(run) else [])

    def _outside(self, run: RunConfig) -> bool:
        """Whether pixels or outputs can lie where BCE has no meaning."""
        return self.loss == "bce" and (run.data.scaling != "unit" or run.architecture.output != "sigmoid")

    def _drowned(self, run: RunConfig) -> bool:
        """Whether a mean over pixels stands beside sums over an image, hundreds of times as large."""
        return self.reduction == "mean" and bool(run.architecture.brings())


def _formula(config: ReconstructionConfig) -> str:
    over = "summed over pixels" if config.reduction == "sum" else "mean over pixels"
    return f"{'BCE' if config.loss == 'bce' else 'squared error'}(x̂, x), {over}"


def _unit(config: ReconstructionConfig) -> str:
    if config.loss == "bce":
        return "BCE, nats per image" if config.reduction == "sum" else "BCE, nats per pixel"
    return "squared error per image" if config.reduction == "sum" else "MSE per pixel"


@term(
    ReconstructionConfig,
    Card(
        title="Reconstruction",
        idea="Every pixel of the output is held against the clean image.",
        formula=r"\sum_i (x_i - \hat{x}_i)^2 \quad\text{or}\quad -\sum_i x_i \log \hat{x}_i + (1-x_i)\log(1-\hat{x}_i)",
        reference="Kingma and Welling 2014, app. C (BCE as a Bernoulli likelihood)",
        look_for="Blur first, then strokes.",
    ),
    _formula,
    _unit,
)
def reconstruction(
    config: ReconstructionConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None
) -> Tensor:
    """(N,): squared error or BCE in nats, summed or averaged over the pixels of each image.

    Against the clean target, in the model's scale. BCE is the negative log-likelihood of pixels as Bernoulli shares
    (Kingma and Welling 2014, app. C.1); it is at least the entropy of the pixels, not 0. NaN where the output is.
    """
    measure = _bce if config.loss == "bce" else F.mse_loss
    error = measure(output.reconstruction, batch.target, reduction="none").flatten(1)
    return error.sum(1) if config.reduction == "sum" else error.mean(1)


def _bce(reconstruction: Tensor, target: Tensor, reduction: str) -> Tensor:
    """NaN where the reconstruction is: torch raises there, and on a GPU takes the whole process with it."""
    if not reconstruction.requires_grad:  # the value alone; torch's own function takes three times as long
        black, white = (log.clamp(min=SURPRISE) for log in (torch.log1p(-reconstruction), reconstruction.log()))
        return -torch.lerp(black, white, target)
    error = F.binary_cross_entropy(reconstruction.nan_to_num(0.5), target, reduction=reduction)
    return error.masked_fill(reconstruction.isnan(), nan)
