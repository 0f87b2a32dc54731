"""The gallery: finished runs that come with the app, one folder a preset, read only."""

import json
from functools import lru_cache
from pathlib import Path

from aedash import registry
from aedash.events import RunState, StateChanged
from aedash.history import History, Run
from aedash.store import files


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
    return files.restored(*files.read_blocks(folder), folder, StateChanged(RunState.FINISHED))
