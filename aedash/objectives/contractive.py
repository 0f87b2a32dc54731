"""Contractive penalty: how strongly the code reacts to small changes of the image (Rifai et al. 2011)."""

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor, nn

from aedash import registry
from aedash.config import ArchitectureConfig, RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.data.streams import stream
from aedash.models import trial
from aedash.models.base import Autoencoder, Card, Output
from aedash.models.layers import linear_layers
from aedash.objectives.objective import term

MANY_UNITS = 64
CHAIN = 2**24  # numbers in the closed form's largest array where no gradient asks for more: 64 MB
Stack = list[tuple[nn.Linear, nn.Module | None]]  # each layer with the activation behind it

# Derivative of an activation by its value: none of them needs what went in.
_SLOPES: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: lambda value: (value > 0).to(value.dtype),
    nn.Sigmoid: lambda value: value * (1 - value),
    nn.Tanh: lambda value: 1 - value.square(),
    nn.LeakyReLU: lambda value: torch.where(value > 0, torch.ones_like(value), 0.01),
}
_CURVED = (nn.Sigmoid, nn.Tanh)  # whose slope changes with what goes in; of the others nothing flows back through it


class ContractiveConfig(TermConfig):
    """The weight is lambda, per image, relative to a squared error summed over pixels.

    form: exact, ||dz/dx||^2; hutchinson, an estimate from `probes` random directions; published, ||d(sum z)/dx||^2 as
    R2 has it, whose rows cancel. probes and batch matter to their own form alone.
    """

    name: str = "contractive"
    weight: float = Field(1e-2, ge=0, le=1e6, description="Lambda: how strongly the code is kept from reacting.")
    form: Literal["exact", "hutchinson", "published"] = Field(
        "exact", description="Whole Jacobian; an unbiased estimate of it; or R2's gradient of the code's sum."
    )
    probes: int = Field(1, ge=1, le=64, description="Random directions of the estimate.")
    batch: int = Field(64, ge=1, le=100_000, description="Images over which the published form sums.")

    @staticmethod
    def closed(run: RunConfig) -> bool:
        """Whether the exact form takes no backward pass of its own for the run's architecture."""
        return passes(run.architecture, run.data.name) == 0

    def needs(self, run: RunConfig) -> str:
        """That the exact form would take more than 64 backward passes a step, and what to choose instead; else
        empty.
        """
        units = passes(run.architecture, run.data.name) if self.form == "exact" else 0
        if units <= MANY_UNITS:
            return ""
        return (
            f"the exact contractive penalty takes a backward pass for each number of the code, up to {MANY_UNITS}, "
            f"and this one has {units:,}: set objective.contractive.form to hutchinson"
        )

    def wants(self, run: RunConfig) -> list[tuple[str, Any]]:
        """The estimate in place of an exact form that would cost too much."""
        return [("objective.contractive.form", "hutchinson")] if self.needs(run) else []

    def kind(self) -> str:
        return "contractive"


@lru_cache(maxsize=64)
def passes(architecture: ArchitectureConfig, dataset: str) -> int:
    """Backward passes of the exact form: one for each number of the code; none where it has a closed form.

    dataset: its registered name, for the shape of an image. Raises Refused as `models.trial` does.
    """
    model = trial(architecture, registry.datasets.get(dataset).info)
    return 0 if _stack(model) else prod(model.latent_shape)


def _formula(config: ContractiveConfig) -> str:
    return {
        "exact": "‖∂z/∂x‖² (exact)",
        "hutchinson": f"‖∂z/∂x‖² (estimated, {config.probes} probe{'s' * (config.probes > 1)})",
        "published": f"‖∂Σz/∂x‖² over a batch of {config.batch} (published form)",
    }[config.form]


def _beside(config: ContractiveConfig, model: Autoencoder, batch: Batch) -> dict[str, float]:
    """How far the published form is from the penalty that it stands for, as means over images."""
    if config.form != "published":
        return {}
    with torch.enable_grad():
        exact = float(_norm(model, batch).detach().mean())
        published = float(sum_gradient_norm(model, batch, with_graph=False).mean())
    return {"exact ‖∂z/∂x‖²": exact, "‖∂Σz/∂x‖² / exact": published / (exact or 1.0)}


def _norm(model: Autoencoder, batch: Batch) -> Tensor:
    """(N,): the exact norm, or an estimate where it would cost hundreds of passes."""
    if _stack(model) is None and prod(model.latent_shape) > MANY_UNITS:
        return hutchinson(model, batch, MANY_UNITS, stream(0, "measures", batch.input.device), with_graph=False)
    return jacobian_norm(model, batch, with_graph=False)


@term(
    ContractiveConfig,
    Card(
        title="Contractive penalty",
        idea="Penalises every direction in which a small change of the image would move the code.",
        formula=r"\lambda \left\| \frac{\partial z}{\partial x} \right\|_F^2",
        reference="Rifai et al. 2011, Contractive Auto-Encoders",
        look_for="The norm can be cheated by shrinking the code: compare it with the code's own variance.",
    ),
    _formula,
    lambda config: "squared norm per image" if config.form != "published" else "squared norm per batch",
    _beside,
)
def contractive(
    config: ContractiveConfig, model: Autoencoder, batch: Batch, output: Output, generator: Generator | None
) -> Tensor:
    """(N,): the penalty of each image in the chosen form, at the corrupted input that the encoder saw.

    In squared code units per squared unit of the model's input. `published` is multiplied by the source's batch size:
    it sums over the batch what the objective then averages. Has a gradient only where gradients are on.
    """
    with_graph = torch.is_grad_enabled()
    with torch.enable_grad():
        if config.form == "exact":
            value = jacobian_norm(model, batch, with_graph, output.posterior.mean.flatten(1))
        elif config.form == "hutchinson":
            value = hutchinson(model, batch, config.probes, generator, with_graph)
        else:
            value = sum_gradient_norm(model, batch, with_graph) * config.batch
    return value if with_graph else value.detach()


def jacobian_norm(model: Autoencoder, batch: Batch, with_graph: bool = True, code: Tensor | None = None) -> Tensor:
    """(N,): squared Frobenius norm of d(sum of all z)/dx of each image, exactly: of dz/dx where images do not mix.

    ||J||_F^2 = sum_ij (dz_i/dx_j)^2 (Rifai et al. 2011, eq. 1), z the mean code, x the batch's input in the model's
    scale. with_graph: whether the result can be differentiated. code: (N, latent) of these inputs, if known. A coupled
    model (graph) is so asked how the batch's codes, added up, react to each image: to ask it of every code alone would
    take N times as many passes.

    In closed form for a stack of linear layers (one hidden layer: row norms; more: products with the first layer's Gram
    matrix), else by one backward pass a unit.
    """
    stack = _stack(model)
    if stack:
        x = batch.input.flatten(1)
        return _stack_norm(stack, x, code) if with_graph else _by_parts(stack, x)
    x, z = _codes(model, batch)
    units = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
    return torch.stack([_pull_back(z, x, unit, with_graph).square().sum(1) for unit in units]).sum(0)


def hutchinson(
    model: Autoencoder, batch: Batch, probes: int, generator: Generator | None, with_graph: bool = True
) -> Tensor:
    """(N,): mean over random signs v of ||v^T dz/dx||^2, unbiased for `jacobian_norm` (Hutchinson 1989).

    E[v v^T] = I, so the expectation of ||v^T J||^2 = tr(v v^T J J^T) is tr(J J^T) = ||J||_F^2. probes: number of draws
    of v, 1 or more. generator: on the batch's device; None for torch's global one. Signs are drawn for each image and
    unit; for a coupled model for each unit, since it is the sum over images. with_graph: as in `jacobian_norm`.
    """
    x, pulled = _pulling(model, batch, with_graph)
    total = x.new_zeros(len(x))
    for _ in range(probes):
        shape = (1 if model.coupled else len(x), prod(model.latent_shape))
        signs = torch.randint(0, 2, shape, generator=generator, device=x.device).to(x.dtype) * 2 - 1
        total = total + pulled(signs).square().sum(1)
    return total / probes


def sum_gradient_norm(model: Autoencoder, batch: Batch, with_graph: bool = True) -> Tensor:
    """(N,): squared norm of the gradient of the *sum* of the code's units, whose Jacobian rows cancel (R2).

    ||sum_i dz_i/dx||^2, which is 0 for units that react oppositely. with_graph: as in `jacobian_norm`.
    """
    x, pulled = _pulling(model, batch, with_graph)
    return pulled(x.new_ones(1, prod(model.latent_shape))).square().sum(1)


def _pulling(model: Autoencoder, batch: Batch, with_graph: bool) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """(x, a function that gives direction^T dz/dx of each image, (N, D), of a direction (N or 1, latent)).

    In closed form for a stack of linear layers, else by a backward pass.
    """
    stack = _stack(model)
    if stack is None:
        x, z = _codes(model, batch)
        return x, lambda direction: _pull_back(z, x, direction, with_graph)
    with torch.set_grad_enabled(with_graph):
        slopes = _slopes(stack, batch.input.flatten(1), None)

    def pulled(direction: Tensor) -> Tensor:
        with torch.set_grad_enabled(with_graph):
            for (linear, _), slope in zip(reversed(stack), reversed(slopes), strict=True):
                direction = (direction * slope) @ linear.weight
        return direction

    return batch.input, pulled


def _codes(model: Autoencoder, batch: Batch) -> tuple[Tensor, Tensor]:
    """(x, z): a fresh input leaf and the mean code, (N, latent)."""
    x = batch.input.detach().requires_grad_()
    return x, model.encode(x, model.context(batch)).mean.flatten(1)


def _pull_back(z: Tensor, x: Tensor, direction: Tensor, with_graph: bool) -> Tensor:
    """(N, D): direction^T dz/dx of each image."""
    return torch.autograd.grad((z * direction).sum(), x, create_graph=with_graph, retain_graph=True)[0].flatten(1)


def _stack(model: Autoencoder) -> Stack | None:
    """The model's linear stack; None when it has none, or one with an activation of unknown slope."""
    layers = model.linear_stack()
    stack = linear_layers(layers) if layers is not None else None
    return stack if stack and all(act is None or type(act) in _SLOPES for _, act in stack) else None


@torch.no_grad()
def _by_parts(stack: Stack, x: Tensor) -> Tensor:
    """(N,): `_stack_norm` of a few images at a time: of all at once it would hold N x latent x width numbers."""
    per_image = stack[-1][0].out_features * max(linear.out_features for linear, _ in stack)
    return torch.cat([_stack_norm(stack, part, None) for part in x.split(max(1, CHAIN // per_image))])


def _stack_norm(stack: Stack, x: Tensor, code: Tensor | None) -> Tensor:
    """(N,): J = D_L W_L ... D_1 W_1, so ||J||^2 = tr(A G A^T) with A = D_L W_L ... D_1 and G = W_1 W_1^T.

    code: what the whole stack makes of x, where that is known already.
    """
    slopes = _slopes(stack, x, code)
    first = stack[0][0].weight
    if len(stack) == 1:
        return slopes[0].square() @ first.square().sum(1)
    chain = slopes[-1].unsqueeze(2) * stack[-1][0].weight
    for (linear, _), slope in zip(reversed(stack[1:-1]), reversed(slopes[1:-1]), strict=True):
        chain = (chain * slope.unsqueeze(1)) @ linear.weight
    chain = chain * slopes[0].unsqueeze(1)
    return ((chain @ (first @ first.T)) * chain).sum(dim=(1, 2))


def _slopes(stack: Stack, x: Tensor, code: Tensor | None) -> list[Tensor]:
    """[(N, width)]: the slope of each layer's activation at what it makes of x; x, code: as in `_stack_norm`."""
    slopes = []
    curved = any(isinstance(act, _CURVED) for _, act in stack)
    with torch.set_grad_enabled(curved and torch.is_grad_enabled()):
        for i, (linear, act) in enumerate(stack):
            value = code if i == len(stack) - 1 else None
            x = value if value is not None else act(linear(x)) if act else linear(x)
            slopes.append(_SLOPES[type(act)](x) if act else torch.ones_like(x))
    return slopes
