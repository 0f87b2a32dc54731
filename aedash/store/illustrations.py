"""Illustrations: a finished answer in few figures and small pictures, measured once and kept beside its sweep."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass as checked

from aedash.atomic import read, write_json

FILE = "illustration.json"
MOST_BYTES = 500_000
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
Text = Annotated[str, Field(max_length=400)]
Values = Annotated[tuple[float, ...], Field(max_length=200)]
Picture = Annotated[str, StringConstraints(pattern=r"^(data:image/png;base64,[A-Za-z0-9+/]+=*)?$", max_length=20_000)]


@checked(frozen=True, config=_STRICT)
class Line:
    """A quantity at each tick: the mean over seeds; low, high: the range over them, empty where there is one seed."""

    name: Text
    y: Values
    low: Values = ()
    high: Values = ()


@checked(frozen=True, config=_STRICT)
class Strip:
    """A picture at each tick, PNG as a data URI; empty text where there is none."""

    name: Text
    pictures: Annotated[tuple[Picture, ...], Field(max_length=200)]


@checked(frozen=True, config=_STRICT)
class Illustration:
    """sentence: the answer, for people. x, y: titles of the axes, with their units. ticks: what stands below each of
    the evenly spaced places, empty where nothing does. joined: whether a line's values follow from one another.
    """

    sentence: Text
    x: Text
    y: Text
    ticks: Annotated[tuple[Text, ...], Field(min_length=1, max_length=200)]
    lines: Annotated[tuple[Line, ...], Field(max_length=6)] = ()
    strips: Annotated[tuple[Strip, ...], Field(max_length=4)] = ()
    joined: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        rows = [part for line in self.lines for part in (line.y, line.low, line.high) if part or part is line.y]
        if any(len(row) != len(self.ticks) for row in [*rows, *(strip.pictures for strip in self.strips)]):
            raise ValueError("Each line and strip needs as many values as there are ticks.")
        return self


_ADAPTER = TypeAdapter(Illustration)


def write(folder: Path, illustration: Illustration) -> None:
    """Beside the sweep's record. Raises OSError."""
    write_json(folder / FILE, asdict(illustration))


def load(folder: Path) -> Illustration | None:
    """What was kept in the folder of a shipped sweep; None where there is nothing that this version can read."""
    try:
        return _ADAPTER.validate_json(read(folder / FILE, MOST_BYTES))
    except (OSError, ValueError):
        return None
