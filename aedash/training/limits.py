"""Limits: what memory a run would take, from shapes alone, before anything is queued.

A thread's run shares its memory with the server: one that asks for too much ends all runs and every page with it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from aedash.analysis.snapshots import KEPT_NUMBERS, MAP_POINTS
from aedash.config import ArchitectureConfig, DataInfo, RunConfig, TermConfig
from aedash.data.image_data import Batch
from aedash.formatting import count, number
from aedash.history import KEPT_HISTORIES, KEPT_SNAPSHOTS
from aedash.models import trial
from aedash.models.base import Autoencoder, parameters
from aedash.objectives import objective
from aedash.registry import Refused

GIGABYTE = 2**30
TRIED = 64  # images of a trial with numbers, for a model that cannot be asked by shapes alone
ADAM = 4  # numbers a weight: itself, its gradient, two moments
Terms = tuple[TermConfig, ...]


def fits(config: RunConfig, info: DataInfo, gigabytes: float) -> RunConfig:
    """The third gate: the config against memory; returns the config itself.

    gigabytes: of 2^30 bytes, that a step, an evaluation or a snapshot may need each. Raises Refused with what needs too
    much, and what is allowed.
    """
    needed = needs(config.architecture, config.objective, config.optimizer.batch_size, info)
    what = max(needed, key=lambda name: needed[name])
    if needed[what] <= gigabytes * GIGABYTE:
        return config
    allowed = f"up to {gigabytes:g} GB"
    size = number(needed[what] / GIGABYTE)
    field = "optimizer.batch_size" if what.startswith("A step of") else "architecture"
    told = f"{what} would need {size} GB of memory; allowed: {allowed} (AEDASH_MAX_GIGABYTES)."
    raise Refused(told, field, allowed)


def small_enough(architecture: ArchitectureConfig, info: DataInfo, most: int) -> None:
    """Raises Refused for a model of more parameters than `most`, and as `models.trial`."""
    size = _size(architecture, info)
    if size > most:
        allowed = f"up to {most:,}"
        told = f"The model would have {size:,} parameters; allowed: {allowed} (AEDASH_MAX_PARAMETERS)."
        raise Refused(told, "architecture", allowed)


@lru_cache(maxsize=256)
def _size(architecture: ArchitectureConfig, info: DataInfo) -> int:
    return parameters(trial(architecture, info))


@lru_cache(maxsize=256)
def needs(architecture: ArchitectureConfig, terms: Terms, batch_size: int, info: DataInfo) -> Mapping[str, int]:
    """{what: bytes}: a step with its optimiser, an evaluation's chunk, a snapshot with those that a server keeps.

    Asked of shapes alone, on the meta device; of a model whose shapes depend on its numbers (graph) by a
    few images. At most a few times too many: what is used twice in a step is counted twice. Raises Refused as
    `models.trial`.
    """
    model = trial(architecture, info)
    chunk, latent = min(model.chunk, info.test), prod(model.latent_shape)
    numbers = {
        f"A step of {_images(batch_size)}": _step(model, terms, info, batch_size) + ADAM * parameters(model),
        f"An evaluation of {_images(chunk)}": _largest(model, terms, info, chunk),
        f"Snapshots of a code of {count(latent)} numbers": _largest(model, (), info, MAP_POINTS)
        + 4 * MAP_POINTS * latent  # principal axes, in double precision
        + KEPT_HISTORIES * KEPT_SNAPSHOTS * (KEPT_NUMBERS + 1) * latent // 2,  # in half precision
    }
    return {what: 4 * size for what, size in numbers.items()}


def _images(many: int) -> str:
    return f"{count(many)} image{'s' * (many != 1)}"


def _step(model: Autoencoder, terms: Terms, info: DataInfo, images: int) -> int:
    """Numbers that the backward pass of one step needs, and that its largest operation takes and makes."""

    def step(model: Autoencoder, batch: Batch) -> int:
        kept: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            kept.append(tensor.numel())
            return tensor

        with torch.enable_grad(), saved_tensors_hooks(keep, lambda tensor: tensor), _Largest() as seen:
            _pass(model, terms, batch)
        return sum(kept) + seen.numbers

    return _asked(step, model, info, images)


def _largest(model: Autoencoder, terms: Terms, info: DataInfo, images: int) -> int:
    """Numbers that the largest operation of a pass takes and makes, where nothing is kept."""

    def largest(model: Autoencoder, batch: Batch) -> int:
        with torch.no_grad(), _Largest() as seen:
            _pass(model, terms, batch)
        return seen.numbers

    return _asked(largest, model, info, images)


def _pass(model: Autoencoder, terms: Terms, batch: Batch) -> None:
    if batch.input.is_meta:  # where no generator draws
        objective.values(terms, model, batch, model(batch), {})
        return
    chance = torch.Generator().manual_seed(0)
    objective.values(terms, model, batch, model(batch, chance), {term.name: chance for term in terms})


def _asked(ask: Callable[[Autoencoder, Batch], int], model: Autoencoder, info: DataInfo, images: int) -> int:
    """By shapes alone; for a model whose shapes depend on its numbers (graph) by a few images, in proportion."""
    try:
        return ask(model, _batch(info, images, "meta"))
    except (NotImplementedError, RuntimeError):
        few = min(images, TRIED)
        return ask(model.to_empty(device="cpu"), _batch(info, few, "cpu")) * -(-images // few)


def _batch(info: DataInfo, images: int, device: str) -> Batch:
    x = torch.linspace(0, 1, images * prod(info.shape), device=device).view(images, *info.shape)
    index = torch.zeros(images, dtype=torch.long, device=device)
    return Batch(x, x, index, index)


class _Largest(TorchFunctionMode):
    """Notes the numbers that the largest operation takes and makes."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        outputs = made if isinstance(made, tuple | list) else (made,)
        self.numbers = max(self.numbers, sum(x.numel() for x in (*args, *outputs) if isinstance(x, Tensor)))
        return made
