"""Trace: the layers of a built module, their shapes and parameters, read off a real pass and so never out of date."""

from dataclasses import dataclass
from functools import lru_cache
from math import prod

import torch
from torch import nn

from aedash import registry
from aedash.config import ArchitectureConfig, RunConfig
from aedash.models import trial
from aedash.models.base import Autoencoder, parameters


@dataclass(frozen=True)
class Layer:
    """One leaf module as an image passes through it.

    part: encoder, decoder or another child of the model; kind: its class; shape: of the output, without the batch;
    parameters: numbers that it holds.
    """

    part: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Outline:
    """A model in one line: widths before, at and behind the code, as text: "784–128–", "32", "–128–784".

    pixels: of an image, all channels; code: numbers in it; parameters: of the whole model.
    """

    left: str
    middle: str
    right: str
    pixels: int
    code: int
    parameters: int
    layers: tuple[Layer, ...]


@torch.no_grad()
def layers(model: Autoencoder, shape: tuple[int, ...]) -> list[Layer]:
    """Every leaf module in the order in which one image passes through it; one that is called twice stands there twice.

    shape: (C, H, W). The pass is made on torch's default device, which the caller sets to the model's. It leaves the
    model in training mode.
    """
    passed: list[Layer] = []

    def watch(name: str, module: nn.Module) -> None:
        def note(_: nn.Module, __: object, output: object) -> None:
            if isinstance(output, torch.Tensor):
                part = name.split(".")[0]
                passed.append(Layer(part, type(module).__name__, tuple(output.shape[1:]), parameters(module)))

        handles.append(module.register_forward_hook(note))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for name, module in model.named_modules():
        if not list(module.children()) and name:
            watch(name, module)
    model.eval()
    posterior = model.encode(torch.zeros(2, *shape))
    model.decode(posterior.mean, posterior.context)
    model.train()
    for handle in handles:
        handle.remove()
    return passed


def outline(config: RunConfig) -> Outline:
    """The outline of a config's model; built once for each architecture and data set, from shapes alone.

    Raises Refused as `models.trial` does, for layers that do not fit.
    """
    return _outline(config.architecture, config.data.name)


@lru_cache(maxsize=64)
def _outline(architecture: ArchitectureConfig, dataset: str) -> Outline:
    info = registry.datasets.get(dataset).info
    with torch.device("meta"):  # shapes alone: pages ask for this, and whatever they compute slows a run beside them
        model = trial(architecture, info)
        rows = layers(model, info.shape)
    widths = {
        part: [_size(row) for row in rows if row.part == part and row.parameters] for part in ("encoder", "decoder")
    }
    code = "x".join(map(str, model.latent_shape)).removesuffix("x1x1")
    return Outline(
        left="–".join([str(prod(info.shape)), *widths["encoder"][:-1], ""]),
        middle=code,
        right="–".join(["", *widths["decoder"][:-1], str(prod(info.shape))]),
        pixels=prod(info.shape),
        code=prod(model.latent_shape),
        parameters=parameters(model),
        layers=tuple(rows),
    )


def _size(row: Layer) -> str:
    return str(row.shape[0]) if len(row.shape) == 1 else f"{row.shape[0]}@{row.shape[1]}"
