"""What the contractive penalty is put on: any encoder in one convention, and R2's published pair in its own."""

from dataclasses import dataclass
from typing import Any

from aedash import registry
from aedash.config import RunConfig, parse
from aedash.objectives.contractive import ContractiveConfig
from aedash.presets.base import preset

PATH = "objective.contractive.weight"
LAMBDAS = (0, 1e-4, 1e-2, 0.1, 1, 5)
PUBLISHED = "R2-contractive-1e-4"
PUBLISHED_TITLE = "Dense 128-64, as R2 published it"
PUBLISHED_LAMBDAS = (0, 1e-4, 5)  # the pair, and what it is held against


_KNOWN = {
    "R2-contractive-1e-4-meant": "Dense 128-64, ReLU",
    "R4-vanilla": "Dense 64, ReLU",
    "R0-simple": "Dense 400-20",
    "R1-conv": "Convolutions, code of 64",
    "R0-vae-meant": "VAE 400-20",
}


_NOT = {"dense", "conv_transpose", "pca"}  # are among the known; PCA has no steps in which a penalty could act


@dataclass(frozen=True)
class Encoder:
    """A choice of the Lambda page. id: a preset's, else an architecture's name, taken with its defaults; title: on its
    chip.
    """

    id: str
    title: str

    @property
    def preset(self) -> str:
        """The preset whose network it is, or none: an architecture with its defaults."""
        return self.id if self.id in _KNOWN else ""


def encoders() -> dict[str, Encoder]:
    """{id: Encoder}, the known ones first, then every further registered architecture.

    A new architecture stands on the page without a line here.
    """
    others = {name: registry.architectures.get(name).card.title for name in registry.architectures.names()}
    return {i: Encoder(i, title) for i, title in (_KNOWN | others).items() if i not in _NOT}


def per_image(encoder: Encoder) -> RunConfig:
    """Squared error summed over the pixels of an image on [0, 1], lambda x squared Jacobian norm of that image, Adam.

    A KL of weight 1 is added for an encoder that draws its code. Exact where that has a closed form, by one random
    probe (Hutchinson 1989) where the whole Jacobian would cost a pass a unit. Raises Refused where an architecture does
    not fit.
    """
    architecture: Any = preset(encoder.id).config.architecture.model_dump() if encoder.preset else encoder.id
    plain = parse({"architecture": architecture})
    variational = plain.architecture.variational
    closed = ContractiveConfig.closed(plain)
    terms: list[dict[str, Any]] = [{"name": "reconstruction", "loss": "mse", "reduction": "sum"}]
    if variational:
        terms.append({"name": "kl", "weight": 1})
    terms += [{"name": "contractive", "form": "exact" if closed else "hutchinson"}]
    return parse(
        {
            "data": {"scaling": "unit", "validation": 0},
            "architecture": architecture,
            "objective": terms,
            "optimizer": {"learning_rate": 1e-3, "batch_size": 64},
        }
    )


def published() -> RunConfig:
    """R2's own: standardised images, mean squared error, the gradient of the code's sum over the batch."""
    return preset(PUBLISHED).config


def form(config: RunConfig) -> str:
    """exact, hutchinson or published: how the penalty is computed; exact where it is absent.

    >>> form(parse({"objective": ["reconstruction", {"name": "contractive", "form": "hutchinson"}]}))
    'hutchinson'
    """
    penalties = [term for term in config.objective if term.name == "contractive"]
    return str(getattr(penalties[0], "form", "exact")) if penalties else "exact"
