"""The model picker: a button with the chosen model's name, and the dialog of all models that it opens."""

from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any

import streamlit as st

from aedash import registry, words
from aedash.figures.sparkline import sparkline
from aedash.kinds import KINDS, kind
from aedash.presets.base import Preset, Published, preset
from aedash.ui.shell import notice

OWN = "own:"  # before an architecture's name, and a term's if it has one: a model of one's own, not a preset
PLAIN, VAE = f"{OWN}dense", f"{OWN}dense+kl"
VAE_IDEA = (
    "VAE: an image becomes a cloud of codes, and a random draw from it is decoded; KL keeps the clouds close, so that "
    "random codes decode to images, too."
)
OPEN = "picker_open"
GROUPING, SEARCH = "picker_grouping", "picker_search"
Use = Callable[[str], None]
Group = tuple[str, str, list[str]]  # heading, what it is, options


def control(chosen: str, use: Use, inside: Callable[[], None]) -> None:
    """The button, the look inside the model above it, and the dialog while it is open.

    use: called with a preset's id or an option of one's own; inside: draws what the model is.
    """
    with st.container(key="picker", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", key="model_label"):
            st.html("Model", width="content")
            with st.popover("Look inside", type="tertiary", key="model_card"):
                inside()
        st.button(
            title(chosen),
            key="choose_model",
            icon=":material/expand_more:",
            icon_position="right",
            width="stretch",
            on_click=show,
        )
    if is_open():
        _dialog(chosen, use)


def is_open() -> bool:
    """Whether the dialog of all models lies over the page."""
    return bool(st.session_state.get(OPEN))


def show() -> None:
    """Open it."""
    notice.act()
    st.session_state[OPEN] = True


def title(option: str) -> str:
    """What the button says of a model."""
    if option == VAE:
        return "Variational autoencoder"
    if option.startswith(OWN):
        return registry.architectures.get(option.removeprefix(OWN)).card.title
    return words.model(option)


def own() -> list[str]:
    """Models of one's own: every architecture, the plain ones first."""
    names = [OWN + name for name in registry.architectures.names()]
    return [PLAIN, VAE, *(name for name in names if name != PLAIN)]


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
    sorts = [*KINDS, *sorted(set(kinds.values()) - set(KINDS))]
    named = [(word, [name for name in kinds if kinds[name] == word]) for word in sorts]
    return [(words.capital(word), KINDS.get(word, ""), names) for word, names in named if names]


GROUPINGS: dict[str, Callable[[], list[Group]]] = {"By kind": by_kind, "By source": by_source}
FIRST = "By kind"


def _close() -> None:
    st.session_state[OPEN] = False


@st.dialog("Choose a model", width="large", on_dismiss=_close)
def _dialog(chosen: str, use: Use) -> None:
    if not is_open():  # a model was chosen: the page is drawn anew, without this
        st.rerun()
    shown = groups(*_wanted())
    for heading, about, options in shown:
        with _grid(heading, about):
            for option in options:
                _card(option, chosen, use)
    if not shown:
        st.caption("No model is described by these words.")


def _wanted() -> tuple[str, str]:
    """The chosen grouping, and the words that are searched for."""
    hidden: dict[str, Any] = {"label_visibility": "collapsed"}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="find_model"):
        example = "Name, kind, source or idea"
        said = st.text_input("Search", key=SEARCH, type="search", placeholder=example, live=True, width=280, **hidden)
        grouping = st.segmented_control("Group", list(GROUPINGS), default=FIRST, required=True, key=GROUPING, **hidden)
    return grouping or FIRST, said or ""


def groups(grouping: str, said: str) -> list[Group]:
    """The models that are described by all of these words, one's own first; groups without any are left out.

    grouping: of GROUPINGS. said: as typed; empty finds all.
    """
    every = [("Your own", "the recipe as it is, with another model; Settings has its layers", own())]
    every += GROUPINGS[grouping]()
    some = [
        (heading, about, [option for option in options if found(option, said)]) for heading, about, options in every
    ]
    return [group for group in some if group[2]]


def found(option: str, said: str) -> bool:
    """Whether a model's name, kind, source or idea has all the words that were said."""
    text = _described(option)
    return all(word in text for word in said.lower().split())


@cache
def _described(option: str) -> str:
    """All that is said of a model, in small letters."""
    if option.startswith(OWN):
        name = option.removeprefix(OWN).partition("+")[0]
        card = registry.architectures.get(name).card
        told = ["your own", title(option), card.title, card.idea, card.reference, VAE_IDEA * (option == VAE)]
    else:
        source = preset(option)
        word = kind(source.config)
        card = registry.architectures.get(source.config.architecture.name).card
        about = [source.headline, source.plain, source.title, source.source, source.flaw, source.variant]
        told = [source.id, title(option), word, KINDS.get(word, ""), card.title, card.idea, *about]
    return " ".join(told).lower()


def _grid(heading: str, about: str) -> st.delta_generator.DeltaGenerator:
    st.html(f'<div class="grouphead"><h3>{escape(heading)}</h3><p>{escape(about)}</p></div>')
    return st.container(key=f"cards-{heading}")


def _card(option: str, chosen: str, use: Use) -> None:
    with st.container(border=True, key=f"card{'_in_use' * (option == chosen)}-{option}"):
        st.html(own_card(option) if option.startswith(OWN) else preset_card(preset(option)))
        word = "Use again" if option == chosen else "Use"
        look: dict[str, Any] = {"icon": ":material/arrow_forward:", "type": "tertiary"}
        st.button(word, key=f"use-{option}", on_click=_used, args=(option, use), **look)


def _used(option: str, use: Use) -> None:
    _close()
    use(option)


def preset_card(source: Preset) -> str:
    """HTML: what it is, name and layers, kind, data, what was published, and what to know before believing it."""
    data = registry.datasets.get(source.config.data.name).info.title
    scaling = "" if source.config.data.scaling == "unit" else f", {words.option(source.config.data.scaling)}"
    badges = _badge(kind(source.config)) + _badge(source.variant, source.variant.removeprefix("as "))
    name = f"{words.model(source.id)}: {source.title}, {data}{scaling}"
    return (
        f'<div class="model"><h4>{escape(source.headline)}</h4><p>{escape(name)}</p>'
        f"{figures(source.published)}{published_curve(source)}{flaw(source)}"
        f'<div class="badges">{badges}</div></div>'
    )


def own_card(option: str) -> str:
    """HTML: a model of one's own and its idea."""
    idea = VAE_IDEA if option == VAE else registry.architectures.get(option.removeprefix(OWN)).card.idea
    return f'<div class="model"><h4>{escape(title(option))}</h4><p>{escape(idea)}</p><div class="badges"></div></div>'


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
