"""The convolutional VAE of R4: a dense bottleneck between convolutions, with or without a leak past it."""

from collections.abc import Iterable
from typing import Any, final

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Posterior, architecture
from aedash.models.layers import activation, output_shape, posterior
from aedash.models.lowering import channels_last
from aedash.models.sizes import check, fitting

ERASED = "error with the code erased, as a share of the mean image's"


class ConvVAEConfig(ArchitectureConfig):
    """R4-conv-vae unless said otherwise."""

    name: str = "conv_vae"
    variational: bool = Field(True, description="Encode to a mean and a variance, and decode a random draw (VAE).")
    channels: int = Field(32, ge=1, le=256, description="Feature maps of every convolution.")
    hidden: int = Field(32, ge=1, le=1024, description="Units between the convolutions and the code.")
    latent: int = Field(
        32, ge=1, le=1024, description="How many numbers an image is squeezed into. Fewer blur it: try 2, 10 and 50."
    )
    leak: bool = Field(
        True, description="Hand the encoder's pool indices to the decoder, as published: they bypass the code."
    )

    def kind(self) -> str:
        return "convolutional"

    def beside(self) -> str:
        """What leaks, if anything: thousands of positions beside a code of 32 numbers."""
        return "where each maximum of its pools was" if self.leak else ""


@final
@architecture(
    ConvVAEConfig,
    Card(
        title="Convolutional VAE with pooling indices",
        idea="Convolutions around a dense code. As published, the decoder also learns where each maximum was: a side "
        "channel of thousands of positions beside a code of 32 numbers.",
        formula=r"\hat{x} = g_\phi(z, \mathrm{argmax\,pool}(x))",
        reference="Kingma and Welling 2014; unpooling by indices: Zeiler and Fergus 2014",
        look_for="Erase the code: the leaky decoder still draws better than the mean image.",
        exhibit=(
            "Code erased",
            "Image, its reconstruction, and what the mean code draws instead of its own: any likeness leaked past it.",
        ),
    ),
)
class ConvVAE(Autoencoder):
    """x: (N, C, H, W); z: (N, latent); context: the indices of both pools, or None to enlarge by repetition.

    Its layers, as published for 28 x 28 pixels, fit every side of 4 k: 20, 24, 28, 32 and so on.
    """

    enlarges = 4  # twice by `_enlarge`

    def __init__(self, config: ConvVAEConfig, info: DataInfo) -> None:
        super().__init__()
        width, self.leak, self.variational = config.channels, config.leak, config.variational
        self.latent_shape = (config.latent,)
        self.convolutions = nn.ModuleList(
            [nn.Conv2d(info.shape[0], width, 3), nn.Conv2d(width, width, 4), nn.Conv2d(width, width, 2)]
        )
        self.area = fitting("encoder", self._features, info.shape)
        features = self.area[0] * self.area[1] * self.area[2]
        self.hidden = nn.Linear(features, config.hidden)
        self.code = nn.ModuleList([nn.Linear(config.hidden, config.latent) for _ in range(1 + config.variational)])
        self.features = nn.Linear(config.latent, features)
        self.transposed = nn.ModuleList(
            [
                nn.ConvTranspose2d(width, width, 2),
                nn.ConvTranspose2d(width, width, 4),
                nn.ConvTranspose2d(width, info.shape[0], 3),
            ]
        )
        self.output = nn.Sequential(*activation(config.output))
        check(lambda shape: output_shape(self._drawn, output_shape(self._features, shape)), info.shape)

    def _features(self, x: Tensor) -> Tensor:
        return self._convolve(x)[0]

    def _convolve(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        first, second, third = self.convolutions
        x, early = F.max_pool2d(F.relu(first(channels_last(x))), 2, return_indices=True)
        x, late = F.max_pool2d(F.relu(second(x)), 2, return_indices=True)
        return F.relu(third(x)), (early, late)

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """The code, and with a leak the places of both pools' maxima, (N, channels, ...) each, as context."""
        features, indices = self._convolve(x)
        hidden = F.relu(self.hidden(features.flatten(1)))
        both = torch.cat([layer(hidden) for layer in self.code], dim=1)
        return posterior(both, self.variational)._replace(context=indices if self.leak else None)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, latent) -> (N, C, H, W). context: the places of `encode`, else features are enlarged by repetition."""
        return self._drawn(F.relu(self.features(z)).unflatten(1, self.area), context)

    def _drawn(self, features: Tensor, context: Any = None) -> Tensor:
        early, late = context if context is not None else (None, None)
        first, second, third = self.transposed
        x = channels_last(features)
        x = _enlarge(F.relu(first(x)), late)
        x = _enlarge(F.relu(second(x)), early)
        return self.output(third(x))

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """Of a code alone: enlarged by repetition, as where no indices are given."""
        first, second, third = self.transposed
        features = [self.features, nn.ReLU(), nn.Unflatten(1, self.area)]
        enlarged = [first, nn.ReLU(), nn.Upsample(scale_factor=2), second, nn.ReLU(), nn.Upsample(scale_factor=2)]
        return nn.Sequential(*features, *enlarged, third, *self.output)

    def exhibit(self, batch: Batch) -> Tensor:
        """(3, 9, C, H, W): nine images, their reconstructions, and the same of the batch's mean code.

        Not of zeros: codes centre on those only as far as the KL weighs, and a wrong code is not an absent one.
        """
        images = batch.target[:9]
        posterior = self.encode(images)
        mean = self.encode(batch.target).mean.mean(0).expand_as(posterior.mean)
        decoded = [self.decode(code, posterior.context) for code in (posterior.mean, mean)]
        return torch.stack([images, *decoded])

    @torch.no_grad()
    def measures(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Squared error of the mean code with each image's own indices, as a share of that of the mean image.

        1 or more where nothing leaks past the code, below it where the indices tell of the image; empty for equal
        images.
        """
        parts = [batch.target for batch in batches]
        count = sum(len(x) for x in parts)
        code = sum((self.encode(x).mean.sum(0) for x in parts), start=torch.zeros(())) / count
        image = sum((x.sum(0) for x in parts), start=torch.zeros(())) / count
        erased = constant = 0.0
        for x in parts:
            posterior = self.encode(x)
            erased += float((self.decode(code.expand_as(posterior.mean), posterior.context) - x).square().sum())
            constant += float((image - x).square().sum())
        return {ERASED: erased / constant} if constant else {}


def _enlarge(x: Tensor, indices: Tensor | None) -> Tensor:
    """Twice as large: by repetition, or each value where its maximum once was."""
    return F.interpolate(x, scale_factor=2) if indices is None else F.max_unpool2d(x, indices, [2, 2])
