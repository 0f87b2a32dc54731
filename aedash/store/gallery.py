"""The gallery: finished runs that come with the app, one folder a preset, read only."""

from functools import lru_cache
from pathlib import Path

from aedash import registry
from aedash.history import History, Run
from aedash.store import folder as folders
from aedash.store.folder import Unreadable


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


@lru_cache(maxsize=32)
def read_history(folder: Path) -> History:
    """What was kept of the run in `folder`, thinned as it was packed. Raises Unreadable."""
    return folders.restored(*folders.read_blocks(folder), _read(folder))


def _read(folder: Path) -> Run:
    raw = folders.read_manifest(folder)
    run = folders.from_manifest(raw, folder, str(raw.get("id")) if isinstance(raw, dict) else "")
    if not folders.RUN_ID.fullmatch(run.id):
        raise Unreadable("its run has no id")
    return run
