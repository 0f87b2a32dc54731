"""Where a penalty acts, and what it does there."""

from typing import NamedTuple, Protocol

from torch import Tensor

from aedash.training.steps.adam import Adam
from aedash.training.steps.code import Code
from aedash.training.steps.layer import Layer


class Place(NamedTuple):
    """Where a penalty acts: the weights, the encoder and its code, for one number of images."""

    adam: Adam
    encoder: list[Layer]
    code: Code
    images: int


class Penalty(Protocol):
    """One term for one number of images."""

    def at_code(self) -> Tensor:
        """Its scalar mean over images, unweighted; what it adds to dL/d(code) is added there."""

    def at_weights(self) -> None:
        """Add what moves weights directly to their gradients, which are there by now."""
