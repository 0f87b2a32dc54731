"""The gallery: finished runs that come with the app, one folder a preset, read only."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aedash import registry
from aedash.events import EpochEnd, References, RunState, Started, StateChanged
from aedash.history import History, Run
from aedash.store import files

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Started, EpochEnd, References)}


@lru_cache(maxsize=4)
def pretrained(root: Path) -> dict[str, Run]:
    """{preset: run} of every readable folder, in alphabetical order."""
    found = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        try:
            raw = json.loads((folder / "run.json").read_text())
            run = files.from_manifest(raw, folder, identifier=str(raw["id"]))
            if folder.name in registry.presets.names() and "test" in run.figures:
                found[folder.name] = run
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


@lru_cache(maxsize=32)
def read_history(folder: Path) -> History:
    """What was kept of the run in `folder`."""
    history = History()
    events, blocks = files.read_blocks(folder)
    for kind, fields in events:
        history.append(TypeAdapter(_KINDS[kind]).validate_python(fields))
    history.blocks = blocks  # after Started, which voids what stands behind its step
    history.probes = files.read_probes(folder)
    history.snapshots = files.read_snapshots(folder)
    history.state = StateChanged(RunState.FINISHED)
    return history
