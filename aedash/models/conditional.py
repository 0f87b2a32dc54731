"""Conditional autoencoder: the label goes in beside the image, so the code need not carry it."""

from math import prod
from typing import Any, final

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Posterior, architecture
from aedash.models.dense import Width
from aedash.models.layers import linear, mlp, posterior


class ConditionalConfig(ArchitectureConfig):
    """A dense conditional VAE (Sohn et al. 2015): 784-400-8, the class beside both the image and the code."""

    name: str = "conditional"
    variational: bool = Field(True, description="Encode to a mean and a variance, and decode a random draw (VAE).")
    widths: tuple[Width, ...] = Field(
        (400,), max_length=12, description="Units of each hidden layer of the encoder, input side first."
    )
    latent: int = Field(
        8, ge=1, le=1024, description="How many numbers tell the style, since the class is given. Try 2."
    )

    def beside(self) -> str:
        """The class: it goes in at the decoder, so a small code is no feat."""
        return "the class"


@final
@architecture(
    ConditionalConfig,
    Card(
        title="Conditional VAE",
        idea="Encoder and decoder are told the class. The code keeps the style, and any class can be drawn in it.",
        formula=r"q(z \mid x, y), \quad p(x \mid z, y)",
        reference="Sohn et al. 2015, Learning Structured Output Representation",
        look_for="Samples come class by class: the same code, another class, the same style.",
        exhibit=(
            "Style transfer",
            "Each test image's style, written as every class: first the image, then its style in each.",
        ),
    ),
)
class ConditionalAutoencoder(Autoencoder):
    """x: (N, C, H, W); z: (N, latent); context: (N,) class index, or None to go through the classes in turn.

    The class goes in as a one-hot vector, at the encoder and at the decoder.
    """

    def __init__(self, config: ConditionalConfig, info: DataInfo) -> None:
        super().__init__()
        self.shape, self.classes, self.variational = info.shape, len(info.classes), config.variational
        self.latent_shape = (config.latent,)
        pixels, code = prod(info.shape), config.latent * (2 if config.variational else 1)
        self.encoder = mlp([pixels + self.classes, *config.widths, code], "relu", "none")
        self.decoder = mlp([config.latent + self.classes, *reversed(config.widths), pixels], "relu", config.output)

    def context(self, batch: Batch) -> Tensor:
        """(N,) int64: the class of each image."""
        return batch.label

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """x: (N, C, H, W); context: (N,) classes, kept for the decoder."""
        flat = x.flatten(1)
        return posterior(self.encoder(self._beside(flat, context)), self.variational)._replace(context=context)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, latent); context: (N,) classes to draw, which need not be those of the images."""
        return self.decoder(self._beside(z, context)).unflatten(1, self.shape)

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """Of one class, whose weights are part of the first layer's bias."""
        first, latent = self.decoder[0], self.latent_shape[0]
        assert isinstance(first, nn.Linear)
        told = linear(first.weight[:, :latent], first.bias + first.weight[:, latent + label])
        return nn.Sequential(told, *self.decoder[1:], nn.Unflatten(1, self.shape))

    def exhibit(self, batch: Batch) -> Tensor:
        """(5, 1 + classes, C, H, W): of the first five images itself, then its mean code decoded as each class."""
        images = batch.target[:5]
        mean = self.encode(images, batch.label[:5]).mean
        every = torch.arange(self.classes, device=mean.device).repeat(len(images))
        styled = self.decode(mean.repeat_interleave(self.classes, 0), every).unflatten(0, (len(images), -1))
        return torch.cat([images.unsqueeze(1), styled], 1)

    def _beside(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """(N, D + classes): x with its class as a one-hot vector."""
        if labels is None:
            labels = torch.arange(len(x), device=x.device) % self.classes
        return torch.cat([x, F.one_hot(labels, self.classes).to(x.dtype)], dim=1)
