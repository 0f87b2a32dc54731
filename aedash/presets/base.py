"""Preset: a named RunConfig with its source and what that source published."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aedash import registry
from aedash.config import RunConfig, parse


@dataclass(frozen=True)
class Published:
    """A figure as its source printed it. honest: taken on held-out images, of a network that had learnt.

    band: relative difference within which it counts as reproduced. times: the source's unit is ours times this.
    """

    dataset: str
    scaling: str
    split: str
    value: float
    unit: str
    honest: bool
    band: float = 0.03
    times: float = 1.0

    def json(self) -> dict[str, Any]:
        """The command line's view of it."""
        return {key: value for key, value in asdict(self).items() if key not in ("band", "times")}


@dataclass(frozen=True)
class Preset:
    """config: as the source trained it. flaw: what to know before believing the figure, one sentence or none."""

    id: str
    title: str
    source: str
    config: RunConfig
    published: tuple[Published, ...] = ()
    flaw: str = ""

    def curve(self) -> tuple[int, list[float]] | None:
        """(first epoch, value an epoch) as published: of the validation split, else test, else training."""
        raw = _curves().get(self.id)
        if raw is None:
            return None
        return raw["first_epoch"], next(raw[split] for split in ("validation", "test", "train") if split in raw)

    def json(self) -> dict[str, Any]:
        """What `presets --json` says of it, without the parameter count."""
        published = [figure.json() for figure in self.published] or None
        return {"id": self.id, "title": self.title, "dataset": self.config.data.name, "published": published}


def add(
    identifier: str, title: str, source: str, config: dict[str, Any], *published: Published, flaw: str = ""
) -> None:
    """Register a preset."""
    registry.presets.add(identifier, lambda: Preset(identifier, title, source, parse(config), published, flaw))


@cache
def preset(identifier: str) -> Preset:
    """Raises Refused with the known ids."""
    return registry.presets.get(identifier)()


@cache
def _curves() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("curves.json").read_text())
