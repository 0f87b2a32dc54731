"""The one interface of all autoencoders, and how an architecture is registered."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from aedash import registry
from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.image_data import Batch


@dataclass(frozen=True)
class Card:
    """What a page says about a registered part.

    title: its name; idea: one or two sentences; formula: LaTeX, without dollars; reference: author, year and title;
    look_for: one sentence. exhibit: what the pictures of `Autoencoder.exhibit` show, as (title, one sentence); empty
    where there are none.
    """

    title: str
    idea: str
    formula: str
    reference: str
    look_for: str
    exhibit: tuple[str, str] = ("", "")


class Posterior(NamedTuple):
    """What an encoder says of the code.

    mean, log_var: (N, *latent_shape); log_var is None for a plain autoencoder, else the natural logarithm of the
    variance, which is in squared code units, within `layers.LOG_VAR`. context: what the decoder needs beside the code
    (label, edges, pool indices), or None.
    """

    mean: Tensor
    log_var: Tensor | None = None
    context: Any = None

    def sample(self, generator: Generator | None) -> Tensor:
        """(N, *latent_shape): a draw of the code by the reparametrisation z = mean + exp(log_var / 2) noise (Kingma and
        Welling 2014, sec. 2.4); the mean itself where it is certain. generator: on the mean's device; None for torch's
        global one.
        """
        if self.log_var is None:
            return self.mean
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.mean + noise * torch.exp(0.5 * self.log_var)


class Output(NamedTuple):
    """One pass. reconstruction: (N, C, H, W) in the model's scale; z: (N, *latent_shape), what was decoded; terms:
    losses that the model brings, {name: (N,)}, unweighted.
    """

    reconstruction: Tensor
    posterior: Posterior
    z: Tensor
    terms: dict[str, Tensor] = {}  # noqa: RUF012  (a NamedTuple's default; never written to)


class Stacks(NamedTuple):
    """Layers that are linear or act unit by unit, and that are all there is between image, code and image.

    encoder: from a flattened image to its code, of a variational one to the mean over the log variance, as
    `layers.posterior` bounds and `Posterior.sample` draws it; decoder: from a code to the flattened image.
    """

    encoder: nn.Sequential
    decoder: nn.Sequential
    variational: bool


class Autoencoder(nn.Module, ABC):
    """Encode an image to a code, decode it back. Subclasses are final.

    Only `latent_shape`, `encode` and `decode` are asked of every model; the other methods have defaults that suit most.
    latent_shape: of one code, (latent,) or (channels, height, width). Tensors of images are in the model's scale.
    """

    latent_shape: tuple[int, ...]
    chunk = 1000  # images evaluated together; a model that looks at several images at once may need more
    coupled = False  # whether the code of an image depends on the others of its batch
    enlarges = 1  # how many times over `decode` enlarges an image by functions, beside layers that tell it themselves

    def context(self, batch: Batch) -> Any:
        """What encode and decode need beside the image, taken from the batch, on its device; None for most models."""
        return None

    @abstractmethod
    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """x: (N, C, H, W) in the model's scale. context: what `context` gives of the same batch, or None."""

    def join(self, x: Tensor, known: Batch) -> Posterior:
        """What the encoder says of images from elsewhere; a model whose codes depend on others puts them among `known`.

        x: (N, C, H, W); known: images of its data set, whose codes stay what they are.
        """
        return self.encode(x)

    @abstractmethod
    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, *latent_shape) -> (N, C, H, W). Works without a context too, for samples.

        context: `Posterior.context` of the same images, or None.
        """

    def forward(self, batch: Batch, generator: Generator | None = None) -> Output:
        """One pass with a drawn code; a model with loss terms of its own returns them in Output.terms.

        generator: of the draw, on the batch's device; None for torch's global one.
        """
        posterior = self.encode(batch.input, self.context(batch))
        z = posterior.sample(generator)
        return Output(self.decode(z, posterior.context), posterior, z)

    def solve(self, images: Iterable[Tensor]) -> None:
        """Set what has a closed form or needs a look at the data, before the first step.

        images: all training images in parts, (N, C, H, W) each, clean and in the model's scale.
        """

    def linear_stacks(self) -> Stacks | None:
        """Encoder and decoder of a model that is nothing but two stacks of layers; None otherwise.

        A step of training can then be taken without autograd.
        """
        return None

    def linear_stack(self) -> nn.Sequential | None:
        """The layers that make the code of a flattened image, all of it, each linear or unit by unit; None otherwise.

        The contractive penalty then has a closed form.
        """
        stacks = self.linear_stacks()
        return None if stacks is None or stacks.variational else stacks.encoder

    def plain_decoder(self, label: int = 0) -> nn.Sequential | None:
        """`decode` of a code alone as layers of torch one after another, (N, *latent_shape) to (N, C, H, W), which can
        leave for where torch is not; None where it is not of that kind.

        label: the class that is drawn, of a model that is told one.
        """
        return None

    def words(self, z: Tensor) -> Tensor | None:
        """(N, H, W) int64: the words that a discrete code is read as; None for a code of numbers.

        z: (N, *latent_shape).
        """
        return None

    def bits(self, each: int) -> float:
        """Bits of one image's code, packed without gaps, at `each` a number; a discrete code knows its own size."""
        return prod(self.latent_shape) * each

    def packed(self, codes: Tensor, coarsened: Callable[[Tensor], Tensor]) -> Tensor:
        """(N, latent): the mean codes as they are packed: `coarsened` to fewer bits; a discrete code is as it is.

        codes: (N, latent), flattened.
        """
        return coarsened(codes)

    def measures(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Figures that only this model has, {what is measured: value}; empty for most, or where nothing can be
        measured.

        batches: a split in order, uncorrupted. Called in evaluation mode, after each epoch; the names stand on pages.
        """
        return {}

    def exhibit(self, batch: Batch) -> Tensor | None:
        """(rows, columns, C, H, W): pictures that only this model can make of test images; None for most.

        batch: a few hundred of them, those that are shown first.
        """
        return None


@dataclass(frozen=True)
class ArchitectureEntry:
    """A registry entry: config class, card and constructor, `build(config, info)`, which may raise Refused."""

    config: type[ArchitectureConfig]
    card: Card
    build: Callable[[Any, DataInfo], Autoencoder]


def architecture(config: type[ArchitectureConfig], card: Card) -> Callable[[type[Autoencoder]], type[Autoencoder]]:
    """Register the decorated Autoencoder, built as `Model(config, info)`, under its config's default name.

    Its constructor draws weights from torch's global generator, which `models.build` seeds.
    """

    def register(model: type[Autoencoder]) -> type[Autoencoder]:
        entry = ArchitectureEntry(config, card, lambda settings, info: model(settings, info))
        registry.architectures.add(config.model_fields["name"].default, entry)
        return model

    return register


def parameters(model: nn.Module) -> int:
    """Number of weights that training, or a closed form, sets; buffers are not among them.

    >>> parameters(nn.Linear(784, 20))
    15700
    """
    return sum(p.numel() for p in model.parameters())
