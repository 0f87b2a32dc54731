"""Sweep: a base RunConfig, one or two fields that vary, and seeds. Pure data; `training.sweeps` trains it."""

import json
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from pydantic import (
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from aedash.config import Part, RunConfig, refusal, vary, vary_all
from aedash.formatting import many
from aedash.history import zoned
from aedash.registry import Refused

MOST_RUNS = 100


class Axis(Part):
    """A field of the config, as `vary` takes it, and the values that it gets: what JSON holds, finite.

    `sweep` refuses others.
    """

    path: str = Field(min_length=1, max_length=120)
    values: tuple[JsonValue, ...]

    @field_validator("values", mode="wrap")
    @classmethod
    def _writable(cls, values: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Refuse in words what a JSON file cannot hold: nan, infinity, half a character, hundreds of brackets."""
        try:
            checked = check(values)
            json.dumps(checked, ensure_ascii=False).encode()
        except ValueError:
            path, allowed = info.data.get("path", "the field"), "finite numbers, words, lists or objects"
            raise Refused(f"The values of {path} must be {allowed}.", path, allowed) from None
        return checked


class Sweep(Part):
    """What is compared. `seeds`: each cell of the grid is trained with this many, counted up from the base's own.

    axes: the first varies slowest. preset: whose network the base is, or empty. kind: the page that shows it, "own" for
    Sweeps. id, created (UTC, ISO 8601), runs and owner are filled in when it is started; runs: ids in the order of
    `members`; owner: as `Run.owner`.
    """

    name: str = Field(max_length=120)
    base: RunConfig
    axes: tuple[Axis, ...] = Field(max_length=2)
    seeds: int = Field(1, ge=1, le=20, description="Runs of each cell that differ in nothing but their seed.")
    preset: str = ""
    kind: str = Field("own", max_length=20, description="The page that shows it.")
    id: str = ""
    created: str = ""
    runs: tuple[str, ...] = ()
    owner: str = Field("", max_length=64)

    @field_validator("created")
    @classmethod
    def _timed(cls, created: str) -> str:
        if created:
            zoned(created)
        return created


@dataclass(frozen=True)
class Member:
    """One run of a sweep. cell: its place in the grid, from 0, in the order of `members`; varied: {path: value}."""

    config: RunConfig
    varied: dict[str, Any]
    cell: int


def sweep(**fields: Any) -> Sweep:
    """A checked Sweep. Raises Refused with one sentence: an unknown field, an empty grid, one that is too large.

    >>> rates = Axis(path="optimizer.learning_rate", values=(0.001, 0.01))
    >>> grid = sweep(name="rates", base={}, axes=[rates], seeds=2)
    >>> [(member.cell, member.config.optimizer.learning_rate, member.config.seed) for member in members(grid)]
    [(0, 0.001, 0), (0, 0.001, 1), (1, 0.01, 0), (1, 0.01, 1)]
    """
    try:
        made = Sweep.model_validate(fields)
    except ValidationError as error:
        raise refusal(error, fields) from None
    members(made)
    return made


def members(of: Sweep) -> list[Member]:
    """Every run of the grid, seeds innermost; the same value twice counts once.

    Raises Refused for an empty grid, more than 100 runs, a field that is varied twice, or a value that its config does
    not take.
    """
    axes = [(axis.path, _once(axis.values)) for axis in of.axes]
    cells = prod(len(values) for _, values in axes)
    if not axes or cells == 0:
        raise Refused("The grid is empty: give at least one field and one value.", "vary", f"1 to {MOST_RUNS} runs")
    if cells * of.seeds > MOST_RUNS:
        grid = f"The grid has {many(cells, 'cell')} x {many(of.seeds, 'seed')} = {cells * of.seeds:,} runs"
        raise Refused(f"{grid}; allowed are 1 to {MOST_RUNS}.", "vary", f"1 to {MOST_RUNS}")
    if len({path for path, _ in axes}) < len(axes):
        raise Refused(f"{axes[0][0]} is varied twice; give each field once.", "vary")
    runs = []
    for cell, values in enumerate(product(*(values for _, values in axes))):
        varied = dict(zip((path for path, _ in axes), values, strict=True))
        config = vary_all(of.base, varied.items())
        runs += [Member(each, varied, cell) for each in seeded(config, of.seeds)]
    return runs


def seeded(config: RunConfig, count: int) -> list[RunConfig]:
    """The config with `count` seeds in a row, its own first. Raises Refused where they end."""
    return [config, *(vary(config, "seed", config.seed + i) for i in range(1, count))]


def _once(values: tuple[JsonValue, ...]) -> list[JsonValue]:
    return [value for i, value in enumerate(values) if value not in values[:i]]
