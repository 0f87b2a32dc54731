"""Remedies: what one press does that a finding advises: a changed recipe, more epochs, or a finished run to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from sys import maxsize
from typing import Any

from aedash import registry
from aedash.changes import Schedule
from aedash.config import RunConfig, differences
from aedash.events import EpochEnd, Finding, References, RunState
from aedash.formatting import many, setting
from aedash.history import Run
from aedash.presets.base import preset
from aedash.training.causes import (
    FAST,
    FEW_STEPS,
    beyond_a_sigmoid,
    crusher,
    drowned,
    heaviest,
    out_of_reach,
    symbol,
    too_short,
)
from aedash.training.findings import BLACK
from aedash.training.outcome import halves_code
from aedash.words import MEANT

RATE = "optimizer.learning_rate"
SCALING = "data.scaling"


@dataclass(frozen=True)
class Remedy:
    """word: on the button. changes: (path, value) of the recipe; epochs: so many more of the run itself; preset: whose
    finished run shows it. One of the three is given.
    """

    word: str
    changes: tuple[tuple[str, Any], ...] = ()
    epochs: int = 0
    preset: str = ""


def remedy(finding: Finding, run: Run, ends: Sequence[EpochEnd], references: References | None) -> Remedy | None:
    """What to press below a finding of a run that is over; None where there is nothing but to read it.

    ends, references: of its record. A run that repeats a system as it was published leads to that system mended, where
    that is the cure or there is no other.
    """
    found = _advised(finding, run, ends, references)
    mended = run.preset + MEANT
    if mended not in registry.presets.names() or run.config != preset(run.preset).config:
        return found
    mending = {path: value for path, (_, value) in differences(run.config, preset(mended).config).items()}
    if found and not any(path in mending for path, _ in found.changes):
        return found
    cures = found is not None and all(mending.get(path) == value for path, value in found.changes)
    word = f"with {found.word[:1].lower()}{found.word[1:]}" if found and cures else "mended"
    return Remedy(f"See it {word}", preset=mended)


def beyond_scale(run: Run) -> Remedy | None:
    """Of a run that diverged at a usual rate because its pixels are large: scale them; None where the rate did it."""
    last = Schedule(run.config, run.changes).at(maxsize)
    return _scaled() if last.data.scaling == "raw" and last.optimizer.learning_rate <= FAST else None


def _advised(finding: Finding, run: Run, ends: Sequence[EpochEnd], references: References | None) -> Remedy | None:
    match finding.kind:
        case "collapse" | "worse than nothing" if drowned(run.config):
            return None  # how much noise there may be is said; how much there shall be is a choice
        case "collapse":
            return _cause(run.config, ends, references) or _unstuck(run, ends[-1])
        case "worse than nothing":
            fast = run.config.optimizer.learning_rate > FAST
            return _cause(run.config, ends, references) or (_slower(run.config) if fast else None)
        case "switched-off code":
            return _weaker("kl", run.config)
        case "out of scale":
            return _in_scale(run.config, ends[-1])
        case "rising":
            return _slower(run.config)
        case "at baseline":
            return _longer(run)
        case "result" if finding.detail:
            return _next(finding, run)
    return None


def _cause(config: RunConfig, ends: Sequence[EpochEnd], references: References | None) -> Remedy | None:
    """In the order in which findings look for it; None where they name another cause."""
    if out_of_reach(ends[-1], references, config):
        return _scaled()
    worst = crusher(ends, config)
    known = worst is not None and any(term.name == worst.term for term in config.objective)
    return _weaker(worst.term, config) if worst and known else None


def _unstuck(run: Run, end: EpochEnd) -> Remedy:
    """Of a collapse that neither scale nor a penalty explains."""
    config = run.config
    if (
        too_short(end, config)
        and not _is_black(end)
        and (longer := _longer(run, ceil(FEW_STEPS / end.step * end.epoch)))
    ):
        return longer
    kl = any(term.name == "kl" for term in config.objective)
    return _weaker("kl", config) if kl and not _is_black(end) else _slower(config)


def _is_black(end: EpochEnd) -> bool:
    return end.figures.output_mean is not None and end.figures.output_mean <= BLACK


def _in_scale(config: RunConfig, end: EpochEnd) -> Remedy:
    if config.data.scaling == "raw":
        return _scaled()
    term = heaviest(end.figures.terms, config)
    known = term != "reconstruction" and any(term == one.name for one in config.objective)
    return _weaker(term, config) if known else _slower(config)


def _next(finding: Finding, run: Run) -> Remedy | None:
    """Of a result: a smaller code where it does well, else what may make it better."""
    config = run.config
    if finding.detail.startswith("Look next"):
        code = run.figures["test"].code_units or 0
        half = max(1, code // 2)
        return Remedy(f"Code {half}", (("architecture.latent", half),)) if halves_code(code, config) else None
    if beyond_a_sigmoid(config):
        return _scaled()
    penalties = [term.name for term in config.objective[1:] if term.weight and config.corruption.name == "none"]
    return _weaker(penalties[0], config) if penalties else _longer(run)


def _scaled() -> Remedy:
    return Remedy("Pixels 0 to 1", ((SCALING, "unit"),))


def _weaker(term: str, config: RunConfig) -> Remedy:
    """A tenth of a term's weight; of a KL in nats beside a sum over pixels 1, where it is more."""
    weight = next(one.weight for one in config.objective if one.name == term)
    summed = getattr(config.objective[0], "reduction", "sum") == "sum"
    less = 1.0 if term == "kl" and summed and weight > 1 else float(f"{weight / 10:.6g}")
    return Remedy(f"{symbol(term)} {setting(less)}", ((f"objective.{term}.weight", less),))


def _slower(config: RunConfig) -> Remedy:
    """The usual rate where it is more, else a tenth of it."""
    rate = config.optimizer.learning_rate
    less = FAST if rate > FAST else float(f"{rate / 10:.6g}")
    return Remedy(f"Learning rate {setting(less)}", ((RATE, less),))


def _longer(run: Run, least: int = 0) -> Remedy | None:
    """As many epochs again, or up to so many in all; only of a run that has done all that it was asked for."""
    if run.state is not RunState.FINISHED:
        return None
    more = max(run.epochs_done, least - run.epochs_done)
    return Remedy(f"+ {many(more, 'epoch')}", epochs=more)
