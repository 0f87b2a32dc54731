"""The draft: the recipe that a session is editing, on whatever page."""

from math import prod
from typing import Any

import streamlit as st

from aedash import registry
from aedash.config import RunConfig, vary, vary_all
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.ui.desk.manager import present
from aedash.ui.shell import notice
from aedash.ui.shell.links import FIRST_PRESET, TrainView


def draft() -> RunConfig:
    """The recipe of this session."""
    if "draft" not in st.session_state:
        load(FIRST_PRESET, starting_point(), notice.sentence())
    return st.session_state.draft


def wished(query: dict[str, list[str]]) -> None:
    """Take over the recipe that an address asks for, if it asks for any."""
    if not {"preset", "set"} & query.keys():
        return
    view = TrainView.from_query({name: texts for name, texts in query.items() if name != "run"})
    named = view.changes or view.preset in query.get("preset", [])
    load(view.preset, view.config(preset(view.preset).config) if named else starting_point(), view.notice)


def query() -> dict[str, str | list[str]]:
    """What the address says of it."""
    return TrainView.of(None, st.session_state.preset, draft()).to_query()


def starting_point() -> RunConfig:
    """The first preset, on the bundled digits while its own dataset is not there."""
    config = preset(FIRST_PRESET).config
    return config if present(config.data.name) else on_digits(config)


def on_digits(config: RunConfig) -> RunConfig:
    """40 times fewer images than MNIST: more epochs take as long and show as much."""
    return vary_all(config, [("data.name", "digits"), ("epochs", 100)])


def use_digits() -> None:
    """Take the bundled digits for the recipe, and as many epochs as they need."""
    notice.act()
    load(st.session_state.preset, on_digits(st.session_state.draft))


def load(name: str, config: RunConfig, sentence: str = "") -> None:
    """Make this config the recipe; every widget takes its values from it again."""
    name = name if name in registry.presets.names() else FIRST_PRESET  # a run may be of another version's preset
    version = st.session_state.get("version", 0) + 1
    st.session_state.update(preset=name, draft=config, version=version)
    notice.say(sentence)


def edit(path: str, value: Any) -> None:
    """A person changed one field: a valid recipe, or a sentence and the recipe as it was."""
    notice.act()
    try:
        st.session_state.draft = vary(st.session_state.draft, path, value)
    except Refused as error:
        load(st.session_state.preset, st.session_state.draft, str(error))


def edit_all(changes: list[tuple[str, Any]]) -> None:
    """The same for fields that only fit together; all widgets start anew, since some show what others changed."""
    notice.act()
    try:
        load(st.session_state.preset, vary_all(st.session_state.draft, changes))
    except Refused as error:
        load(st.session_state.preset, st.session_state.draft, str(error))


def rescaled(before: RunConfig, after: RunConfig) -> list[tuple[str, float, float]]:
    """(path, weight now, weight that keeps the balance) of every further term, when the reduction has changed."""
    then, now = (getattr(config.objective[0], "reduction", "sum") for config in (before, after))
    if then == now:
        return []
    pixels = prod(registry.datasets.get(after.data.name).info.shape)
    factor = 1 / pixels if now == "mean" else pixels
    return [(f"objective.{t.name}.weight", t.weight, t.weight * factor) for t in after.objective[1:]]
