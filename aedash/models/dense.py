"""Dense autoencoders: fully connected encoder and decoder around a narrow code."""

from math import prod
from typing import Annotated, Any, final

from pydantic import Field
from torch import Tensor, nn

from aedash.config import ArchitectureConfig, DataInfo
from aedash.models.base import Autoencoder, Card, Posterior, Stacks, architecture
from aedash.models.layers import Activation, Init, code_activation, initialise, mlp, posterior

Width = Annotated[int, Field(ge=1, le=4096)]


class DenseConfig(ArchitectureConfig):
    """784-128-64-32-64-128-784 unless said otherwise.

    Without widths and activations it is linear, and can reach PCA and no further (Baldi and Hornik 1989).
    """

    name: str = "dense"
    widths: tuple[Width, ...] = Field(
        (128, 64), max_length=12, description="Units of each hidden layer of the encoder, input side first."
    )
    latent: int = Field(
        32, ge=1, le=1024, description="How many numbers an image is squeezed into. Fewer blur it: try 2, 10 and 50."
    )
    decoder_widths: tuple[Width, ...] | None = Field(
        None, max_length=12, description="Hidden layers of the decoder, code side first; none mirrors the encoder."
    )
    activation: Activation = Field("relu", description="Between hidden layers.")
    code_activation: Activation = Field(
        "none", description="On a code that is not variational; relu can leave units dead."
    )
    init: Init = "default"

    def kind(self) -> str:
        hidden = max(len(self.widths), len(self.decoder_widths or ()))
        if self.code_activation == "none" and (self.activation == "none" or not hidden):
            return "linear"
        return "deep" if hidden > 1 else "plain"


@final
@architecture(
    DenseConfig,
    Card(
        title="Dense autoencoder",
        idea="Linear layers squeeze an image through a few numbers, and others rebuild the image from them.",
        formula=r"z = f_\theta(x), \quad \hat{x} = g_\phi(z)",
        reference="Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks",
        look_for="Halve the code until the images blur: that is the bottleneck at work.",
    ),
)
class DenseAutoencoder(Autoencoder):
    """x: (N, C, H, W), flattened row by row; z: (N, latent)."""

    def __init__(self, config: DenseConfig, info: DataInfo) -> None:
        super().__init__()
        self.shape = info.shape
        self.variational = config.variational
        self.latent_shape = (config.latent,)
        pixels = prod(info.shape)
        back = tuple(reversed(config.widths)) if config.decoder_widths is None else config.decoder_widths
        code = config.latent * (2 if config.variational else 1)
        self.encoder = mlp([pixels, *config.widths, code], config.activation, code_activation(config))
        self.decoder = mlp([config.latent, *back, pixels], config.activation, config.output)
        initialise(self, config.init)

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """(N, latent): the code, or mean and log variance; context is not looked at."""
        return posterior(self.encoder(x.flatten(1)), self.variational)

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, latent) -> (N, C, H, W); context is not looked at."""
        return self.decoder(z).unflatten(1, self.shape)

    def plain_decoder(self, label: int = 0) -> nn.Sequential:
        """All of it."""
        return nn.Sequential(*self.decoder, nn.Unflatten(1, self.shape))

    def linear_stacks(self) -> Stacks:
        """All of it."""
        return Stacks(self.encoder, self.decoder, self.variational)
