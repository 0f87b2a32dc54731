"""Ways to take a step of training: the same result, up to rounding, by the fastest way that serves the model."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from torch import Generator, Tensor

from aedash.config import TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder
from aedash.training.steps.adam import Adam
from aedash.training.steps.autograd import AutogradStep
from aedash.training.steps.dense import DenseStep
from aedash.training.steps.layer import Unserved


class Step(Protocol):
    """One step of the optimiser on a batch, for the model and objective that it was made for.

    The batch's memory may be used again once it returns. Gives {term: scalar}: means over the batch's images,
    unweighted, of the weights before the step, in the objective's order, then the model's own. No value leaves the
    device, and none is written to later.
    """

    def __call__(self, batch: Batch) -> dict[str, Tensor]: ...


def step_for(
    model: Autoencoder, objective: tuple[TermConfig, ...], adam: Adam, streams: Mapping[str, Generator]
) -> Step:
    """The fastest way to train that model on that objective; autograd where none is known.

    adam: of the model's parameters. streams: {posterior, or a term's name: generator}, on the model's device. Another
    weight of a term makes another objective, and needs another step.
    """
    stacks = model.linear_stacks()
    if stacks is not None:
        with suppress(Unserved):
            return DenseStep(stacks, objective, adam, streams)
    return AutogradStep(model, objective, adam, streams)
