"""TrainState: all that a run needs to go on, bit for bit, and its safetensors file."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Generator, Tensor

from aedash.config import DataInfo, RunConfig
from aedash.data.streams import stream
from aedash.models import build
from aedash.models.base import Autoencoder
from aedash.store.weights import about, fill, read_tensors, write_tensors

KEPT_STATES = 5
BEST = "best-state.safetensors"
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
            eps=config.optimizer.eps,
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
    write_tensors(tensors, {name: getattr(state, name) for name in _PLACE}, path)


def keep(last: Path, epoch: int) -> None:
    """Keep the last save as the state after that epoch, beside it; of more than 5 every second one is dropped."""
    _link(last, f"epoch-{epoch}.safetensors")
    there = _numbered(last.parent)
    for old in list(there)[:-1:2] if len(there) > KEPT_STATES else []:
        there[old].unlink()


def keep_best(last: Path) -> None:
    """Keep the last save as the state of the best epoch, in place of the one before."""
    _link(last, BEST)


def kept_states(folder: Path) -> dict[int, Path]:
    """{epoch: file} of the states from which a run can be forked, in order: numbered ones, the best, the last."""
    found = _numbered(folder)
    for path in (folder / BEST, folder / "last.safetensors"):
        place = about(path)
        if place.get("images") == 0 and isinstance(place.get("epoch"), int):  # else it was saved within an epoch
            found[place["epoch"]] = path
    return dict(sorted(found.items()))


def _link(last: Path, name: str) -> None:
    kept = last.with_name(name)
    kept.unlink(missing_ok=True)
    kept.hardlink_to(last)  # the next save replaces `last` by another file, and leaves this one as it is


def _numbered(folder: Path) -> dict[int, Path]:
    named = {path.stem.removeprefix("epoch-"): path for path in folder.glob("epoch-*.safetensors")}
    return dict(sorted((int(epoch), path) for epoch, path in named.items() if epoch.isascii() and epoch.isdigit()))


def load_state(state: TrainState, path: Path) -> None:
    """Fill a fresh state from the file. Raises ValueError when it belongs to another model."""
    tensors, place = read_tensors(path)
    fill(state.model, tensors)
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
