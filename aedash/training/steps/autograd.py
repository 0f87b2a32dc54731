"""A step for every model and objective: torch's own differentiation."""

from collections.abc import Mapping

import torch
from torch import Generator, Tensor

from aedash.config import TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder
from aedash.objectives import objective
from aedash.training.steps.adam import Adam


class AutogradStep:
    """Forward, backward, Adam. The gradients are accumulated in place, into the optimiser's block."""

    def __init__(
        self, model: Autoencoder, terms: tuple[TermConfig, ...], adam: Adam, streams: Mapping[str, Generator]
    ) -> None:
        self.model, self.terms, self.adam, self.streams = model, terms, adam, streams

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """{term: scalar}: means over the batch's images, unweighted, from before the step."""
        with torch.enable_grad():
            output = self.model(batch, self.streams["posterior"])
            values = objective.values(self.terms, self.model, batch, output, self.streams)
            means = {name: value.mean() for name, value in values.items()}
            loss = objective.weighted(self.terms, means)
        if loss.requires_grad:  # a model in closed form has nothing to descend on
            self.adam.gradients.zero_()
            loss.backward()
            self.adam.step()
        return {name: mean.detach() for name, mean in means.items()}
