"""TrainState: all that a run needs to go on, bit for bit, and its safetensors file."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Generator, Tensor

from aedash.config import DataInfo, RunConfig
from aedash.data.streams import stream
from aedash.models import build
from aedash.models.base import Autoencoder
from aedash.store.files import write_atomically

_PLACE = ("epoch", "step", "best", "sums", "images")


@dataclass
class TrainState:
    """Weights, optimiser, generators and where training stands; no times. `step` counts over all epochs.

    sums: {name: loss x images} and `images` of the epoch so far, so that its mean is right after a resume, too.
    """

    model: Autoencoder
    optimizer: torch.optim.Adam
    streams: dict[str, Generator]
    epoch: int = 0
    step: int = 0
    best: float | None = None
    sums: dict[str, float] = field(default_factory=dict)
    images: int = 0

    @classmethod
    def fresh(cls, config: RunConfig, info: DataInfo, device: torch.device) -> "TrainState":
        """Initial weights from the config's seed."""
        model = build(config.architecture, info, config.seed).to(device)
        optimizer = torch.optim.Adam(
            model.parameters(),
            lr=config.optimizer.learning_rate,
            weight_decay=config.optimizer.weight_decay,
            fused=True,
        )
        purposes = ["corruption", "posterior", *(t.name for t in config.objective)]
        return cls(model, optimizer, {p: stream(config.seed, p, device) for p in purposes})


def save_state(state: TrainState, path: Path) -> None:
    """Write the state so that either the old or the new file is there, whole, whatever happens."""
    tensors = {f"model/{name}": value for name, value in state.model.state_dict().items()}
    for i, slot in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{i}/{name}": value for name, value in slot.items()}
    tensors |= {f"stream/{name}": generator.get_state() for name, generator in state.streams.items()}
    _write(tensors, {name: getattr(state, name) for name in _PLACE}, path)


def load_state(state: TrainState, path: Path) -> None:
    """Fill a fresh state from the file. Raises ValueError when it belongs to another model."""
    tensors, place = _read(path)
    load_tensors(state.model, tensors)
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer/"):
            _, i, field = name.split("/")
            slots.setdefault(int(i), {})[field] = value
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": slots, "param_groups": groups})
    for name, generator in state.streams.items():
        generator.set_state(tensors[f"stream/{name}"])
    for name in _PLACE:
        setattr(state, name, place[name])


def save_weights(model: Autoencoder, path: Path, about: dict[str, Any]) -> None:
    """Write the weights alone, with `about` as metadata."""
    _write({f"model/{name}": value for name, value in model.state_dict().items()}, about, path)


def load_weights(model: Autoencoder, path: Path) -> dict[str, Any]:
    """Fill the model from either kind of file; returns its metadata. Raises ValueError for another model's weights."""
    tensors, about = _read(path)
    load_tensors(model, tensors)
    return about


def load_tensors(model: Autoencoder, tensors: dict[str, Tensor]) -> None:
    """Strictly: names and shapes must be the model's own."""
    weights = {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError("The file holds the weights of another model.") from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        return tensors, json.loads((file.metadata() or {}).get("about", "{}"))


def _write(tensors: dict[str, Tensor], about: dict[str, Any], path: Path) -> None:
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_atomically(path, save(whole, {"about": json.dumps(about)}))
