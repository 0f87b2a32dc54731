"""View state: what a page shows, as frozen data that lives in the URL. What is unknown becomes the default."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aedash.config import RunConfig, differences, vary_all
from aedash.presets.base import preset
from aedash.registry import Refused

RUN_ID = re.compile(r"[0-9a-f]{12}")
MAX_CHANGES = 60
MAX_LENGTH = 2000
FIRST_PRESET = "R0-simple"


@dataclass(frozen=True)
class TrainView:
    """The Train page: a run, or the recipe of the next one as a preset and what was changed in it (path, JSON)."""

    run: str = ""
    preset: str = FIRST_PRESET
    changes: tuple[tuple[str, str], ...] = ()
    notice: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> Self:
        """Read a link. What cannot be read is left out and named in `notice`."""
        wrong = []
        run = (query.get("run") or [""])[-1]
        if run and not RUN_ID.fullmatch(run):
            run, wrong = "", ["run"]
        name = (query.get("preset") or [FIRST_PRESET])[-1]
        try:
            base = preset(name).config
        except Refused:
            base, name = preset(FIRST_PRESET).config, FIRST_PRESET
            wrong.append("preset")
        changes = [text.partition("=")[::2] for text in query.get("set", [])[:MAX_CHANGES] if len(text) <= MAX_LENGTH]
        try:
            vary_all(base, [(path, json.loads(value)) for path, value in changes])
        except (ValueError, RecursionError):
            changes = []
            wrong.append("set")
        notice = f"The link's {' and '.join(dict.fromkeys(wrong))} could not be read and was left out." if wrong else ""
        return cls(run, name, tuple(changes), notice)

    @classmethod
    def of(cls, run: str, name: str, config: RunConfig) -> Self:
        """The view of a recipe: the preset and the fields that differ from it."""
        base = preset(name).config
        return cls(run, name, tuple((path, json.dumps(value)) for path, value in _changes(base, config)))

    def to_query(self) -> dict[str, str | list[str]]:
        """Query parameters that `from_query` reads back."""
        query: dict[str, str | list[str]] = {"run": self.run} if self.run else {}
        if not self.run:
            query["preset"] = self.preset
            query["set"] = [f"{path}={value}" for path, value in self.changes]
        return {name: value for name, value in query.items() if value}

    def config(self) -> RunConfig:
        """The recipe."""
        return vary_all(preset(self.preset).config, [(path, json.loads(value)) for path, value in self.changes])


def _changes(base: RunConfig, config: RunConfig) -> list[tuple[str, Any]]:
    """(path, value) pairs that lead from base to config; another kind of part comes whole."""
    changes: list[tuple[str, Any]] = []
    for part in ("architecture", "corruption"):
        if getattr(base, part).name != getattr(config, part).name:
            changes.append((part, getattr(config, part).model_dump(mode="json")))
    terms = [term.name for term in config.objective]
    changes += [(f"objective.{term.name}.weight", 0) for term in base.objective if term.name not in terms]
    whole = tuple(f"{part}." for part, _ in changes if "." not in part)
    gone = tuple(f"{path.rsplit('.', 1)[0]}." for path, _ in changes if path.startswith("objective."))
    for path, (_, wanted) in differences(base, config).items():
        named = path.startswith("objective.") and path.endswith(".name")
        if not path.startswith(whole + gone) and not named:
            changes.append((path, wanted))
    return changes
