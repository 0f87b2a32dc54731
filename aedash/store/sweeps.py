"""Sweeps on disk: one JSON file each, in the folder `sweeps` beside the runs that they name."""

import re
import secrets
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from aedash.atomic import read, write_atomically
from aedash.registry import Refused
from aedash.store.database import sentences
from aedash.sweep import Sweep, members

FOLDER = "sweeps"
MOST_BYTES = 1_000_000
SWEEP_ID = re.compile(r"[0-9a-f]{12}")


def save(root: Path, sweep: Sweep, runs: list[str], owner: str = "") -> Sweep:
    """Write a new sweep with its runs' ids, in the order of `members`; returns it with its own id and time.

    root: the runs folder; owner: as `Run.owner`. Raises Refused where it cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    told = {"id": secrets.token_hex(6), "created": now, "runs": tuple(runs), "owner": owner}
    kept = sweep.model_copy(update=told)
    with sentences():
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        write_atomically(root / FOLDER / f"{kept.id}.json", kept.model_dump_json(indent=1).encode())
    return kept


def load(root: Path, identifier: str) -> Sweep:
    """The sweep of that id. Raises Refused for anything but the id of a readable one."""
    path = root / FOLDER / f"{identifier}.json"
    if not SWEEP_ID.fullmatch(identifier) or not path.exists():
        raise Refused(f"There is no sweep '{identifier[:40]}'.", "sweep", "12 hexadecimal digits")
    try:
        now = path.stat()
        return _unchanged(path, identifier, now.st_mtime_ns, now.st_size)
    except (ValueError, OSError):
        raise Refused(f"The sweep '{identifier}' was written by another version of aedash.", "sweep") from None


@lru_cache(4096)
def _unchanged(path: Path, identifier: str, changed: int, size: int) -> Sweep:
    """As `recorded`, read once for as long as the file stays what it is."""
    return recorded(path, identifier)


def recorded(path: Path, identifier: str) -> Sweep:
    """The sweep of a file, under that id. Raises ValueError for anything but a whole sweep, OSError without a file."""
    found = Sweep.model_validate_json(read(path, MOST_BYTES))
    if len(found.runs) != len(members(found)) or not found.created:
        raise ValueError("It names more or fewer runs than its grid has, or no time.")
    return found.model_copy(update={"id": identifier})


def all_of(root: Path) -> list[Sweep]:
    """Every readable sweep of the folder, newest first; the others are passed over."""
    sweeps = []
    for path in (root / FOLDER).glob("*.json"):
        try:
            sweeps.append(load(root, path.stem))
        except Refused:
            continue
    return sorted(sweeps, key=lambda sweep: (sweep.created, sweep.id), reverse=True)


def delete(root: Path, identifier: str) -> None:
    """Forget the sweep; its runs stay. Raises Refused for an unknown id."""
    with sentences():
        (root / FOLDER / f"{load(root, identifier).id}.json").unlink(missing_ok=True)
