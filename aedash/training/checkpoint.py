"""TrainState: all that a run needs to go on, bit for bit, and its safetensors file."""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from math import inf
from pathlib import Path
from time import perf_counter

import torch
from pydantic import NonNegativeInt, TypeAdapter
from torch import Generator

from aedash.atomic import copy_atomically
from aedash.config import DataInfo, RunConfig, TermConfig
from aedash.data.streams import stream
from aedash.events import Changed, EpochEnd, StepBlock
from aedash.models import build
from aedash.models.base import Autoencoder
from aedash.registry import Refused
from aedash.store.weights import about, fill, read_tensors, write_tensors
from aedash.training.steps import Step, step_for
from aedash.training.steps.adam import Adam

KEPT_STATES, KEEP_EPOCHS = 5, 10  # numbered ones at most, of every tenth epoch
BEST = "best-state.safetensors"
CARRIED_SECONDS = 5.0
Place = tuple[int, int]  # (epochs done, steps done)
Carried = StepBlock | EpochEnd | Changed
_CARRIED: dict[str, TypeAdapter[Carried]] = {
    kind.__name__: TypeAdapter(kind) for kind in (StepBlock, EpochEnd, Changed)
}
_SINCE: TypeAdapter[Place] = TypeAdapter(tuple[NonNegativeInt, NonNegativeInt])


@dataclass(frozen=True)
class _Standing:
    """Where training stands, as a save's metadata tell it."""

    epoch: NonNegativeInt
    step: NonNegativeInt
    best: float | None
    sums: dict[str, float]
    images: NonNegativeInt


_STANDING = TypeAdapter(_Standing)


@dataclass
class TrainState:
    """Weights, optimiser, generators and where training stands; no times. `step` counts over all epochs.

    epoch: those done; best: lowest loss so far on the watched split, None before one was judged. sums: {name: loss x
    images} and `images` of the epoch so far, so that its mean is right after a resume, too.
    """

    model: Autoencoder
    optimizer: Adam
    streams: dict[str, Generator]
    epoch: int = 0
    step: int = 0
    best: float | None = None
    sums: dict[str, float] = field(default_factory=dict)
    images: int = 0
    _way: tuple[tuple[TermConfig, ...], Step] | None = field(default=None, repr=False)

    @classmethod
    def fresh(cls, config: RunConfig, info: DataInfo, device: torch.device) -> "TrainState":
        """Initial weights from the config's seed, on that device. Raises Refused as `models.build` does."""
        model = build(config.architecture, info, config.seed).to(device)
        purposes = ["corruption", "posterior", *(t.name for t in config.objective)]
        streams = {p: stream(config.seed, p, device) for p in purposes}
        return cls(model, Adam(model, config.optimizer), streams)

    def step_on(self, objective: tuple[TermConfig, ...]) -> Step:
        """How a step on that objective is taken: the same object for as long as the same objective is asked for."""
        if self._way is None or self._way[0] is not objective:
            self._way = objective, step_for(self.model, objective, self.optimizer, self.streams)
        return self._way[1]


class Tail:
    """What a run told last, so that a save can bring along what its record may lack.

    Another thread records, so a save may be ahead of its record when the process is killed. What was told more than 5
    seconds ago is taken as recorded; `since` is where the tail begins, and a record that ends before it does not join.
    """

    def __init__(self, since: Place = (0, 0), events: Sequence[Carried] = ()) -> None:
        self.since = since
        self._told = deque((perf_counter(), event) for event in events)

    @property
    def events(self) -> list[Carried]:
        """In the order in which they were told, oldest first."""
        return [event for _, event in self._told]

    def add(self, event: Carried) -> None:
        """One more, told now; what was told more than 5 seconds ago leaves the tail, which then begins behind it."""
        now = perf_counter()
        self._told.append((now, event))
        while now - self._told[0][0] > CARRIED_SECONDS:
            self.since = max(self.since, _place(self._told.popleft()[1], self.since))

    def behind(self, place: Place) -> list[Carried]:
        """What a record lacks that ends there, in order; empty when it lacks nothing.

        place: (epochs done, steps done). Changes that come right before what it lacks are among it.
        """
        told, at = self.events, self.since
        for i, event in enumerate(told):
            at = _place(event, at)
            if at > place:
                while i and isinstance(told[i - 1], Changed):
                    i -= 1
                return told[i:]
        return []


def _place(event: Carried, before: Place) -> Place:
    """Where a run is after an event."""
    match event:
        case StepBlock():
            return before[0], event.step
        case EpochEnd():
            return event.epoch, event.step
    return before


def tail_of(path: Path) -> Tail:
    """The tail that a save brings along; an empty one of an older file, or of none. Raises ValueError for nonsense."""
    place = about(path)
    try:
        events = [_CARRIED[kind].validate_python(values) for kind, values in place.get("told", [])]
        return Tail(_SINCE.validate_python(place.get("since", (0, 0))), events)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} tells no events of a run.") from error


def save_state(state: TrainState, path: Path, tail: Tail | None = None) -> None:
    """Write the state so that either the old or the new file is there, whole, whatever happens. Raises OSError.

    tail: what was told last, to be brought along; None for nothing.
    """
    tensors = {f"model/{name}": value for name, value in state.model.state_dict().items()}
    tensors |= {f"optimizer/{name}": value for name, value in state.optimizer.saved().items()}
    tensors |= {f"stream/{name}": generator.get_state() for name, generator in state.streams.items()}
    place = {field.name: getattr(state, field.name) for field in fields(_Standing)}
    if tail is not None:
        told = [(type(event).__name__, asdict(event)) for event in tail.events]
        place |= {"since": tail.since, "told": told}
    write_tensors(tensors, place, path)


def keep(last: Path, epoch: int, most: int = KEPT_STATES) -> None:
    """Keep the last save as the state after that epoch, beside it; of more than `most` every second one is dropped.

    A hard link where the file system has them: it costs no room until the next save. Raises OSError.
    """
    if most:
        _link(last, f"epoch-{epoch}.safetensors")
    there = numbered_states(last.parent)
    for old in list(there)[:-1:2] if len(there) > most else []:
        there[old].unlink()


def keep_best(last: Path) -> None:
    """Keep the last save as the state of the best epoch, in place of the one before."""
    _link(last, BEST)


def kept_states(folder: Path) -> dict[int, Path]:
    """{epoch: file} of the states from which a run can be forked, in order: numbered ones, the best, the last.

    The last only where it was saved at an epoch's end. Empty without any.
    """
    found = numbered_states(folder)
    for path in (folder / BEST, folder / "last.safetensors"):
        place = about(path)
        if place.get("images") == 0 and isinstance(place.get("epoch"), int):  # else it was saved within an epoch
            found[place["epoch"]] = path
    return dict(sorted(found.items()))


def newest_save(folder: Path, recorded: Place) -> Path | None:
    """The newest save that leaves no hole behind a record that ends at (epochs done, steps done); None without any.

    A damaged one gives way to an older one, where one is whole. Raises ValueError for one whose metadata are nonsense.
    """
    saves = [folder / "last.safetensors", *reversed(kept_states(folder).values())]
    there = [path for path in saves if path.exists()]
    whole = [path for path in there if about(path)]
    return next((path for path in whole or there if tail_of(path).since <= recorded), None)


def branch_state(source: Path, best: Path, folder: Path) -> Place:
    """Begin another run's folder with a kept state and, if they were found by then, the best weights; where it is.

    source: a kept state; best: the parent's best weights, which may be missing or newer; folder: the new run's. Returns
    (epochs done, steps done). The parent may go on meanwhile and replace either file: what is asked about is the copy.
    Raises Refused for a damaged state.
    """
    last = folder / "last.safetensors"
    copy_atomically(source, last)
    try:
        place = _STANDING.validate_python(about(last))
    except ValueError:
        raise Refused("The state that was kept there is damaged; fork after another epoch.", "epoch") from None
    if best.exists():
        copy = folder / best.name
        copy_atomically(best, copy)
        if about(copy).get("step", inf) > place.step:
            copy.unlink()
    return place.epoch, place.step


def _link(last: Path, name: str) -> None:
    kept = last.with_name(name)
    kept.unlink(missing_ok=True)
    try:
        kept.hardlink_to(last)  # the next save replaces `last` by another file, and leaves this one as it is
    except (OSError, NotImplementedError):  # a file system, or a Python, without hard links
        copy_atomically(last, kept)


def numbered_states(folder: Path) -> dict[int, Path]:
    """{epoch: file} of the states of every tenth epoch, in order; empty without any."""
    named = {path.stem.removeprefix("epoch-"): path for path in folder.glob("epoch-*.safetensors")}
    return dict(sorted((int(epoch), path) for epoch, path in named.items() if epoch.isascii() and epoch.isdigit()))


def load_state(state: TrainState, path: Path) -> None:
    """Fill a fresh state from the file, generators too: training goes on bit for bit on the same kind of device.

    Raises ValueError when it is damaged or belongs to another model, KeyError when a part is missing, OSError without a
    file.
    """
    tensors, place = read_tensors(path)
    standing = _STANDING.validate_python(place)
    fill(state.model, tensors)
    state.optimizer.fill({n.removeprefix("optimizer/"): x for n, x in tensors.items() if n.startswith("optimizer/")})
    for name, generator in state.streams.items():
        generator.set_state(tensors[f"stream/{name}"])
    for name, value in vars(standing).items():
        setattr(state, name, value)
