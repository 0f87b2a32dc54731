"""Runs in words: their titles, what differs among them, when and how long."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from aedash import registry, words
from aedash.config import differences, flat
from aedash.figures.sweep import value_label
from aedash.formatting import many
from aedash.history import Run
from aedash.presets.base import preset
from aedash.ui.desk.manager import manager


def duration(seconds: float) -> str:
    """Seconds in words that fit a cell."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


SAID = ("data.name", "epochs", "threads", "data.validation")  # fields that a line tells, or that say little


def lines(options: dict[str, Run]) -> dict[str, str]:
    """{id: the run in one line}; runs that would read alike get their id behind it, since a widget knows them by it."""
    found = {identifier: line(run) for identifier, run in options.items()}
    times = Counter(found.values())
    return {identifier: text if times[text] == 1 else f"{text} · {identifier}" for identifier, text in found.items()}


def line(run: Run) -> str:
    """A run in one line: R0-simple, latent 8 · MNIST · 25 epochs · today 14:02."""
    data = registry.datasets.get(run.config.data.name).info.title
    when = "pretrained" if run.id in _shipped() else moment(run.created)
    return " · ".join([full_title(run), data, many(run.epochs_done, "epoch"), when])


def full_title(run: Run) -> str:
    """The run's title with what was changed in its preset: R0-simple, latent 8."""
    return ", ".join([run.title, *_changed(run)])


def _changed(run: Run) -> list[str]:
    """What was changed in the run's preset, two fields of it, but for what its line says anyway."""
    if run.preset not in registry.presets.names():
        return [f"{run.figures['test'].code_units or 0:,} numbers"] if "test" in run.figures else []
    changes = differences(preset(run.preset).config, run.config)
    told = [f"{words.field(path)} {value_word(now)}" for path, (_, now) in changes.items() if path not in SAID]
    return told[:2] + ["…"] * (len(told) > 2)


def _shipped() -> set[str]:
    return {run.id for run in manager().gallery().values()}


def moment(created: str) -> str:
    """A UTC time of ISO 8601 on the clock of whoever looks: today 14:02, yesterday 9:30, 3 Nov 9:30."""
    behind = timedelta(minutes=st.context.timezone_offset or 0)
    then, now = (time - behind for time in (datetime.fromisoformat(created).astimezone(UTC), datetime.now(UTC)))
    days = (now.date() - then.date()).days
    day = ("today", "yesterday")[days] if days in (0, 1) else f"{then.day} {then:%b}"
    return f"{day} {then.hour}:{then:%M}"


def differing(configs: list[Any]) -> dict[str, list[Any]]:
    """{path: value in each} of the fields that are not the same in all of the configs; None where there is none."""
    leaves = [flat(config) for config in configs]
    paths = dict.fromkeys(path for one in leaves for path in one if not re.fullmatch(r"objective\..*\.name", path))
    every = {path: [one.get(path) for one in leaves] for path in paths}
    return {path: values for path, values in every.items() if any(value != values[0] for value in values)}


def value_word(value: Any) -> str:
    """A value of a config field in few letters."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and value and isinstance(value[0], dict):  # layers of a convolutional net
        return "-".join(f"{layer.get('channels')}@{layer.get('kernel')}" for layer in value)
    return "–" if value is None else value_label(value)
