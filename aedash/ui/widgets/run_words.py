"""Runs in words: their titles, no two of which read alike, when and how long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

import streamlit as st

from aedash import recipe_words, registry, words
from aedash.formatting import many
from aedash.history import Run
from aedash.recipe_words import ON_THE_WAY, QUIET, differing, value_words, word
from aedash.sweep import Sweep
from aedash.ui.desk.manager import manager

COMES = "comes with aedash"  # stands in place of a moment
FEW = 3  # differing fields that a short name has room for
NOTHING: Mapping[str, str] = MappingProxyType({})


def duration(seconds: float) -> str:
    """Seconds in words that fit a cell."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


# -- titles


def titles(runs: Sequence[Run], beside: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """{id: title}, no two alike: R0-simple, code size 8, seed 3.

    The preset, for a network of one's own the preset that it is nearest to; every field that differs from it, and those
    that the run's sweep varies; what was changed on the way. Of runs that would read alike: whatever else differs, the
    sweep's name, the moment; where nothing does, the id. beside: {id: what stands beside the title}, the data set and
    the epochs at least, which the title then leaves to it.
    """
    swept = sweep_of()
    found = {run.id: recipe_words.title(run, bool(beside), _varied(swept.get(run.id))) for run in runs}
    return _apart(runs, found, beside)


def title(run: Run) -> str:
    """The title of a run by itself."""
    return titles([run])[run.id]


def names(runs: Sequence[Run]) -> list[str]:
    """A short name for each of a few runs, no two alike: of their titles what is not the same for all.

    Of many fields only so many as tell them apart.
    """
    by_head: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_head[recipe_words.head(run)].append(run)
    found = {}
    for head, same in by_head.items():
        for run, told in zip(same, _told_apart(same), strict=True):
            found[run.id] = ", ".join(told if told and len(by_head) == 1 else [head, *told])
    found = _apart(runs, found, NOTHING)
    return [found[run.id] for run in runs]


def lines(options: Mapping[str, Run]) -> dict[str, str]:
    """{id: the run in one line}, no two alike: R0-simple, code size 8 · MNIST · 25 epochs · today 14:02."""
    beside = {identifier: " · ".join(stands_beside(run)) for identifier, run in options.items()}
    told = titles(list(options.values()), beside)
    return {identifier: f"{told[identifier]} · {said}" for identifier, said in beside.items()}


def stands_beside(run: Run) -> tuple[str, str, str]:
    """What stands beside a run's title in a line: MNIST, 25 epochs, today 14:02."""
    return data_title(run), "uploaded" if run.uploaded else many(run.epochs_done, "epoch"), when(run)


def data_title(of: Run | Sweep) -> str:
    """What its data set is called."""
    config = of.config if isinstance(of, Run) else of.base
    return registry.datasets.get(config.data.name).info.title


def sweep_of() -> dict[str, Sweep]:
    """{run id: the sweep that it belongs to}; of several the oldest, from which the others took it over."""
    return {run: sweep for sweep in manager().sweeps() for run in sweep.runs}


def _varied(sweep: Sweep | None) -> tuple[str, ...]:
    """Paths that differ among the runs of a sweep."""
    if sweep is None:
        return ()
    return (*(axis.path for axis in sweep.axes), *(["seed"] if sweep.seeds > 1 else []))


def _told_apart(same: Sequence[Run]) -> list[tuple[str, ...]]:
    """Words of each run for what is not the same in all of them."""
    parts = [recipe_words.parts(run) for run in same]
    paths = [path for path in dict.fromkeys(path for each in parts for path in each) if path not in QUIET]
    said = [[_said(path, each, run) for each, run in zip(parts, same, strict=True)] for path in paths]
    differ = [each for each in said if len(set(each)) > 1]
    few = differ if len(differ) <= FEW else _fewest(differ)
    return list(zip(*few, strict=True)) if few else [()] * len(same)


def _fewest(said: list[list[str]]) -> list[list[str]]:
    """So many of the fields, those of most values first, as tell apart what all of them do."""
    found: list[list[str]] = []
    for each in sorted(said, key=lambda each: -len(set(each))):
        if len(set(zip(*found, each, strict=True))) > len(set(zip(*found, strict=True))):
            found.append(each)
    return [each for each in said if each in found]


def _said(path: str, parts: Mapping[str, str], run: Run) -> str:
    return parts.get(path) or ("as begun" if path == ON_THE_WAY else word(path, run.config))


# -- telling apart what would read alike


def _apart(runs: Sequence[Run], found: dict[str, str], beside: Mapping[str, str]) -> dict[str, str]:
    """The titles, with more behind those that read alike, as little as tells them apart."""
    swept = sweep_of()
    for tell in (_fields, partial(_sweeps, swept), _moments, _ids):
        for alike in _groups(runs, found, beside):
            said = tell(alike)
            if len(set(said)) > 1:
                found |= {run.id: f"{found[run.id]}, {each}" for run, each in zip(alike, said, strict=True) if each}
    return found


def _groups(runs: Sequence[Run], found: Mapping[str, str], beside: Mapping[str, str]) -> list[list[Run]]:
    """Runs that read alike."""
    by_words: dict[tuple[str, str], dict[str, Run]] = defaultdict(dict)
    for run in runs:
        by_words[found[run.id], beside.get(run.id, "")][run.id] = run
    return [list(group.values()) for group in by_words.values() if len(group) > 1]


def _fields(alike: Sequence[Run]) -> list[str]:
    fields = {path: value_words(values) for path, values in differing([run.config for run in alike]).items()}
    return [", ".join(f"{words.field(path)} {each[i]}" for path, each in fields.items()) for i in range(len(alike))]


def _sweeps(swept: Mapping[str, Sweep], alike: Sequence[Run]) -> list[str]:
    return [swept[run.id].name if run.id in swept else "" for run in alike]


def _moments(alike: Sequence[Run]) -> list[str]:
    minutes = [when(run) for run in alike]
    return minutes if len(set(minutes)) == len(minutes) else [when(run, seconds=True) for run in alike]


def _ids(alike: Sequence[Run]) -> list[str]:
    return [run.id for run in alike]


# -- when


def when(run: Run, seconds: bool = False) -> str:
    """When it was begun, or that it came with the app."""
    return "pretrained" if manager().is_shipped(run) else moment(run.created, seconds)


def when_asked(sweep: Sweep) -> str:
    """When a sweep was begun, or that it was there before anybody began one."""
    return COMES if manager().is_shipped(sweep) else moment(sweep.created)


def age(run: Run) -> float:
    """Seconds since it was begun; 0 where the clock has been set back meanwhile."""
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(run.created)).total_seconds())


def moment(created: str, seconds: bool = False) -> str:
    """A UTC time of ISO 8601 on the clock of whoever looks: today 14:02, yesterday 9:30, 3 Nov 9:30."""
    behind = timedelta(minutes=st.context.timezone_offset or 0)
    then, now = (time - behind for time in (datetime.fromisoformat(created).astimezone(UTC), datetime.now(UTC)))
    days = (now.date() - then.date()).days
    day = ("today", "yesterday")[days] if days in (0, 1) else f"{then.day} {then:%b}"
    return f"{day} {then.hour}:{then:%M}" + f":{then:%S}" * seconds
