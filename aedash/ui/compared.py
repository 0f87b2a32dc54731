"""Which runs are compared: chosen from all that have figures, kept in the address, named and coloured."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import prod
from typing import Any

import streamlit as st

from aedash import registry, words
from aedash.config import differences, flat
from aedash.figures.compare import colors
from aedash.figures.sweep import value_label
from aedash.formatting import many
from aedash.history import Run
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.store import sweeps as records
from aedash.sweep import Sweep
from aedash.ui import address, notice
from aedash.ui.server import manager

MOST = 8
LESSON = ("R0-simple", "R0-vae-meant", "R1-dense")  # shown while nothing was chosen
SAID = ("data.name", "epochs", "threads", "data.validation")  # fields that a line tells, or that say little
CHOSEN, SWEEP = "compare-runs", "compare-sweep"  # keys of the widgets


@dataclass(frozen=True)
class Model:
    """A run beside others. name: short and its own; color: "#RRGGBB", for both themes."""

    run: Run
    name: str
    color: str

    @property
    def data(self) -> str:
        """The data set's title."""
        return registry.datasets.get(self.run.config.data.name).info.title

    @property
    def pixels(self) -> int:
        """Numbers in an image."""
        return prod(registry.datasets.get(self.run.config.data.name).info.shape)

    @property
    def code(self) -> int:
        """Numbers in its code."""
        return self.run.figures["test"].code_units or 0

    @property
    def images(self) -> tuple[str, float]:
        """Names the training images: the data set, and the share of them that was held out."""
        return self.run.config.data.name, self.run.config.data.validation


def pick() -> list[Model]:
    """The widgets, and what they say."""
    options = choosable()
    known = _asked(options)
    st.session_state.compared = known
    address.write({"run": known or [""]})
    if st.session_state.get(CHOSEN) != known:
        st.session_state[CHOSEN] = known
    by_id = lines(options)
    st.multiselect(
        f"Runs and models, up to {MOST}",
        list(options),
        format_func=lambda identifier: by_id.get(identifier, identifier),
        key=CHOSEN,
        max_selections=MOST,
        select_all=False,
        wrap=True,
        placeholder="Pick two or more",
        on_change=_picked,
    )
    _sweeps(options)
    return models([options[identifier] for identifier in known])


def choosable() -> dict[str, Run]:
    """{id: run} of all that have been measured: own runs, newest first, then those that come with the app."""
    runs = [run for run in manager().runs() if "test" in run.figures and not run.state.alive]
    return {run.id: run for run in [*runs, *manager().gallery().values()]}


def _asked(options: dict[str, Run]) -> list[str]:
    """Ids of the link, else those last shown, else a lesson. What cannot be shown is told in the slot."""
    query = address.wish()
    linked = query.get("run") if query else None
    gallery = manager().gallery()
    lesson = [gallery[name].id for name in LESSON if name in gallery]
    shown = st.session_state.get("compared", lesson)
    asked = list(dict.fromkeys(shown if linked is None else filter(None, linked)))
    known = [identifier for identifier in asked if identifier in options]
    if gone := [identifier for identifier in asked if identifier not in options]:
        some = ", ".join(identifier[:20] for identifier in gone[:3])
        what = f"Run {some} is" if len(gone) == 1 else f"{len(gone)} runs ({some}{', …' * (len(gone) > 3)}) are"
        notice.say(f"{what} gone or not measured yet, and left out.")
    elif len(known) > MOST:
        notice.say(f"{len(known)} runs were asked for; the first {MOST} are shown.")
    return known[:MOST]


def deleted(models: Iterable[Model]) -> bool:
    """Whether a run that is shown was deleted meanwhile."""
    try:
        for model in models:
            manager().run(model.run.id)
    except Refused:
        return True
    return False


def show(runs: Iterable[str]) -> None:
    """Compare these from now on."""
    notice.act()
    st.session_state.compared = list(runs)


def begin_with(run: Run) -> None:
    """Next time the page opens it shows this run beside up to two others of the same images, the lesson's first."""
    others = [other for other in [*manager().gallery().values(), *manager().runs()] if "test" in other.figures]
    same = [other for other in others if other.config.data.name == run.config.data.name and other.id != run.id]
    same.sort(key=lambda other: other.preset not in LESSON)
    st.session_state.compared = [run.id, *(other.id for other in same[:2])]


def _picked() -> None:
    show(st.session_state[CHOSEN])


def _sweeps(options: dict[str, Run]) -> None:
    """All runs of a sweep at once; nothing while no sweep has any that is measured."""
    known = {sweep.id: sweep for sweep in records.all_of(manager().settings.runs_dir) if set(sweep.runs) & set(options)}
    if not known:
        return

    def take() -> None:
        show(identifier for identifier in known[st.session_state[SWEEP]].runs if identifier in options)
        st.session_state[SWEEP] = None

    st.selectbox(
        "All of a sweep",
        list(known),
        index=None,
        format_func=lambda identifier: _sweep_line(known[identifier]),
        key=SWEEP,
        placeholder="Choose one",
        on_change=take,
        width=220,
    )


def _sweep_line(sweep: Sweep) -> str:
    return f"{sweep.name}, {many(len(sweep.runs), 'run')}, {moment(sweep.created)}"


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


def models(runs: list[Run]) -> list[Model]:
    """The runs with names that tell them apart, each in its own colour."""
    return [Model(*each) for each in zip(runs, names(runs), colors(len(runs)), strict=True)]


def names(runs: list[Run]) -> list[str]:
    """A name each: the title, with what differs behind it where several share one, counted where that says nothing."""
    titles = [run.title for run in runs]
    found = []
    for run in runs:
        same = [other for other in runs if other.title == run.title]
        said = differing([other.config for other in same]) if len(same) > 1 else {}
        if not said:
            found.append(run.title)
            continue
        told = ", ".join(f"{words.field(path)} {value_word(flat(run.config).get(path))}" for path in list(said)[:2])
        found.append(told if len(set(titles)) == 1 and len(said) <= 2 else f"{run.title}, {told}")
    return [name if found.count(name) == 1 else f"{name} ({found[:i].count(name) + 1})" for i, name in enumerate(found)]


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
