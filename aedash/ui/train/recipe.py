"""The recipe: the row of choices that makes the next run, as the product's formula. Settings has the rest."""

from typing import Any

import streamlit as st

from aedash import registry, words
from aedash.config import RunConfig, vary, vary_all
from aedash.data.corruption import caution
from aedash.formatting import number, setting
from aedash.presets.base import preset
from aedash.ui.shell import frame, notice
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.train import picker
from aedash.ui.train.model_card import model_card
from aedash.ui.widgets import forms
from aedash.ui.widgets.draft import draft, edit, edit_all, load, on_digits, rescaled

LOSSES = {
    "BCE, sum": ("bce", "sum"),
    "BCE, mean": ("bce", "mean"),
    "MSE, sum": ("mse", "sum"),
    "MSE, mean": ("mse", "mean"),
}


def row(settings: bool = True) -> None:
    """The five basic choices and Settings, which give way while a run under way is steered."""
    config, version = draft(), st.session_state.version
    _select(
        "Dataset", registry.datasets.names(), config.data.name, _dataset_title, "data.name", 160, "What the model sees."
    )
    picker.control(_chosen(config), _choose_model)
    kinds = registry.corruptions.names()
    kinds.sort(key=lambda name: name != "none")
    _select(
        "Corruption",
        kinds,
        config.corruption.name,
        _corruption_title,
        "corruption",
        150,
        "What is done to the input. The target stays clean.",
    )
    _objective(config, version)
    forms.field("epochs", RunConfig.model_fields["epochs"], config.epochs, edit, version, width=110)
    with st.popover("Model", icon=":material/schema:", width=110, key="model_card", help="What it looks like inside."):
        same = preset(st.session_state.preset).config.architecture == config.architecture
        model_card(config, preset(st.session_state.preset) if same else None)
    if settings:
        with st.popover("Settings", icon=":material/tune:", width=130):
            everything(config, version)


def everything(config: RunConfig, version: int) -> None:
    """Every field of the recipe."""
    names = ["Optimiser", "Architecture", "Objective", "Corruption", "Data"]
    optimiser, architecture, objective, corruption, data = st.tabs(names, width=640)
    with optimiser:
        forms.fields(config.optimizer, "optimizer", edit, version)
        forms.fields(config, "", edit, version, only=("seed", "threads"))
    with architecture:
        card = registry.architectures.get(config.architecture.name).card
        st.caption(f"{card.title}. {card.idea} {card.reference}.")
        forms.fields(config.architecture, "architecture", edit, version)
    with objective:
        _terms(config, version)
    with corruption:
        forms.fields(config.corruption, "corruption", edit, version)
        if config.corruption.name == "none":
            st.caption("Nothing is done to the input. Choose a corruption in the row above to train a denoiser.")
    with data:
        st.caption(registry.datasets.get(config.data.name).info.about)
        forms.fields(config.data, "data", edit, version, only=("scaling", "validation"))


def _terms(config: RunConfig, version: int) -> None:
    used = {term.name: term for term in config.objective}
    for name in sorted(registry.terms.names(), key=lambda n: n != "reconstruction"):
        entry = registry.terms.get(name)
        st.markdown(f"**{entry.card.title}**", help=entry.card.idea)
        if name == "reconstruction":
            forms.fields(used[name], f"objective.{name}", edit, version)
        elif name in used:
            forms.fields(used[name], f"objective.{name}", edit, version)
            st.button(
                f"Remove {entry.card.title}",
                key=f"-{name}#{version}",
                on_click=edit,
                args=(f"objective.{name}.weight", 0),
            )
        else:
            st.button(f"Add {entry.card.title}", key=f"+{name}#{version}", on_click=_add_term, args=(name,))


def _add_term(name: str) -> None:
    """Add a term together with what it wants of the rest, or say in a sentence why it does not go with this model."""
    entry = registry.terms.get(name)
    term = entry.config.model_validate({})
    edit_all([*term.wants(st.session_state.draft), (f"objective.{name}.weight", term.weight)])
    if why := notice.sentence():
        notice.say(f"{entry.card.title} cannot be added: {why[0].lower()}{why[1:]}")


def _select(label: str, options: list[str], value: str, words: Any, path: str, width: int, about: str) -> None:
    key = f"{path}#{st.session_state.version}"
    st.selectbox(
        label,
        options,
        options.index(value),
        words,
        key=key,
        help=about,
        width=width,
        on_change=_edited,
        args=(path, key),
    )


def _edited(path: str, key: str) -> None:
    first = preset(FIRST_PRESET).config
    if path == "data.name" and st.session_state.draft == on_digits(first):
        notice.act()
        load(FIRST_PRESET, vary(first, path, st.session_state[key]))  # not 100 epochs of a large data set
    else:
        edit(path, st.session_state[key])


def _dataset_title(name: str) -> str:
    info = registry.datasets.get(name).info
    return f"{info.title} (offline)" if name == "digits" else info.title


def _corruption_title(name: str) -> str:
    return registry.corruptions.get(name).title


def _chosen(config: RunConfig) -> str:
    changed = preset(st.session_state.preset).config.architecture != config.architecture
    return f"{picker.OWN}{config.architecture.name}" if changed else st.session_state.preset


def _choose_model(option: str) -> None:
    """A preset brings its whole recipe but the dataset; an own architecture changes what does not go with it."""
    notice.act()
    config = st.session_state.draft
    if option.startswith(picker.OWN):
        name = option.removeprefix(picker.OWN)
        edit_all([("architecture", name), *_fitting(config, name)])
        return
    chosen = preset(option).config
    changes: list[tuple[str, Any]] = [("data.name", config.data.name)]
    if config.data.name != chosen.data.name:
        changes.append(("epochs", config.epochs))
    load(option, vary_all(chosen, changes))


def _fitting(config: RunConfig, architecture: str) -> list[tuple[str, Any]]:
    """Changes that fit the objective to an architecture as it comes: the first term adapts, others may have to go."""
    settings = registry.architectures.get(architecture).config.model_validate({})
    planned = config.model_copy(update={"architecture": settings})
    first, *further = config.objective
    changes = first.wants(planned) if first.needs(planned) else []
    return changes + [(f"objective.{term.name}.weight", 0) for term in further if term.needs(planned)]


def _objective(config: RunConfig, version: int) -> None:
    term = config.objective[0]
    now = (getattr(term, "loss", "mse"), getattr(term, "reduction", "sum"))
    value = next(name for name, pair in LOSSES.items() if pair == now)
    extra = "".join(f" + {setting(t.weight)} {words.plain(t.name)}" for t in config.objective[1:])
    st.selectbox(
        "Objective",
        list(LOSSES),
        list(LOSSES).index(value),
        lambda name: name + extra,
        key=f"loss#{version}#{value}",
        width=190,
        help="What is made small. Settings adds further terms.",
        on_change=_choose_loss,
        args=(f"loss#{version}#{value}",),
    )


def _choose_loss(key: str) -> None:
    loss, reduction = LOSSES[st.session_state[key]]
    before = st.session_state.draft
    edit_all([("objective.reconstruction.loss", loss), ("objective.reconstruction.reduction", reduction)])
    st.session_state.rescale = rescaled(before, st.session_state.draft)


def rescale_offer() -> None:
    """After a change of the reduction: the further terms' weights in the old balance, one press away."""
    offer: list[tuple[str, float, float]] = st.session_state.get("rescale", [])
    if not offer:
        return
    changes = ", ".join(f"{words.short(path)} {setting(now)} to {number(kept)}" for path, now, kept in offer)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            frame.note(f"Pixels are now {_reduced()}: to keep the balance of the terms, change {changes}."),
            width="stretch",
        )
        st.button("Rescale", on_click=_rescale, args=([(path, kept) for path, _, kept in offer],), width="content")
        st.button("Leave as it is", on_click=_rescale, args=([],), width="content")


def out_of_proportion() -> None:
    """A line where the noise of the recipe is far from the scale of its pixels."""
    config = draft()
    if sentence := caution(config.corruption, config.data.scaling):
        st.html(frame.caution(sentence))


def _reduced() -> str:
    return "averaged" if getattr(st.session_state.draft.objective[0], "reduction", "sum") == "mean" else "summed"


def _rescale(changes: list[tuple[str, Any]]) -> None:
    notice.act()
    st.session_state.rescale = []
    if changes:
        edit_all(changes)
