"""A step for two stacks of linear layers: forward and backward written out, without autograd."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from aedash.config import TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Stacks
from aedash.models.layers import linear_layers
from aedash.training.steps.adam import Adam
from aedash.training.steps.code import Certain, Code, Drawn
from aedash.training.steps.layer import ACTIVATIONS, Layer, Linear, Unserved, backward, forward
from aedash.training.steps.losses import Reconstruction, reconstruction
from aedash.training.steps.penalties import penalty
from aedash.training.steps.place import Penalty, Place


@dataclass(frozen=True)
class Pass:
    """Forward and backward for one number of images, into memory of its own."""

    encoder: list[Layer]
    code: Code
    decoder: list[Layer]
    reconstruction: Reconstruction
    penalties: dict[str, Penalty]

    def __call__(self, x: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Write the gradients of all weights; {term: scalar}, as `steps.Step`. x, target: (N, D)."""
        forward(self.encoder, x)
        forward(self.decoder, self.code.draw())
        told = {"reconstruction": self.reconstruction(target)}
        backward(self.decoder, self.code.z)
        self.decoder[0].pull_back(self.code.delta)
        self.code.spread()
        for name, term in self.penalties.items():
            told[name] = term.at_code()
        self.code.bound()
        backward(self.encoder, x)
        for term in self.penalties.values():
            term.at_weights()
        return told


class DenseStep:
    """The chain rule, layer by layer, into memory that is allocated once a batch size (Rumelhart et al. 1986).

    Raises Unserved where a layer, the last sigmoid or a term is not known by hand.
    """

    def __init__(
        self, stacks: Stacks, terms: tuple[TermConfig, ...], adam: Adam, streams: Mapping[str, Generator]
    ) -> None:
        self.encoder, self.decoder = _layers(stacks.encoder), _layers(stacks.decoder)
        self.noise = streams["posterior"] if stacks.variational else None
        self.terms, self.adam = terms, adam
        self.passes = {1: self._pass(1)}

    @torch.no_grad()
    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """{term: scalar}: means over the batch's images, unweighted, from before the step."""
        images = len(batch.input)
        if images not in self.passes:
            self.passes[images] = self._pass(images)
        told = self.passes[images](batch.input.flatten(1), batch.target.flatten(1))
        self.adam.step()
        return told

    def _pass(self, images: int) -> Pass:
        encoder = [Layer(*layer, images) for layer in self.encoder]
        code = Drawn(encoder[-1], self.noise) if self.noise else Certain(encoder[-1])
        error = reconstruction(self.terms[0], self.decoder[-1], images)
        decoder = [*(Layer(*layer, images) for layer in self.decoder[:-1]), error.layer]
        place = Place(self.adam, encoder, code, images)
        return Pass(encoder, code, decoder, error, {term.name: penalty(term, place) for term in self.terms[1:]})


def _layers(stack: nn.Sequential) -> list[Linear]:
    layers = linear_layers(stack) or []
    if not layers or not all(_known(*layer) for layer in layers):
        raise Unserved
    return layers


def _known(linear: nn.Linear, activation: nn.Module | None) -> bool:
    learns = all(p is not None and p.grad is not None for p in (linear.weight, linear.bias))
    return learns and (activation is None or type(activation) in ACTIVATIONS)
