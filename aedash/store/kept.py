"""Kept identity of a packed model: measured once, as it is packed, and kept beside its run."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from aedash.atomic import read, write_json

FILE = "kept.json"
MOST_BYTES = 2000
Share = Annotated[float, Field(ge=0, le=1)]


@checked(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Kept:
    """kept: share of reconstructions that the judge reads as their original's class, 0..1; read: share of the originals
    themselves; margin: two standard errors of the difference, over the same images; images: how many test images.
    """

    kept: Share
    read: Share
    margin: Share
    images: Annotated[int, Field(ge=1)]

    @property
    def level(self) -> bool:
        """Whether chance may be all that lies between the two.

        >>> Kept(0.97, 0.98, 0.02, 360).level
        True
        """
        return abs(self.read - self.kept) <= self.margin


_ADAPTER = TypeAdapter(Kept)


def write(folder: Path, kept: Kept) -> None:
    """Beside the run's manifest. Raises OSError."""
    write_json(folder / FILE, asdict(kept))


def load(folder: Path) -> Kept | None:
    """What was measured of the run in the folder; None where there is nothing that this version can read."""
    try:
        return _ADAPTER.validate_json(read(folder / FILE, MOST_BYTES))
    except (OSError, ValueError):
        return None
