"""The format of a run folder: its manifest, its history and its pictures. What was written elsewhere is doubted."""

import json
import re
from dataclasses import MISSING, asdict, fields
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from aedash.atomic import parse_json, read, settle, write_atomically, write_json
from aedash.changes import Schedule
from aedash.config import RunConfig
from aedash.events import (
    COLOURS,
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
from aedash.history import History, Run, bounded, zoned
from aedash.registry import Refused

SCHEMA = 1
MAKING = ".new-"  # begins the name of a folder that is not whole yet
RUN_ID = re.compile(r"[0-9a-f]{12}")
MANIFEST_BYTES, HISTORY_BYTES, ARRAY_BYTES = 4_000_000, 128_000_000, 256_000_000  # more is not read
LETTERS = {"name": 60, "note": 2000, "tag": 30, "group": 60}  # of what people write to a run
MOST_TAGS, MOST_JOINED = 20, 200
MOST = 2**53  # whole numbers up to here are exact everywhere
Recorded = Started | EpochEnd | References  # the events that are written down as JSON
_FINITE = ConfigDict(allow_inf_nan=False)
_EVENTS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(tuple[kind], config=_FINITE)  # type: ignore[valid-type]  # a tuple hands its config on
    for kind in (Started, EpochEnd, References)
}
_BLOCKS = TypeAdapter(list[StepBlock], config=_FINITE)
Count = Annotated[int, Field(ge=0, le=MOST)]


class Unreadable(ValueError):
    """What is wrong with a run folder, in words: the end of a sentence, without a full stop."""


def _created(text: str) -> str:
    zoned(text)
    return text


class _Manifest(BaseModel):
    """run.json, checked field by field."""

    model_config = ConfigDict(allow_inf_nan=False)

    order: Count
    config: RunConfig
    state: RunState
    created: Annotated[str, AfterValidator(_created)]
    preset: str = Field(max_length=200)
    sentence: str = Field(max_length=5000)
    epochs_done: Count
    threads: Count
    device: str = Field("", max_length=20)
    precision: str = Field("", max_length=20)
    figures: dict[str, Figures]
    seconds: float = Field(ge=0)
    images: Count
    changes: tuple[Changed, ...] = ()
    owner: str = Field("", max_length=64)
    joined: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=MOST_JOINED)] = ()
    name: str = Field("", max_length=LETTERS["name"])
    note: str = Field("", max_length=LETTERS["note"])
    tags: Annotated[tuple[Annotated[str, Field(max_length=LETTERS["tag"])], ...], Field(max_length=MOST_TAGS)] = ()
    group: str = Field("", max_length=LETTERS["group"])
    pinned: bool = False
    bytes: Count = 0


def manifest(run: Run) -> dict[str, Any]:
    """The content of run.json: what is needed to list the run, as JSON has it."""
    return {
        "schema": SCHEMA,
        "id": run.id,
        "order": run.order,
        "preset": run.preset,
        "owner": run.owner,
        "joined": list(run.joined),
        "name": run.name,
        "note": run.note,
        "tags": list(run.tags),
        "group": run.group,
        "pinned": run.pinned,
        "bytes": run.bytes,
        "state": run.state,
        "sentence": run.sentence,
        "config": run.config.model_dump(mode="json"),
        "changes": [asdict(change) for change in run.changes],
        "created": run.created,
        "epochs_done": run.epochs_done,
        "threads": run.threads,
        "device": run.device,
        "precision": run.precision,
        "figures": {name: asdict(value) for name, value in run.figures.items()},
        "seconds": run.seconds,
        "images": run.images,
    }


def from_manifest(raw: Any, folder: Path, identifier: str = "") -> Run:
    """The run that a manifest tells of. identifier: if it is not the folder's name.

    Raises Unreadable for another schema, a config that this version does not know, or an impossible number.
    """
    if not isinstance(raw, dict) or "schema" not in raw:
        raise Unreadable("run.json tells of no run")
    if raw["schema"] != SCHEMA:
        raise Unreadable(f"it was made by another version of aedash (schema {str(raw['schema'])[:20]}, not {SCHEMA})")
    try:
        checked = _Manifest.model_validate(raw)
        Schedule(checked.config, checked.changes)
    except (ValidationError, Refused) as error:
        raise Unreadable(f"run.json tells of no run that this version knows: {_first(error)}") from None
    values = {name: getattr(checked, name) for name in _Manifest.model_fields}
    return Run(id=identifier or folder.name, folder=folder, **values)


def read_manifest(folder: Path) -> Any:
    """The content of run.json, not yet checked. Raises Unreadable where it is missing, larger than 4 MB, or no JSON."""
    try:
        return parse_json(read(folder / "run.json", MANIFEST_BYTES))
    except FileNotFoundError:
        raise Unreadable("it has no run.json") from None
    except OSError:
        raise Unreadable("its run.json cannot be opened") from None
    except ValueError as error:
        raise Unreadable(f"its run.json is damaged: {_first(error)}") from None


def _first(error: Exception) -> str:
    """The first thing that is wrong, on one line and short."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        text = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    else:
        text = str(error)
    return " ".join(text.encode(errors="replace").decode().split())[:200].rstrip(".")


def begin(run: Run) -> None:
    """A new run's folder with its manifest, on the disk. Raises OSError, and what is there then is not whole."""
    (run.folder / "snapshots").mkdir(parents=True)
    write_manifest(run)


def write_manifest(run: Run) -> None:
    """run.json, and with it all names in the folder, outlast a power cut from here on. Raises OSError."""
    write_json(run.folder / "run.json", manifest(run))
    settle(run.folder)


def write_history(folder: Path, history: History) -> None:
    """history.json: curves, epochs and references, so that the index can be rebuilt. Raises OSError."""
    events = [e for e in (history.started, history.references, *history.ends) if e]
    content = {
        "schema": SCHEMA,
        "events": [[type(event).__name__, asdict(event)] for event in events],
        "blocks": [asdict(block) for block in history.blocks],
    }
    write_atomically(folder / "history.json", json.dumps(content).encode())
    settle(folder)


def recorded(kind: str, fields: Any) -> Recorded:
    """The event that was written down as its kind and fields: Started, EpochEnd or References.

    Raises Unreadable for anything else, and for numbers below 0 or above 2^53.
    """
    try:
        [event] = _EVENTS[kind].validate_python((fields,))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"it records an event that this version does not know: {_first(error)}") from None
    numbers = [value for value in vars(event).values() if type(value) is int]
    if not all(0 <= number <= MOST for number in numbers) or (isinstance(event, Started) and event.steps_per_epoch < 1):
        raise Unreadable("it records an event with an impossible number")
    return event


def read_blocks(folder: Path) -> tuple[list[Recorded], list[StepBlock]]:
    """(events, blocks by step) of history.json; empty when there is none. Raises Unreadable where it is damaged."""
    try:
        raw = parse_json(read(folder / "history.json", HISTORY_BYTES))
        events = [recorded(kind, fields) for kind, fields in raw["events"]]
        blocks = sorted(_BLOCKS.validate_python(raw["blocks"]), key=lambda block: block.step)
    except FileNotFoundError:
        return [], []
    except OSError:
        raise Unreadable("its history.json cannot be opened") from None
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"its history.json is damaged: {_first(error)}") from None
    if not all(1 <= block.step <= MOST and 1 <= block.images <= MOST and block.losses for block in blocks):
        raise Unreadable("its history.json holds a block with an impossible number")
    return events, blocks


def restored(events: list[Recorded], blocks: list[StepBlock], run: Run) -> History:
    """A history from what was recorded of the run, with the pictures that lie in its folder.

    Seconds and images are the manifest's where it counts more than the blocks: of a packed run some are missing.
    """
    history = History()
    history.changes = run.changes
    for event in events:
        history.append(event)
    steps_per_epoch = history.started.steps_per_epoch if history.started else 0
    counted = (sum(block.images for block in blocks), sum(block.seconds for block in blocks))
    history.images, history.seconds = max(counted, (run.images, run.seconds))
    history.blocks = bounded(blocks, steps_per_epoch)  # after Started, which voids what stands behind its step
    history.probes = read_probes(run.folder)
    history.snapshots = read_snapshots(run.folder, history.probes)
    history.state = StateChanged(run.state, run.sentence, run.figures)
    past = [snapshot for snapshot in history.snapshots if snapshot.step >= steps_per_epoch > 0]
    history.anchor = past[0] if past else None
    return history


def snapshot_files(folder: Path) -> list[Path]:
    """Snapshot files by step; empty where there are none. Other files in the folder are passed over."""
    named = [p for p in (folder / "snapshots").glob("*.npz") if p.stem.isascii() and p.stem.isdigit()]
    return sorted((p for p in named if len(p.stem) < 16), key=lambda p: int(p.stem))


def save_arrays(path: Path, record: Snapshot | Probes) -> None:
    """A frozen dataclass of arrays as one npz file, whole or not at all. Raises OSError."""
    buffer = BytesIO()
    arrays: dict[str, Any] = {f.name: np.asarray(getattr(record, f.name)) for f in fields(record)}
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def read_probes(folder: Path) -> Probes | None:
    """The run's fixed test images; None when the file is missing or damaged, or its arrays do not fit one another."""
    arrays = _arrays(folder / "probes.npz", Probes)
    probes = Probes(**arrays) if arrays else None
    return probes if probes and _is_sound_probes(probes) else None


def read_snapshots(folder: Path, probes: Probes | None = None) -> list[Snapshot]:
    """All readable snapshots by step; a damaged file is passed over, or one that is of other images than the probes.

    probes: None where they are not known, and nothing is compared.
    """
    found = [(path, _arrays(path, Snapshot)) for path in snapshot_files(folder)]
    snapshots = [Snapshot(**{**arrays, "step": int(path.stem)}) for path, arrays in found if arrays]
    return [snapshot for snapshot in snapshots if _is_sound(snapshot, probes)]


def _arrays(path: Path, kind: type) -> dict[str, Any]:
    try:
        content = BytesIO(read(path, ARRAY_BYTES))
        if sum(entry.file_size for entry in ZipFile(content).infolist()) > ARRAY_BYTES:
            return {}
        with np.load(content, allow_pickle=False) as file:
            needed = [f.name for f in fields(kind) if f.name in file or f.default_factory is MISSING]
            arrays = {name: file[name] for name in needed}
            return arrays if all(np.isfinite(values).all() for values in arrays.values()) else {}
    except Exception:  # whatever a file that is no npz makes zipfile, zlib and numpy raise
        return {}


def _is_sound_probes(probes: Probes) -> bool:
    pictures = (probes.originals, probes.inputs, probes.images)
    if not all(_pictures(array, 3) for array in pictures) or len({array.ndim for array in pictures}) > 1:
        return False
    count = len(probes.images)
    fits = probes.labels.shape == (count,) and len(probes.shown) == len(probes.originals) == len(probes.inputs)
    return bool(fits and all(0 <= row < count for row in probes.shown.tolist()))


def _pictures(array: NDArray[Any], dimensions: int) -> bool:
    """Whether these are bytes, grey in so many dimensions, or with three colours in one more."""
    colour = array.ndim == dimensions + 1 and array.shape[-1] == COLOURS
    return array.dtype == np.uint8 and (array.ndim == dimensions or colour)


def _is_sound(snapshot: Snapshot, probes: Probes | None) -> bool:
    pictures = ((snapshot.reconstructions, 3), (snapshot.samples, 3), (snapshot.exhibit, 4))
    if not all(_pictures(array, dimensions) for array, dimensions in pictures):
        return False
    if probes is not None and snapshot.reconstructions.ndim != probes.originals.ndim:
        return False
    if snapshot.scores.ndim != 2 or snapshot.components.shape != (snapshot.scores.shape[1], len(snapshot.centre)):
        return False
    fits = probes is None or len(snapshot.scores) == len(probes.images)
    return fits and snapshot.mse.shape == (len(snapshot.reconstructions),)
