"""Sparsity: small weights, or codes in which few units speak."""

from typing import Any

from pydantic import Field
from torch import Generator, Tensor

from aedash.config import RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output
from aedash.objectives.objective import term


class L1WeightsConfig(TermConfig):
    """L1 of every weight and bias: what R4-sparse calls sparse. Codes stay as dense as they were."""

    name: str = "l1_weights"
    weight: float = Field(1e-4, ge=0, le=1e3, description="Factor of the sum of all absolute weights and biases.")

    def kind(self) -> str:
        return "sparse"


class L1CodeConfig(TermConfig):
    """L1 of the code: what a sparse autoencoder penalises.

    A decoder with larger weights can undo it, as with contraction.
    """

    name: str = "l1_code"
    weight: float = Field(1e-2, ge=0, le=1e3, description="Factor of the sum of the code's absolute values.")

    def kind(self) -> str:
        return "sparse"


class KLCodeConfig(TermConfig):
    """KL of each unit's mean activation from a target rate; the code must lie in 0..1, so it needs a sigmoid (Ng
    2011).
    """

    name: str = "kl_code"
    weight: float = Field(1.0, ge=0, le=1e3, description="Factor of the sum over units.")
    rate: float = Field(0.05, gt=0, lt=1, description="Wanted share of time in which a unit is on.")

    def needs(self, run: RunConfig) -> str:
        """That the code may leave 0..1, where a rate means nothing; empty for a sigmoid code that is not
        variational.
        """
        if run.architecture.variational:  # its mean may be any number, whatever the activation says
            return "objective.kl_code needs a code in 0..1, which a variational one is not"
        if getattr(run.architecture, "code_activation", "") == "sigmoid":
            return ""
        return "objective.kl_code needs a code in 0..1: set architecture.code_activation to sigmoid"

    def wants(self, run: RunConfig) -> list[tuple[str, Any]]:
        known = hasattr(run.architecture, "code_activation")
        return [("architecture.code_activation", "sigmoid")] if known else []

    def kind(self) -> str:
        return "sparse"


@term(
    L1WeightsConfig,
    Card(
        title="L1 on the weights",
        idea="Pulls every weight and bias towards exactly zero. It makes weights sparse, not codes.",
        formula=r"\lambda \sum_w |w|",
        reference="Tibshirani 1996; used under the name of a sparse autoencoder by R4",
        look_for="Few weights stay large; the code is as dense as before.",
    ),
    lambda config: "L1(weights)",
    lambda config: "sum of absolute weights",
)
def l1_weights(
    config: L1WeightsConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None
) -> Tensor:
    """(N,): sum of absolute weights and biases; the same number for each image, since weights belong to none.

    Adam does not leave a weight at exactly 0: it is pushed to and fro around it.
    """
    total = sum((p.abs().sum() for p in model.parameters()), start=output.z.new_zeros(()))
    return total.expand(len(output.z))


@term(
    L1CodeConfig,
    Card(
        title="L1 on the code",
        idea="Every unit of the code that speaks costs; few do, and each comes to mean something.",
        formula=r"\lambda \sum_j |z_j|",
        reference="Ng 2011, Sparse Autoencoder; Olshausen and Field 1996",
        look_for="Units that are silent for most images but not dead.",
    ),
    lambda config: "L1(code)",
    lambda config: "sum of absolute code values per image",
)
def l1_code(
    config: L1CodeConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None
) -> Tensor:
    """(N,): sum of absolute values of each image's mean code, in code units."""
    return output.posterior.mean.flatten(1).abs().sum(1)


@term(
    KLCodeConfig,
    Card(
        title="KL to a target rate",
        idea="Each unit should be on for a small share of the images of a batch, no more and no less.",
        formula=r"\beta \sum_j \mathrm{KL}(\rho \,\|\, \hat{\rho}_j)",
        reference="Ng 2011, Sparse Autoencoder",
        look_for="Units share the work: none always on, none dead. It depends on the batch: few images tell no rate.",
    ),
    lambda config: f"KL({config.rate:g} ‖ mean code)",
    lambda config: "nats, summed over units",
)
def kl_code(
    config: KLCodeConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None
) -> Tensor:
    """(N,): nats summed over units, from the batch's mean activations; the same number for each image of the batch.

    sum_j rho log(rho / r_j) + (1 - rho) log((1 - rho) / (1 - r_j)), r_j the mean of unit j over the batch, within 1e-6
    of 0 and 1 (Ng 2011). 0 where every unit is on at the wanted rate.
    """
    mean = output.posterior.mean.flatten(1).mean(0).clamp(1e-6, 1 - 1e-6)
    rate = config.rate
    wanted = mean.new_tensor(rate)
    nats = rate * (wanted / mean).log() + (1 - rate) * ((1 - wanted) / (1 - mean)).log()
    return nats.sum().expand(len(output.z))
