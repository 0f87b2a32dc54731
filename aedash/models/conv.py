"""Convolutional autoencoders: a pooling encoder, and a decoder of transposed convolutions or of upsampling."""

from typing import Any, Self, final

from pydantic import Field, model_validator
from torch import Tensor, nn

from aedash.config import ArchitectureConfig, DataInfo, Part
from aedash.models.base import Autoencoder, Card, Posterior, architecture
from aedash.models.layers import Activation, Init, activation, code_activation, initialise, output_shape, posterior
from aedash.models.lowering import Stack
from aedash.models.sizes import check, fitting

LAST = "Feature maps. The last layer makes the image's channels: 1 there stands for three of an image in colour."


class Conv(Part):
    """One encoder layer: convolution, activation, then max pooling.

    Side of its output: ((side + 2 padding - kernel) // stride + 1) // pool.
    """

    channels: int = Field(16, ge=1, le=512, description="Feature maps; those of the encoder's last layer are the code.")
    kernel: int = Field(3, ge=1, le=15, description="Side of the filter, in pixels.")
    stride: int = Field(1, ge=1, le=4, description="Step of the filter; 2 halves the image.")
    padding: int = Field(1, ge=0, le=7, description="Zeros around the image.")
    pool: int = Field(2, ge=1, le=4, description="Max pooling; 1 is none.")


class ConvTranspose(Part):
    """One decoder layer: a convolution run backwards, which enlarges by its stride.

    Side of its output: (side - 1) stride - 2 padding + kernel + output padding. Raises ValueError where the output
    padding is not below the stride.
    """

    channels: int = Field(16, ge=1, le=512, description=LAST)
    kernel: int = Field(2, ge=1, le=15, description="Side of the filter, in pixels.")
    stride: int = Field(2, ge=1, le=4, description="Enlargement.")
    padding: int = Field(0, ge=0, le=7, description="Pixels cut off around the result.")
    output_padding: int = Field(0, ge=0, le=3, description="Pixels added at one side, below the stride.")

    @model_validator(mode="after")
    def _below_the_stride(self) -> Self:
        if self.output_padding >= self.stride:
            raise ValueError(f"output padding must be below the stride, {self.stride}; got {self.output_padding}")
        return self


class Upsample(Part):
    """One decoder layer: nearest-neighbour enlargement, then a convolution (Odena et al. 2016).

    Side of its output: floor(side scale) + 2 padding - kernel + 1.
    """

    channels: int = Field(16, ge=1, le=512, description=LAST)
    scale: float = Field(2.0, ge=1, le=4, description="Enlargement before the convolution; 1 is none.")
    kernel: int = Field(3, ge=1, le=15, description="Side of the filter, in pixels.")
    padding: int = Field(1, ge=0, le=7, description="Zeros around the image.")


class ConvConfig(ArchitectureConfig):
    """Fields that both decoders share. The code is what the last encoder layer gives, (channels, height, width)."""

    main = "encoder.channels"

    encoder: tuple[Conv, ...] = Field(
        (Conv(channels=16), Conv(channels=4)), min_length=1, max_length=8, description="Layers of the encoder."
    )
    activation: Activation = Field("relu", description="Between hidden layers.")
    code_activation: Activation = Field("relu", description="On a code that is not variational, before its pooling.")
    init: Init = "default"

    def kind(self) -> str:
        return "convolutional"


class TransposeConfig(ConvConfig):
    """R3-transpose unless said otherwise."""

    name: str = "conv_transpose"
    decoder: tuple[ConvTranspose, ...] = Field(
        (ConvTranspose(channels=16), ConvTranspose(channels=1)),
        min_length=1,
        max_length=8,
        description="Layers of the decoder, code side first.",
    )


class UpsampleConfig(ConvConfig):
    """R3-upsample unless said otherwise."""

    name: str = "conv_upsample"
    decoder: tuple[Upsample, ...] = Field(
        (Upsample(channels=16), Upsample(channels=1)),
        min_length=1,
        max_length=8,
        description="Layers of the decoder, code side first.",
    )


def encoder_stack(config: ConvConfig, channels: int) -> Stack:
    """(N, channels, H, W) -> feature maps; the last layer has twice the channels when variational.

    Layers are not checked against a size of image: `fitting` does that.
    """
    layers: list[nn.Module] = []
    last = len(config.encoder) - 1
    for i, conv in enumerate(config.encoder):
        out = conv.channels * (2 if config.variational and i == last else 1)
        layers.append(nn.Conv2d(channels, out, conv.kernel, conv.stride, conv.padding))
        layers += activation(code_activation(config) if i == last else config.activation)
        layers += [nn.MaxPool2d(conv.pool)] if conv.pool > 1 else []
        channels = out
    return Stack(*layers)


def transpose_stack(config: TransposeConfig, channels: int, image: int = 1) -> Stack:
    """Feature maps (N, channels, h, w) -> images, each layer enlarging by its stride. image: as in `widths`."""
    layers: list[nn.Module] = []
    for i, (conv, out) in enumerate(zip(config.decoder, widths(config.decoder, image), strict=True)):
        layers.append(
            nn.ConvTranspose2d(
                channels, out, conv.kernel, conv.stride, conv.padding, output_padding=conv.output_padding
            )
        )
        layers += activation(config.output if i == len(config.decoder) - 1 else config.activation)
        channels = out
    return Stack(*layers)


def upsample_stack(config: UpsampleConfig, channels: int, image: int = 1) -> Stack:
    """Feature maps (N, channels, h, w) -> images: pixels repeated, then convolved (Odena et al. 2016). image: as in
    `widths`.
    """
    layers: list[nn.Module] = []
    for i, (conv, out) in enumerate(zip(config.decoder, widths(config.decoder, image), strict=True)):
        layers += [nn.Upsample(scale_factor=conv.scale)] if conv.scale > 1 else []
        layers.append(nn.Conv2d(channels, out, conv.kernel, padding=conv.padding))
        layers += activation(config.output if i == len(config.decoder) - 1 else config.activation)
        channels = out
    return Stack(*layers)


def widths(decoder: tuple[ConvTranspose, ...] | tuple[Upsample, ...], image: int) -> list[int]:
    """Channels that each layer of a decoder makes. image: those of an image, which a 1 in the last layer stands for.

    So one recipe is for grey images and for such in colour, and its config stays the same.

    >>> widths((Upsample(channels=16), Upsample(channels=1)), 3)
    [16, 3]
    """
    *hidden, last = [layer.channels for layer in decoder]
    return [*hidden, image if last == 1 else last]


class _Convolutional(Autoencoder):
    """x: (N, C, H, W); z: (N, channels, height, width)."""

    def __init__(self, config: ConvConfig, info: DataInfo, decoder: nn.Sequential) -> None:
        super().__init__()
        self.variational = config.variational
        self.encoder = encoder_stack(config, info.shape[0])
        self.decoder = decoder
        channels, *area = fitting("encoder", self.encoder, info.shape)
        self.latent_shape = (channels // (2 if config.variational else 1), *area)
        fitting("decoder", self.decoder, self.latent_shape)
        check(self.through, info.shape, "architecture.decoder")
        initialise(self, config.init)

    def through(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape that comes out where an image of `shape` goes in, both (channels, height, width). Raises RuntimeError
        where a layer does not fit.
        """
        _, *area = output_shape(self.encoder, shape)
        return output_shape(self.decoder, (self.latent_shape[0], *area))

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        return posterior(self.encoder(x), self.variational)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        return self.decoder(z)

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """All of it."""
        return nn.Sequential(*self.decoder)


@final
@architecture(
    TransposeConfig,
    Card(
        title="Convolutional, transposed",
        idea="Small filters slide over the image and pooling shrinks it; convolutions run backwards enlarge it again.",
        formula=r"z = \mathrm{pool}(\sigma(W * x)), \quad \hat{x} = \sigma(V *^{\top} z)",
        reference="Masci et al. 2011, Stacked Convolutional Auto-Encoders; Zeiler et al. 2010",
        look_for="A faint checkerboard in the output: where backward filters overlap unevenly.",
    ),
)
class TransposeAutoencoder(_Convolutional):
    """Decoder of transposed convolutions. Raises Refused where its output is not of the image's shape."""

    def __init__(self, config: TransposeConfig, info: DataInfo) -> None:
        super().__init__(config, info, transpose_stack(config, config.encoder[-1].channels, info.shape[0]))


@final
@architecture(
    UpsampleConfig,
    Card(
        title="Convolutional, upsampling",
        idea="As the transposed one, but the decoder repeats pixels to enlarge and then convolves: no checkerboard.",
        formula=r"z = \mathrm{pool}(\sigma(W * x)), \quad \hat{x} = \sigma(V * \mathrm{up}(z))",
        reference="Odena et al. 2016, Deconvolution and Checkerboard Artifacts",
        look_for="Smooth strokes; at a learning rate of 0.01 it often collapses to black.",
    ),
)
class UpsampleAutoencoder(_Convolutional):
    """Decoder of nearest-neighbour enlargement and convolutions.

    Raises Refused where its output is not of the image's shape.
    """

    def __init__(self, config: UpsampleConfig, info: DataInfo) -> None:
        super().__init__(config, info, upsample_stack(config, config.encoder[-1].channels, info.shape[0]))
