"""The model picker: a button with the chosen model's name, and the dialog of all models that it opens."""

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.figures.sparkline import sparkline
from aedash.presets.base import KINDS, Preset, Published, kind, preset
from aedash.ui.shell import notice

OWN = "own:"  # before an architecture's name: a model of one's own, not a preset
OPEN = "picker_open"
GROUPING = "picker_grouping"
Use = Callable[[str], None]
Group = tuple[str, str, list[str]]  # heading, what it is, ids of presets


def control(chosen: str, use: Use) -> None:
    """The button, and the dialog while it is open. use: called with a preset's id or `own:` and an architecture."""
    with st.container(key="picker", gap=None, width=235):
        st.html('<div class="fieldlabel">Model</div>')
        st.button(
            title(chosen),
            key="choose_model",
            icon=":material/expand_more:",
            icon_position="right",
            width="stretch",
            on_click=_open,
        )
    if is_open():
        _dialog(chosen, use)


def is_open() -> bool:
    """Whether the dialog of all models lies over the page."""
    return bool(st.session_state.get(OPEN))


def title(option: str) -> str:
    """What the button says of a model."""
    if option.startswith(OWN):
        return registry.architectures.get(option.removeprefix(OWN)).card.title
    return option


def by_source() -> list[Group]:
    """All presets, a group for each source."""
    presets = [preset(name) for name in registry.presets.names()]
    sources = dict.fromkeys((p.family, p.source) for p in presets)
    return [
        (family, source if source != family else "our own", [p.id for p in presets if p.family == family])
        for family, source in sources
    ]


def by_kind() -> list[Group]:
    """All presets, a group for each kind, from simple to special."""
    kinds = {name: kind(preset(name).config) for name in registry.presets.names()}
    words = [*KINDS, *sorted(set(kinds.values()) - set(KINDS))]
    named = [(word, [name for name in kinds if kinds[name] == word]) for word in words]
    return [(word[0].upper() + word[1:], KINDS.get(word, ""), names) for word, names in named if names]


GROUPINGS: dict[str, Callable[[], list[Group]]] = {"By source": by_source, "By kind": by_kind}


def _open() -> None:
    notice.act()
    st.session_state[OPEN] = True


def _close() -> None:
    st.session_state[OPEN] = False


@st.dialog("Choose a model", width="large", on_dismiss=_close)
def _dialog(chosen: str, use: Use) -> None:
    if not is_open():  # a model was chosen: the page is drawn anew, without this
        st.rerun()
    grouping = st.segmented_control(
        "Group", list(GROUPINGS), default="By source", required=True, label_visibility="collapsed", key=GROUPING
    )
    for heading, about, names in GROUPINGS[grouping or "By source"]():
        with _grid(heading, about):
            for name in names:
                _card(name, preset_card(preset(name)), chosen, use)
    with _grid("Your own", "an architecture in the recipe as it is; Settings has its layers"):
        for name in registry.architectures.names():
            _card(OWN + name, own_card(name), chosen, use)


def _grid(heading: str, about: str) -> st.delta_generator.DeltaGenerator:
    st.html(f'<div class="grouphead"><h3>{escape(heading)}</h3><p>{escape(about)}</p></div>')
    return st.container(key=f"cards-{heading}")


def _card(option: str, body: str, chosen: str, use: Use) -> None:
    with st.container(border=True, key=f"card{'_in_use' * (option == chosen)}-{option}"):
        st.html(body)
        word = "Use again" if option == chosen else "Use"
        look: dict[str, Any] = {"icon": ":material/arrow_forward:", "type": "tertiary"}
        st.button(word, key=f"use-{option}", on_click=_used, args=(option, use), **look)


def _used(option: str, use: Use) -> None:
    _close()
    use(option)


def preset_card(source: Preset) -> str:
    """HTML: layers, kind, data, what was published, and what to know before believing it."""
    data = registry.datasets.get(source.config.data.name).info.title
    scaling = "" if source.config.data.scaling == "unit" else f", {source.config.data.scaling}"
    badges = _badge(kind(source.config)) + _badge(source.variant, source.variant.removeprefix("as "))
    return (
        f'<div class="model"><h4>{escape(source.id)}</h4><p>{escape(source.title)}</p><p>{escape(data + scaling)}</p>'
        f"{figures(source.published)}{published_curve(source)}{flaw(source)}"
        f'<div class="badges">{badges}</div></div>'
    )


def own_card(name: str) -> str:
    """HTML: an architecture and its idea."""
    card = registry.architectures.get(name).card
    return f'<div class="model"><h4>{escape(card.title)}</h4><p>{escape(card.idea)}</p><div class="badges"></div></div>'


def figures(published: tuple[Published, ...]) -> str:
    """HTML: every published figure with its split and unit."""
    if not published:
        return '<p class="figure">no published figure</p>'
    return "".join(
        f'<p class="figure">{escape(figure.split)} <b>{figure.value:g}</b> {escape(figure.unit)}</p>'
        for figure in published
    )


def published_curve(source: Preset) -> str:
    """HTML: the published curve as a line, where there is one."""
    curve = source.curve()
    if curve is None:
        return ""
    first, values = curve
    return sparkline(values, f"published, epoch {first} to {first + len(values) - 1}")


def flaw(source: Preset) -> str:
    """HTML: what to know of it, with a mark where the published figure is not what it seems."""
    if not source.flaw:
        return ""
    return f'<p class="{"flaw" if source.warns else "remark"}">{escape(source.flaw)}</p>'


def _badge(word: str, look: str = "") -> str:
    return f'<span class="badge {look}">{escape(word)}</span>' if word else ""
