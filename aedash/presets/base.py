"""Preset: a named RunConfig with its source and what that source published."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from aedash import registry
from aedash.config import RunConfig, parse, vary_all
from aedash.events import Figures
from aedash.history import History, Run
from aedash.words import MEANT

A_DRAW = 3  # seeds from which on a claim is made: that a lottery may give a figure, or that ours is better
Verdict = Literal["reproduced", "better", "explained", "missed", "below", "one draw", "few draws"]


@dataclass(frozen=True)
class Published:
    """A figure as its source printed it.

    dataset, scaling, split: on what it was taken; value: in the source's unit, which `unit` names. honest: taken on
    held-out images, of a healthy network that was trained as its source says. band: relative difference within which it
    counts as reproduced. times: the source's unit is ours times this. term: of the objective, where the figure leaves
    the others out; empty: their sum. lottery: the seed decides, so any of several seeds may hit it. expected: (low,
    high), where the same procedure is known to end instead, if it misses. why: what the figure is, or why ours is
    expected elsewhere; empty: the preset's flaw says it.
    """

    dataset: str
    scaling: str
    split: str
    value: float
    unit: str
    honest: bool
    band: float = 0.03
    times: float = 1.0
    term: str = ""
    lottery: bool = False
    expected: tuple[float, float] | None = None
    why: str = ""

    def ours(self, figures: Figures) -> float:
        """The same figure on a split of ours, in the source's unit. Raises KeyError for figures without its term."""
        return (figures.terms[self.term] if self.term else figures.loss) * self.times

    def measured(self, run: Run, history: History) -> float:
        """The same of a run of ours, in the source's unit: of a split, exactly, or what training reported last."""
        if self.split in run.figures:
            return self.ours(run.figures[self.split])
        last = history.blocks[-1].losses if self.split == "last-batch" else history.ends[-1].train
        return last["loss"] * self.times

    def verdict(self, values: Sequence[float]) -> Verdict:
        """How the published figure stands to ours. values: one a seed, at least one, as `ours` gives them.

        reproduced: the mean of ours is within its band; of a lottery three seeds or more enclose it. better: three or
        more end below a figure that was honestly obtained, or drawn in a lottery; a dishonest one cannot be beaten.
        below: fewer do, which says nothing. one draw, few draws: of a lottery. explained: ours lie where its procedure
        is known to end. missed: none of that.

        >>> figure = Published("mnist", "unit", "test", 65.3, "BCE, nats per image", honest=True)
        >>> figure.verdict([66.0]), figure.verdict([60.0]), figure.verdict([60.0, 61.0, 60.5]), figure.verdict([80.0])
        ('reproduced', 'below', 'better', 'missed')
        """
        mean, few = fmean(values), len(values) < A_DRAW
        if self.lottery and few:
            return "one draw" if len(values) == 1 else "few draws"
        if self._encloses(values) if self.lottery else abs(mean / self.value - 1) <= self.band:
            return "reproduced"
        if mean < self.value and (self.honest or self.lottery):
            return "below" if few else "better"
        low, high = self.expected or (0.0, 0.0)
        return "explained" if low <= mean <= high else "missed"

    def _encloses(self, values: Sequence[float]) -> bool:
        """Whether the figure lies, give or take its band, between the lowest and the highest of ours."""
        return min(values) <= self.value * (1 + self.band) and max(values) >= self.value * (1 - self.band)

    def json(self) -> dict[str, Any]:
        """The command line's view of it: {dataset, scaling, split, value, unit, honest}."""
        fields = asdict(self)
        return {name: fields[name] for name in ("dataset", "scaling", "split", "value", "unit", "honest")}


@dataclass(frozen=True)
class Preset:
    """A named config with its source and what that published.

    title: its layers. headline: what it is, for somebody who has never met one; plain: one sentence more, which holds
    for any seed. source: a GitHub repository, owner/name; config: as the source trained it; published: empty where it
    printed no figure. flaw: what to know before believing the figure, one sentence or none.
    """

    id: str
    title: str
    source: str
    config: RunConfig
    headline: str
    plain: str
    published: tuple[Published, ...] = ()
    flaw: str = ""

    def curve(self) -> tuple[int, list[float]] | None:
        """(first epoch, value an epoch) as published, in the source's unit: of validation, else test, else training,
        else None.
        """
        raw = _curves().get(self.id)
        if raw is None:
            return None
        return raw["first_epoch"], next(raw[split] for split in ("validation", "test", "train") if split in raw)

    def procedure(self, figure: Published | None) -> RunConfig:
        """The config that a figure was measured with: the preset, on the figure's own images and scaling if any."""
        if figure is None:
            return self.config
        return vary_all(self.config, [("data.name", figure.dataset), ("data.scaling", figure.scaling)])

    @property
    def family(self) -> str:
        """The source's short name.

        >>> preset("R0-simple").family
        'R0'
        """
        return self.id.split("-")[0]

    @property
    def variant(self) -> str:
        """Which one of a pair it is: as published, or mended, as its source meant it; empty for one without a twin.

        >>> preset("R0-vae").variant, preset("R0-vae-meant").variant, preset("R0-simple").variant
        ('as published', 'mended', '')
        """
        if self.id.endswith(MEANT):
            return "mended"
        return "as published" if self.id + MEANT in registry.presets.names() else ""

    @property
    def warns(self) -> bool:
        """Whether the flaw is one: of a system as it was meant it only tells what was mended."""
        return bool(self.flaw) and self.variant != "mended"

    def json(self) -> dict[str, Any]:
        """What `presets --json` says of it, without the parameter count: {id, title, dataset, published}."""
        published = [figure.json() for figure in self.published] or None
        return {"id": self.id, "title": self.title, "dataset": self.config.data.name, "published": published}


def add(
    identifier: str,
    title: str,
    source: str,
    config: dict[str, Any],
    *published: Published,
    headline: str,
    plain: str,
    flaw: str = "",
) -> None:
    """Register a preset; the config is parsed when somebody asks for it, and is then refused if it is wrong.

    config: as `config.parse` takes it. published: figures as the source printed them, or none. The words are as in
    `Preset`.
    """

    def entry() -> Preset:
        return Preset(identifier, title, source, parse(config), headline, plain, published, flaw)

    registry.presets.add(identifier, entry)


@cache
def preset(identifier: str) -> Preset:
    """The preset of that name. Raises Refused with the known ones."""
    return registry.presets.get(identifier)()


@cache
def _curves() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("curves.json").read_text())
