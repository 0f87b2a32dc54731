"""Adam over all weights of a model at once: they, their gradients and both moments lie in one block of memory."""

from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aedash.config import OptimizerConfig

ALIGNED = 16  # numbers: each weight begins on a line of the cache, as if it was allocated alone
BETAS = (0.9, 0.999)


class Slot(NamedTuple):
    """One weight's place: views of its own shape into the block. exp_avg, exp_avg_sq: its first and second moment."""

    weight: Tensor
    gradient: Tensor
    exp_avg: Tensor
    exp_avg_sq: Tensor


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), weight decay as L2 in the gradient; one fused call moves all weights.

    The model's parameters become views into the block and keep their names, shapes and strides, and their `grad` is one
    for good: who takes a step writes gradients in place. Parameters without `requires_grad` are left alone.

    learning_rate: may be set between steps. weights, gradients, mean, square: (P,) in the model's precision, zeros
    between one parameter and the next. slots: {index in `model.parameters()`: its views}.
    """

    def __init__(self, model: nn.Module, config: OptimizerConfig) -> None:
        self.learning_rate, self.eps, self.weight_decay = config.learning_rate, config.eps, config.weight_decay
        trained = {i: p for i, p in enumerate(model.parameters()) if p.requires_grad}
        starts = [0, *accumulate(-(-p.numel() // ALIGNED) * ALIGNED for p in trained.values())]
        some = next(model.parameters())
        self.block = torch.zeros(4, starts[-1], dtype=some.dtype, device=some.device)
        self.weights, self.gradients, self.mean, self.square = self.block
        self.steps = torch.zeros((), device=some.device)
        self.slots = {i: self._slot(p, start) for (i, p), start in zip(trained.items(), starts, strict=False)}
        self._operands: tuple[list[Tensor], ...] = (*([row] for row in self.block), [], [self.steps])

    def _slot(self, parameter: nn.Parameter, start: int) -> Slot:
        shape, strides = parameter.shape, parameter.stride()
        slot = Slot(*(row.as_strided(shape, strides, row.storage_offset() + start) for row in self.block))
        slot.weight.copy_(parameter.detach())
        parameter.data, parameter.grad = slot.weight, slot.gradient
        return slot

    @torch.no_grad()
    def step(self) -> None:
        """Move all weights by their gradients."""
        self.steps += 1
        torch._fused_adam_(
            *self._operands,
            lr=self.learning_rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=self.weight_decay,
            eps=self.eps,
            amsgrad=False,
            maximize=False,
        )

    def largest(self) -> float:
        """The largest size of a weight, gradient or moment; infinite or nan if one of them is."""
        if not self.block.numel():
            return 0.0
        low, high = torch.aminmax(self.block)  # the maximum norm tells the same, in eighteen times the time
        return float(torch.maximum(low.neg(), high))

    def saved(self) -> dict[str, Tensor]:
        """{index/what: tensor}: the moments of each weight and the steps taken, as `torch.optim.Adam` names them."""
        found: dict[str, Tensor] = {}
        for i, slot in self.slots.items():
            found |= {f"{i}/step": self.steps.clone(), f"{i}/exp_avg": slot.exp_avg, f"{i}/exp_avg_sq": slot.exp_avg_sq}
        return found

    def fill(self, saved: Mapping[str, Tensor]) -> None:
        """Take up what `saved` gave, or torch's own Adam had; a weight without a moment there begins anew.

        Raises ValueError where a moment has another shape, KeyError where a part of one is missing.
        """
        steps = [tensor for name, tensor in saved.items() if name.endswith("/step")]
        self.steps.copy_(max(steps, default=torch.zeros(())))
        for i, slot in self.slots.items():
            for what in ("exp_avg", "exp_avg_sq") if f"{i}/step" in saved else ():
                moment, tensor = getattr(slot, what), saved[f"{i}/{what}"]
                if moment.shape != tensor.shape:
                    raise ValueError("The file holds the moments of another model.")
                moment.copy_(tensor)
