"""Inside: what the layers of a model hold and say, and on which images it is good and bad."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import prod, sqrt
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aedash.analysis.latent import parts
from aedash.analysis.level import apart
from aedash.analysis.metrics import at_mean
from aedash.analysis.quality import pictures
from aedash.analysis.specimen import given
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import at_image, decoded
from aedash.events import Bytes, Floats, Probes
from aedash.history import Run
from aedash.models.base import Autoencoder
from aedash.models.lowering import Stack
from aedash.models.pca import PCA
from aedash.registry import Refused

FILTERS = 60
RANKED = 4  # images of each rank: best, median, worst
RANKS = ("best", "median", "worst")
_WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
_Said = list[tuple[str, nn.Module, Tensor]]  # part, layer, what it said
_WORDS = {
    "Linear": "dense",
    "Conv2d": "convolution",
    "ConvTranspose2d": "transposed convolution",
    "MaxPool2d": "pool",
    "Upsample": "enlarge",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
}


@dataclass(frozen=True, eq=False)
class Filters:
    """Weights of the first layer as pictures: (K, H, W), those of the largest norm first. count: how many there are;
    dense: whether each is as large as the image; units: (K,), which they are.
    """

    weights: Floats
    units: NDArray[np.int64]
    count: int
    dense: bool


@dataclass(frozen=True, eq=False)
class Layer:
    """What a layer says of one image, its activation and pooling included. part: "encoder" or "decoder"; values: (n,)
    of a dense layer, else (channels, height, width).
    """

    part: str
    name: str
    values: Floats


@dataclass(frozen=True)
class ClassError:
    """Error of one class. mean and standard_error: over its images, MSE per pixel on [0, 1]; level: whether chance may
    be all that it differs from the others by.
    """

    name: str
    images: int
    mean: float
    standard_error: float
    level: bool


@dataclass(frozen=True, eq=False)
class Judged:
    """Each image of a run's map as its best weights rebuild it. mse: (N,) per pixel on [0, 1], not clipped, from what
    the run was given; rows: (12,) of four best, four median, four worst; outputs: (12, H, W) uint8 of these.
    """

    mse: Floats
    rows: NDArray[np.int64]
    outputs: Bytes


def filters(trained: Trained) -> Filters:
    """The weights that meet the image: of a dense layer one picture a unit, channels averaged; of a convolution its
    kernels, one a channel. At most 60.
    """
    rows = _first(trained)
    strength = rows.flatten(1).norm(dim=1)
    order = strength.argsort(descending=True, stable=True)[:FILTERS]
    dense = rows.shape[2:] == trained.data.info.shape[1:]
    return Filters(rows[order].mean(1).numpy(), order.numpy(), len(rows), dense)


def _first(trained: Trained) -> Tensor:
    """(units, C, h, w): what each unit of the first layer weighs the pixels with."""
    model, shape = trained.model, trained.data.info.shape
    if isinstance(model, PCA):
        return model.axes.detach().unflatten(1, shape)
    layer = next(module for module in model.modules() if isinstance(module, _WEIGHTED))
    held = layer.weight.detach()
    return held if isinstance(layer, nn.Conv2d) else held[:, : prod(shape)].unflatten(1, shape)


@torch.no_grad()
def activations(trained: Trained, place: int) -> tuple[Layer, ...]:
    """Every layer for one test image, from the image to its reconstruction.

    Computed layer by layer in the plain form, without what `lowering` joins. Raises Refused for an image that
    there is not, and for a model that knows an image among its neighbours alone.
    """
    if trained.model.coupled:
        raise Refused("Each layer of this model mixes an image with its neighbours, so it says nothing of one.", "run")
    model, part = plain(trained.model), "encoder"
    said: _Said = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda layer, _, made: said.append((part, layer, made)))
    batch = trained.image(place)
    posterior = model.encode(batch.input, model.context(batch))
    part = "decoder"
    model.decode(posterior.mean, posterior.context)
    return tuple(Layer(part, _named(group), group[-1][2][0].numpy()) for part, group in _layers(said))


def plain(model: Autoencoder) -> Autoencoder:
    """A copy whose stacks are computed layer by layer: every layer is called, in its own order."""
    copied = deepcopy(model)
    for name, child in [*copied.named_modules()]:
        if isinstance(child, Stack):
            parent = copied.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Sequential(*child))
    return copied


def _layers(said: _Said) -> list[tuple[str, _Said]]:
    """What belongs together: what enlarges, weights, and what follows these without weights of its own."""
    groups: list[tuple[str, _Said]] = []
    for part, module, made in said:
        weighted = isinstance(module, _WEIGHTED)
        full = not groups or groups[-1][0] != part or any(isinstance(each, _WEIGHTED) for _, each, _ in groups[-1][1])
        if not groups or (full and (weighted or isinstance(module, nn.Upsample))):
            groups.append((part, []))
        groups[-1][1].append((part, module, made))
    return groups


def _named(group: _Said) -> str:
    names = [type(module).__name__ for _, module, _ in group]
    return ", ".join(_WORDS.get(name, name) for name in names)


def error_by_class(mse: Floats, labels: NDArray[np.int64], classes: Sequence[str]) -> tuple[ClassError, ...]:
    """One a class that has images, in their order. mse: (N,), finite or not; labels: (N,).

    Level: as `analysis.level.apart` has it, its images against all others; so where there are no others.
    """
    found = []
    for label, name in enumerate(classes):
        own, others = mse[labels == label], mse[labels != label]
        if len(own):
            level = not len(others) or apart(own, others).level
            found.append(ClassError(name, len(own), float(own.mean()), _standard_error(own), level))
    return tuple(found)


def _standard_error(errors: Floats) -> float:
    """Of their mean; infinite for one image, which tells nothing of it."""
    return float(errors.std(ddof=1)) / sqrt(len(errors)) if len(errors) > 1 else float("inf")


def ranked(mse: Floats, each: int = RANKED) -> NDArray[np.int64]:
    """(3 each,) rows: the best, those around the median, the worst, each from low to high error; what is not finite is
    worst. Fewer of each where there are not so many images.

    >>> ranked(np.array([5.0, 1.0, 3.0, 2.0, 4.0]), 1).tolist()
    [1, 2, 0]
    """
    order = np.argsort(np.nan_to_num(mse, nan=np.inf), kind="stable")
    each = min(each, max(1, len(order) // 3))
    middle = (len(order) - each) // 2
    return np.concatenate([order[:each], order[middle : middle + each], order[-each:]])


def rebuilt(trained: Trained, places: NDArray[np.int64], codes: Floats) -> Bytes:
    """(N, H, W) uint8: what the model makes of clean test images. codes: (N, latent), theirs."""
    origins = [at_image(trained, int(place), code) for place, code in zip(places, codes, strict=True)]
    return pictures(torch.cat([decoded(trained, origin.code[None], origin.context) for origin in origins]))


@torch.no_grad()
def judged(run: Run, probes: Probes, data_root: Path) -> Judged:
    """All images of a run's map through its best weights, with the noise of its snapshots.

    probes: of the run. Raises as `specimen.asked`.
    """
    model, scaling, batch = given(run, probes, data_root)
    made = scaling.to_unit(torch.cat([at_mean(model, part)[0] for part in parts(batch, model.chunk)]))
    made = made[: len(probes.labels)]
    clean = scaling.to_unit(batch.target)[: len(made)]
    mse = (made - clean).square().flatten(1).mean(1).numpy()
    rows = ranked(mse)
    return Judged(mse, rows, pictures(made[torch.from_numpy(rows)]))
