"""KL divergence of the code's distribution from a standard normal one."""

from typing import Any

from pydantic import Field
from torch import Generator, Tensor

from aedash.config import RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.models.base import Autoencoder, Card, Output, Posterior
from aedash.objectives.objective import term


class KLConfig(TermConfig):
    """The weight is beta (Higgins et al. 2017), relative to a reconstruction summed over pixels."""

    name: str = "kl"
    weight: float = Field(1.0, ge=0, le=1e6, description="Beta: how strongly the code is pulled to N(0, 1).")

    def needs(self, run: RunConfig) -> str:
        """That the architecture draws no code, and so has no variance to be pulled anywhere; empty where it does."""
        if run.architecture.variational:
            return ""
        return "the KL term needs a variational architecture: set architecture.variational"

    def wants(self, run: RunConfig) -> list[tuple[str, Any]]:
        return [("architecture.variational", True)]


def divergence(posterior: Posterior) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) in nats, one value a unit: (N, *latent), 0 or more.

    (mean^2 + exp(log_var) - 1 - log_var) / 2 (Kingma and Welling 2014, app. B). Raises ValueError for a code that is
    not variational.

    >>> import torch
    >>> divergence(Posterior(torch.tensor([[0.0, 2.0]]), torch.zeros(1, 2))).tolist()
    [[0.0, 2.0]]
    """
    if posterior.log_var is None:
        raise ValueError("KL needs a variational code")
    return 0.5 * (posterior.mean.square() + posterior.log_var.exp() - 1 - posterior.log_var)


@term(
    KLConfig,
    Card(
        title="KL to N(0, I)",
        idea="Pulls the distribution of each code towards a standard normal one, so that random codes decode well.",
        formula=r"\beta\,\mathrm{KL}\big(q(z|x)\,\|\,\mathcal{N}(0, I)\big)",
        reference="Kingma and Welling 2014; Higgins et al. 2017 (beta)",
        look_for="A KL near 0 nats means a switched-off code: posterior collapse.",
    ),
    lambda config: "KL(q(z|x) ‖ N(0, I))",
    lambda config: "nats per image",
)
def kl(config: KLConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None) -> Tensor:
    """(N,): nats, summed over the code. Raises ValueError for a code that is not variational."""
    return divergence(output.posterior).flatten(1).sum(1)
