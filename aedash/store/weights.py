"""Weights on disk: safetensors only, written whole, and read strictly into the model that they belong to."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aedash.atomic import parse_json, write_atomically
from aedash.models.base import Autoencoder


def save_weights(model: Autoencoder, path: Path, metadata: dict[str, Any]) -> None:
    """Write the weights alone, whole or not at all. metadata: what JSON can hold. Raises OSError."""
    write_tensors({f"model/{name}": value for name, value in model.state_dict().items()}, metadata, path)


def load_weights(model: Autoencoder, path: Path) -> dict[str, Any]:
    """Fill the model from either kind of file, weights alone or a whole state; returns its metadata.

    Raises ValueError for a damaged file or another model's weights, OSError without a file.
    """
    tensors, metadata = read_tensors(path)
    fill(model, tensors)
    return metadata


def fill(model: Autoencoder, tensors: dict[str, Tensor]) -> None:
    """Copy the tensors named model/... into the model, on its device and in its precision.

    Raises ValueError unless names and shapes are the model's own.
    """
    weights = {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError("The file holds the weights of another model.") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """({name: tensor}, metadata) of a safetensors file, tensors on the CPU.

    Raises ValueError for a damaged one, OSError without one.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
            return tensors, _about(file.metadata())
    except SafetensorError as error:
        raise ValueError(f"{path.name} is damaged.") from error


def about(path: Path) -> dict[str, Any]:
    """The metadata of a safetensors file alone, without its tensors; empty where there is no readable file.

    Of a save it holds the place: epoch, step, best, sums, images.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return _about(file.metadata())
    except (OSError, SafetensorError, ValueError):
        return {}


def _about(metadata: dict[str, str] | None) -> dict[str, Any]:
    """Raises ValueError for anything but a JSON object."""
    about = parse_json((metadata or {}).get("about", "{}"))
    if not isinstance(about, dict):
        raise ValueError("The metadata are no JSON object.")
    return about


def write_tensors(tensors: dict[str, Tensor], metadata: dict[str, Any], path: Path) -> None:
    """Atomically, from any device, with metadata that JSON can hold. Raises OSError, TypeError for other metadata."""
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_atomically(path, save(whole, {"about": json.dumps(metadata)}))
