"""Files of a run folder: written whole or not at all, read with doubt, locked by whoever trains."""

import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields
from io import BytesIO
from pathlib import Path
from threading import Event as Signal
from typing import Any
from zipfile import BadZipFile

import numpy as np
from pydantic import TypeAdapter

from aedash.config import parse
from aedash.events import (
    Changed,
    EpochEnd,
    Figures,
    Probes,
    References,
    RunState,
    Snapshot,
    Started,
    StateChanged,
    StepBlock,
)
from aedash.history import History, Run
from aedash.registry import Refused

SCHEMA = 1
Recorded = Started | EpochEnd | References  # the events that are written down as JSON
_EVENTS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in (Started, EpochEnd, References)}
PROBES_PAUSE = 0.01  # seconds between two tries for a lock that a reader may be probing
TRIES = 30


class Busy(Refused):
    """Another process holds what was asked for."""


def write_atomically(path: Path, content: bytes) -> None:
    """The file is the old one or the new one, never a part; nothing is left behind when the disk is full."""
    partial = path.with_name(path.name + ".tmp")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Atomically, readable by people."""
    write_atomically(path, json.dumps(value, indent=1).encode())


@contextmanager
def held(path: Path, tries: int = TRIES) -> Iterator[None]:
    """Hold an exclusive lock on the file while the block runs. Raises Busy when another process keeps it.

    tries: a reader that only probes holds the lock for an instant, so one tries more than once.
    """
    with path.open("a") as file:
        for left in reversed(range(tries)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if left == 0:
                    raise Busy("This run is being trained by another process.", "run") from None
                Signal().wait(PROBES_PAUSE)
        yield


def is_held(path: Path) -> bool:
    """True when some living process holds the lock: the kernel forgets it with the process, however that ends."""
    if not path.exists():
        return False
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that probe are no holders to each other
        except BlockingIOError:
            return True
    return False


def manifest(run: Run) -> dict[str, Any]:
    """run.json: what is needed to list the run without the index."""
    return {
        "schema": SCHEMA,
        "id": run.id,
        "order": run.order,
        "preset": run.preset,
        "state": run.state,
        "sentence": run.sentence,
        "config": run.config.model_dump(mode="json"),
        "changes": [asdict(change) for change in run.changes],
        "created": run.created,
        "epochs_done": run.epochs_done,
        "threads": run.threads,
        "figures": {name: asdict(value) for name, value in run.figures.items()},
        "seconds": run.seconds,
        "images": run.images,
    }


def from_manifest(raw: dict[str, Any], folder: Path, identifier: str = "") -> Run:
    """Raises ValueError or KeyError for a file that is not a run's. identifier: if it is not the folder's name."""
    if raw["schema"] != SCHEMA:
        raise ValueError(f"made by another version of aedash (schema {raw['schema']}, this is {SCHEMA})")
    return Run(
        id=identifier or folder.name,
        order=int(raw["order"]),
        config=parse(raw["config"]),
        state=RunState(raw["state"]),
        folder=folder,
        created=str(raw["created"]),
        preset=str(raw["preset"]),
        sentence=str(raw["sentence"]),
        epochs_done=int(raw["epochs_done"]),
        threads=int(raw["threads"]),
        figures=TypeAdapter(dict[str, Figures]).validate_python(raw["figures"]),
        seconds=float(raw["seconds"]),
        images=int(raw["images"]),
        changes=TypeAdapter(tuple[Changed, ...]).validate_python(raw.get("changes", [])),
    )


def write_history(folder: Path, history: History) -> None:
    """history.json: curves, epochs and references, so that the index can be rebuilt."""
    events = [e for e in (history.started, history.references, *history.ends) if e]
    content = {
        "schema": SCHEMA,
        "events": [[type(event).__name__, asdict(event)] for event in events],
        "blocks": [asdict(block) for block in history.blocks],
    }
    write_atomically(folder / "history.json", json.dumps(content).encode())


def recorded(kind: str, fields: Any) -> Recorded:
    """The event that was written down as its kind and fields. Raises KeyError or ValueError for anything else."""
    return _EVENTS[kind].validate_python(fields)


def read_blocks(folder: Path) -> tuple[list[Recorded], list[StepBlock]]:
    """(events, blocks) of history.json; empty when there is none."""
    path = folder / "history.json"
    if not path.exists():
        return [], []
    raw = json.loads(path.read_text())
    return [recorded(*event) for event in raw["events"]], TypeAdapter(list[StepBlock]).validate_python(raw["blocks"])


def restored(
    events: list[Recorded],
    blocks: list[StepBlock],
    folder: Path,
    state: StateChanged,
    changes: tuple[Changed, ...] = (),
) -> History:
    """A history from what was recorded of it, with the pictures that lie in the folder."""
    history = History()
    history.changes = changes
    for event in events:
        history.append(event)
    history.blocks = blocks  # after Started, which voids what stands behind its step
    history.probes = read_probes(folder)
    history.snapshots = read_snapshots(folder)
    history.state = state
    first = history.started.steps_per_epoch if history.started else 0
    history.anchor = next((s for s in history.snapshots if s.step >= first), None) if first else None
    return history


def snapshot_files(folder: Path) -> list[Path]:
    """Snapshot files by step."""
    return sorted((p for p in (folder / "snapshots").glob("*.npz") if p.stem.isdigit()), key=lambda p: int(p.stem))


def save_arrays(path: Path, record: Snapshot | Probes) -> None:
    """A frozen dataclass of arrays as one npz file."""
    buffer = BytesIO()
    arrays: dict[str, Any] = {f.name: np.asarray(getattr(record, f.name)) for f in fields(record)}
    np.savez_compressed(buffer, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue())


def read_probes(folder: Path) -> Probes | None:
    """None when the file is missing or damaged."""
    arrays = _arrays(folder / "probes.npz", Probes)
    return Probes(**arrays) if arrays else None


def read_snapshots(folder: Path) -> list[Snapshot]:
    """All readable snapshots by step; a damaged file is passed over."""
    found = [_arrays(path, Snapshot) for path in snapshot_files(folder)]
    return [Snapshot(**{**arrays, "step": int(arrays["step"])}) for arrays in found if arrays]


def _arrays(path: Path, kind: type) -> dict[str, Any]:
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            needed = [f.name for f in fields(kind) if f.name in file or f.default_factory is MISSING]
            return {name: file[name] for name in needed}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return {}
