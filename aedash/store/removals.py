"""Removals: what was removed to make room, for people to be told of it for a day."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from aedash.atomic import read, write_json

FILE = "removed.json"
DAY = 86400.0  # seconds
MOST_BYTES, MOST = 1_000_000, 1000


class Removal(BaseModel):
    """runs: how many were removed; newest: when the newest of them was made, ISO 8601; at: when that was, in seconds
    since 1970.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    at: float
    runs: int = Field(ge=1)
    newest: datetime


_ADAPTER = TypeAdapter(Annotated[tuple[Removal, ...], Field(max_length=MOST)])


def note(root: Path, runs: int, newest: str) -> None:
    """Write it down in the runs folder; on a full disk nobody is told. See `Removal`."""
    told = (*recent(root), Removal(at=time(), runs=runs, newest=datetime.fromisoformat(newest)))[-MOST:]
    with suppress(OSError):
        write_json(root / FILE, _ADAPTER.dump_python(told, mode="json"))


def recent(root: Path) -> tuple[Removal, ...]:
    """Those of the last day, oldest first; empty where nothing can be read."""
    try:
        told = _ADAPTER.validate_json(read(root / FILE, MOST_BYTES))
    except (OSError, ValueError):
        return ()
    return tuple(each for each in told if abs(time() - each.at) < DAY)
