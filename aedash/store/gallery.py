"""The gallery: finished runs that come with the app, one folder a preset, and finished sweeps. Read only.

<gallery>/<preset>/                          a run, shaped as any run folder
<gallery>/sweeps/<question>/sweep.json       a sweep and the ids of its runs
<gallery>/sweeps/<question>/illustration.json  what its card shows
<gallery>/sweeps/<question>/<id>/            one of them
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from aedash import registry
from aedash.events import RunState
from aedash.history import History, Run
from aedash.store import folder as folders
from aedash.store import illustrations
from aedash.store.folder import Unreadable
from aedash.store.illustrations import Illustration
from aedash.store.sweeps import FOLDER, SWEEP_ID, recorded
from aedash.sweep import Sweep

RECORD = "sweep.json"
KEPT = 256  # histories: a page of a sweep reads those of all its members each time


@dataclass(frozen=True)
class Shelf:
    """The sweeps that come with the app.

    sweeps: {question: sweep}; runs: {id: run} of their members; trouble: {question: why it is left out, a sentence}.
    """

    sweeps: dict[str, Sweep]
    runs: dict[str, Run]
    trouble: dict[str, str]


@lru_cache(maxsize=4)
def pretrained(root: Path) -> dict[str, Run]:
    """{preset: run} of every readable folder, in alphabetical order; empty where there is no gallery.

    root: of the gallery. Read once a process: a folder that is packed anew is seen after a restart. Folders of no known
    preset, or without figures of the test images, are passed over.
    """
    runs = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        try:
            run = _read(folder)
        except Unreadable:
            continue
        if folder.name in registry.presets.names() and "test" in run.figures:
            runs[folder.name] = run
    return runs


@lru_cache(maxsize=4)
def shipped(root: Path) -> Shelf:
    """What the gallery in `root` answers, by the names of its folders in alphabetical order; empty without any.

    Read once a process, as `pretrained`. A member that cannot be read, or never finished, is left out of `runs`; a
    sweep without any is trouble.
    """
    shelf = Shelf({}, {}, {})
    place = root / FOLDER
    for folder in sorted(place.iterdir()) if place.is_dir() else []:
        try:
            sweep = recorded(folder / RECORD, identity(folder.name))
        except (ValueError, OSError):
            shelf.trouble[folder.name] = _sentence(folder.name)
            continue
        runs = {run.id: run for identifier in sweep.runs if (run := _member(folder, identifier))}
        if runs:
            shelf.sweeps[folder.name] = sweep
            shelf.runs.update(runs)
        else:
            shelf.trouble[folder.name] = _sentence(folder.name)
    return shelf


@lru_cache(maxsize=64)
def illustration(root: Path, name: str) -> Illustration | None:
    """The picture of a shipped sweep's answer, in figures; None where it has none that this version can read."""
    return illustrations.load(root / FOLDER / name) if name in shipped(root).sweeps else None


def forget() -> None:
    """Read everything again: something was packed anew."""
    for kept in (pretrained, shipped, illustration, read_history):
        kept.cache_clear()


def identity(name: str) -> str:
    """Id of the shipped sweep of that name: the same for as long as it keeps its name, however often it is trained.

    >>> len(identity("lambda")), identity("lambda") == identity("noise")
    (12, False)
    """
    return sha256(f"aedash {name}".encode()).hexdigest()[:12]


def _sentence(name: str) -> str:
    return f"The finished answer '{name[:40]}' was made by another version of aedash, or is not whole."


def _member(folder: Path, identifier: str) -> Run | None:
    """A finished run of a shipped sweep; None where it is missing or cannot be read."""
    if not SWEEP_ID.fullmatch(identifier):
        return None
    try:
        run = folders.from_manifest(folders.read_manifest(folder / identifier), folder / identifier)
    except Unreadable:
        return None
    return run if run.state is RunState.FINISHED and "test" in run.figures else None


@lru_cache(maxsize=KEPT)
def read_history(folder: Path) -> History:
    """What was kept of the run in `folder`, thinned as it was packed. Raises Unreadable."""
    return folders.restored(*folders.read_blocks(folder), _read(folder))


def _read(folder: Path) -> Run:
    raw = folders.read_manifest(folder)
    run = folders.from_manifest(raw, folder, str(raw.get("id")) if isinstance(raw, dict) else "")
    if not folders.RUN_ID.fullmatch(run.id):
        raise Unreadable("its run has no id")
    return run
