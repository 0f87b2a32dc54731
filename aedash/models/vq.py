"""VQ-VAE: the code is a small grid of words from a learnt codebook."""

from collections.abc import Callable, Iterable
from math import log2, prod
from typing import Any, Literal, final

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aedash.config import ArchitectureConfig, DataInfo
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output, Posterior, architecture
from aedash.models.layers import activation, output_shape
from aedash.models.lowering import Stack
from aedash.models.sizes import check


class VQConfig(ArchitectureConfig):
    """28x28 images to 7x7 words from a book of 64: 49 x 6 = 294 bits."""

    main = "words"

    name: str = "vq"
    variational: Literal[False] = Field(False, description="The code is chosen, not drawn.")
    channels: int = Field(32, ge=1, le=256, description="Feature maps of the hidden convolutions.")
    words: int = Field(64, ge=2, le=1024, description="Words that each place of the code chooses from. Try 2, 16, 256.")
    width: int = Field(16, ge=1, le=256, description="Numbers in each entry of the codebook.")
    commitment: float = Field(0.25, ge=0, le=100, description="How strongly the encoder keeps to the chosen entries.")

    def kind(self) -> str:
        return "discrete"

    def brings(self) -> dict[str, str]:
        return {"codebook": "‖sg(z) − e‖²", "commitment": f"{self.commitment:g} · ‖z − sg(e)‖²"}


@final
@architecture(
    VQConfig,
    Card(
        title="VQ-VAE",
        idea="Each place of a small grid is rounded to the nearest entry of a learnt codebook: an image becomes a text "
        "of codebook words.",
        formula=r"z = e_k,\ k = \arg\min_j \|z_e(x) - e_j\|; \quad "
        r"\mathcal{L} \mathrel{+}= \|\mathrm{sg}[z_e] - e\|^2 + \beta \|z_e - \mathrm{sg}[e]\|^2",
        reference="van den Oord et al. 2017, Neural Discrete Representation Learning; Yu et al. 2021 (length 1)",
        look_for="How many words are in use: a book of which only a few pages are read is wasted.",
        exhibit=("Codebook", "Words of the codebook, the first 64 at most, each written in every place and decoded."),
    ),
)
class VQ(Autoencoder):
    """x: (N, C, H, W); z: (N, width, H/4, W/4), the code before rounding; `decode` rounds it.

    Both z and the entries have length 1 (Yu et al. 2021), so that the nearest entry is the one in the nearest
    direction. The codebook learns by its loss (van den Oord et al. 2017, eq. 3), not by moving averages.
    """

    def __init__(self, config: VQConfig, info: DataInfo) -> None:
        super().__init__()
        channels, height, width = info.shape
        self.commitment = config.commitment
        self.latent_shape = (config.width, height // 4, width // 4)
        self.encoder = Stack(
            nn.Conv2d(channels, config.channels, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(config.channels, config.channels, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(config.channels, config.width, 1),
        )
        self.codebook = nn.Parameter(torch.randn(config.words, config.width))
        self.decoder = Stack(
            nn.Conv2d(config.width, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(config.channels, config.channels, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(config.channels, channels, 4, 2, 1),
            *activation(config.output),
        )
        check(lambda shape: output_shape(self.decoder, output_shape(self.encoder, shape)), info.shape)

    @torch.no_grad()
    def solve(self, images: Iterable[Tensor]) -> None:
        """Codebook entries begin as codes that the untrained encoder gives: none starts where no code ever is.

        images: parts of which the first alone is looked at.
        """
        codes = self.encoder(next(iter(images))).movedim(1, -1).flatten(0, -2)
        chosen = torch.linspace(0, len(codes) - 1, len(self.codebook), device=codes.device).long()
        self.codebook.copy_(codes[chosen])

    def encode(self, x: Tensor, context: Any = None) -> Posterior:
        """The code before rounding, of length 1 at each place."""
        return Posterior(F.normalize(self.encoder(x)))

    def decode(self, z: Tensor, context: Any = None) -> Tensor:
        """z: (N, width, H/4, W/4), of any length: rounded to words first."""
        return self.decoder(self.written(self.words(z)))

    def forward(self, batch: Batch, generator: Generator | None = None) -> Output:
        """One pass, the decoder seeing words; beside it "codebook" and "commitment", (N,) each, summed over places.

        With e the chosen entries, |sg[z] - e|^2 and beta |z - sg[e]|^2 (van den Oord et al. 2017, eq. 3).
        """
        posterior = self.encode(batch.input)
        z = posterior.mean
        entry = self.written(self.words(z))
        book = (entry - z.detach()).square().flatten(1).sum(1)
        commitment = self.commitment * (z - entry.detach()).square().flatten(1).sum(1)
        # straight through: the decoder sees the entry, its gradient passes to the encoder as if nothing was rounded
        reconstruction = self.decoder(z + (entry - z).detach())
        return Output(reconstruction, posterior, z, {"codebook": book, "commitment": commitment})

    def words(self, z: Tensor) -> Tensor:
        """(N, H, W) int64: index of the entry in the nearest direction (eq. 1 of the paper, for entries of length 1).

        z: (N, width, H, W), of any length.
        """
        return torch.einsum("nchw,kc->nkhw", z, F.normalize(self.codebook)).argmax(1)

    def written(self, words: Tensor) -> Tensor:
        """(N, width, H, W): the entries of those words, of length 1. words: (N, H, W)."""
        return F.embedding(words, F.normalize(self.codebook)).movedim(-1, 1)

    def bits(self, each: int) -> float:
        """Its words count log2 of the codebook, whatever a number takes elsewhere: height x width x log2(words)."""
        return prod(self.latent_shape[1:]) * log2(len(self.codebook))

    def packed(self, codes: Tensor, coarsened: Callable[[Tensor], Tensor]) -> Tensor:
        """The code as it is: its words are packed already."""
        return codes

    def measures(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Words that are chosen at all, and the perplexity of how often each is: the size of the book in effect.

        Perplexity: exp of the entropy of the shares, 1 (one word for everything) to the size of the book (all equally
        often).
        """
        counts = sum(
            self.words(self.encode(batch.input).mean).flatten().bincount(minlength=len(self.codebook)).cpu()
            for batch in batches
        )
        share = counts / torch.as_tensor(counts).sum()
        return {
            f"words in use, of {len(self.codebook)}": float((share > 0).sum()),
            "perplexity of the words": float(torch.special.entr(share).sum().exp()),
        }

    def exhibit(self, batch: Batch) -> Tensor:
        """(rows, columns, C, H, W): up to 64 words, eight a row at most, each written in every place of the grid and
        decoded; those that fill no row are left out.
        """
        words = len(self.codebook)
        shown = torch.arange(min(64, words) // 8 * 8 or words, device=self.codebook.device)
        pictures = self.decoder(self.written(shown[:, None, None].expand(-1, *self.latent_shape[1:])))
        return pictures.unflatten(0, (-1, min(8, len(shown))))
