"""Links of the Train page: a run, or the recipe of the next one, as query parameters; what is unknown is left out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from aedash import registry
from aedash.config import RunConfig, differences, vary_all
from aedash.history import Run
from aedash.presets.base import preset
from aedash.recipe_words import FIRST_PRESET as FIRST_PRESET
from aedash.ui.shell.notice import unread

PATH = re.compile(r"[a-z_][a-z0-9_.]{0,59}")
RUN_ID = re.compile(r"[0-9a-f]{12}")
MAX_CHANGES = 60
MAX_LENGTH = 2000
MAX_TOLD = 4  # of the changes that cannot be read
PASSES = 3  # over the changes: one may need another that stands behind it


@dataclass(frozen=True)
class TrainView:
    """The Train page: a run, or a preset, and what was changed in its recipe as (path, JSON).

    wrong: names of parameters that were left out.
    """

    run: str = ""
    preset: str = FIRST_PRESET
    changes: tuple[tuple[str, str], ...] = ()
    wrong: tuple[str, ...] = ()

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> Self:
        """Read a link. What cannot be read is left out and named in `wrong`; changes of a run are yet to be tried."""
        wrong = []
        run = (query.get("run") or [""])[-1]
        if run and not RUN_ID.fullmatch(run):
            run, wrong = "", ["run"]
        name = (query.get("preset") or [FIRST_PRESET])[-1]
        if name not in registry.presets.names():
            name = FIRST_PRESET
            wrong.append("preset")
        texts = query.get("set", [])
        taken = [text for text in texts[:MAX_CHANGES] if len(text) <= MAX_LENGTH]
        view = cls(run, name, tuple(text.partition("=")[::2] for text in taken), tuple(wrong))
        if not run:
            view = view.tried(preset(name).config)
        return view if len(taken) == len(texts) else view.without("set")

    @classmethod
    def of(cls, run: Run | None, name: str, config: RunConfig) -> Self:
        """The view of a recipe: the run or the preset, and the fields that differ from it."""
        base = run.config if run else preset(name).config
        changes = tuple((path, json.dumps(value)) for path, value in _changes(base, config))
        return cls(run.id if run else "", name, changes)

    @property
    def notice(self) -> str:
        """What was left out, in one sentence; empty when nothing."""
        return unread(self.wrong)

    def to_query(self) -> dict[str, str | list[str]]:
        """Query parameters that `from_query` reads back."""
        query: dict[str, str | list[str]] = {"run": self.run} if self.run else {"preset": self.preset}
        changes = [f"{path}={value}" for path, value in self.changes]
        return query | ({"set": changes} if changes else {})

    def config(self, base: RunConfig) -> RunConfig:
        """The recipe. base: the run's, or the preset's. Raises ValueError, or RecursionError, for what is no change."""
        return vary_all(base, [(path, json.loads(value)) for path, value in self.changes])

    def tried(self, base: RunConfig) -> Self:
        """The same view, with those of its changes that can be made in the base; the others are told."""
        if self._fits(base):
            return self
        kept: list[tuple[str, str]] = []
        for _ in range(PASSES):
            for change in self.changes:
                if change not in kept and replace(self, changes=(*kept, change))._fits(base):
                    kept.append(change)
        wrong = [path for path, value in self.changes if (path, value) not in kept]
        told = dict.fromkeys(f"set {path}" if PATH.fullmatch(path) else "set" for path in wrong)
        return replace(self, changes=tuple(kept)).without(*list(told)[:MAX_TOLD])

    def _fits(self, base: RunConfig) -> bool:
        try:
            self.config(base)
        except (ValueError, RecursionError):
            return False
        return True

    def without(self, *names: str) -> Self:
        """The same view, with parameters more that were left out, or some of them."""
        return replace(self, wrong=tuple(dict.fromkeys([*self.wrong, *names])))


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
