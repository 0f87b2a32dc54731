"""The recipe: the row of choices that makes the next run, as the product's formula. Settings has the rest."""

from typing import Any, get_args

import streamlit as st

from aedash import registry, words
from aedash.config import DataConfig, RunConfig, vary_all
from aedash.data.corruption import caution
from aedash.formatting import number, setting, size
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.training.keeping import expected
from aedash.ui.desk.manager import manager
from aedash.ui.own_data import upload
from aedash.ui.shell import frame, notice
from aedash.ui.train import changes, picker
from aedash.ui.train.model_card import model_card
from aedash.ui.widgets import datasets, forms
from aedash.ui.widgets.draft import draft, edit, edit_all, load, on_digits, rescaled
from aedash.ui.widgets.waiting import too_long

NOISE = (
    "Spoils the image that the network sees; it is asked for the clean one, and so learns what images look like. "
    "Try Gaussian noise: the images below show it at once."
)
LOSS = (
    "How far the output is from the image. Squared error takes any pixels; cross-entropy reads a pixel as a chance of "
    "white. Train one of each and compare. Settings adds further terms."
)
DATA = (
    "The images that are learnt; it is judged on others. Digits come with the app and are quick; MNIST is what papers "
    "show; FashionMNIST is harder. The last entry takes images of your own."
)
UPLOAD = "own..."  # the entry of the data sets that opens the upload


def row(settings: bool = True) -> None:
    """The basic choices, and Settings, which give way while a run under way is steered."""
    config, version = draft(), st.session_state.version
    names = [*datasets.names(config.data.name), UPLOAD]
    _select("Dataset", names, config.data.name, _dataset_title, "data.name", DATA)
    upload.dialog(_use_set)
    picker.control(_chosen(config), _choose_model, lambda: _look_inside(config))
    forms.main(config.architecture, "architecture", edit, version)
    kinds = sorted(registry.corruptions.names(), key=lambda name: name != "none")
    _select("Input noise", kinds, config.corruption.name, _corruption_title, "corruption", NOISE)
    forms.main(config.corruption, "corruption", edit, version)
    _loss(config)
    forms.field("epochs", RunConfig.model_fields["epochs"], config.epochs, edit, version)
    if settings:
        with st.popover("Settings", icon=":material/tune:", width=changes.WIDTH, key="settings"):
            everything(config, version)


def _look_inside(config: RunConfig) -> None:
    source = preset(st.session_state.preset)
    model_card(config, source if source.config.architecture == config.architecture else None)


def everything(config: RunConfig, version: int) -> None:
    """Every field of the recipe that the row has not."""
    names = ["Optimiser", "Architecture", "Loss", "Input noise", "Data"]
    optimiser, architecture, loss, noise, data = st.tabs(names, width=640)
    with optimiser:
        forms.fields(config.optimizer, "optimizer", edit, version)
        forms.fields(config, "", edit, version, only=("seed", "threads"))
    with architecture:
        card = registry.architectures.get(config.architecture.name).card
        st.caption(f"{card.title}. {card.idea} {card.reference}.")
        forms.fields(config.architecture, "architecture", edit, version, but=config.architecture.main)
    with loss:
        _terms(config, version)
    with noise:
        forms.fields(config.corruption, "corruption", edit, version, but=config.corruption.main)
        st.caption(_about_noise(config))
    with data:
        st.caption(registry.datasets.get(config.data.name).info.about)
        st.html(frame.link("data", {"data": config.data.name}, "About this data set: classes, leaks, dimension"))
        forms.fields(config.data, "data", edit, version, only=("scaling", "validation"))
        _left_out(config, version)
    st.caption(_kept(config))


def _kept(config: RunConfig) -> str:
    """What the run will leave on the disk, or why it cannot be queued."""
    try:
        return f"This run will keep up to {size(expected(config, manager().settings))} on the disk."
    except Refused as error:
        return str(error)


def _left_out(config: RunConfig, version: int) -> None:
    """Which class is never trained on, by its name."""
    classes, info = registry.datasets.get(config.data.name).info.classes, DataConfig.model_fields["without"]
    key, options = f"data.without#{version}", {"none": None, **{name: label for label, name in enumerate(classes)}}
    chosen = "none" if config.data.without is None else classes[config.data.without]
    st.selectbox(
        words.label("data.without"),
        list(options),
        list(options).index(chosen),
        key=key,
        help=info.description,
        on_change=lambda: edit("data.without", options[st.session_state[key]]),
    )


def _about_noise(config: RunConfig) -> str:
    if config.corruption.name == "none":
        return "Nothing is done to the input. Choose an input noise in the row above to train a denoiser."
    return "The row above has its kind and strength. The target stays clean."


def _terms(config: RunConfig, version: int) -> None:
    used = {term.name: term for term in config.objective}
    for name in sorted(registry.terms.names(), key=lambda n: n != "reconstruction"):
        entry = registry.terms.get(name)
        st.markdown(f"**{entry.card.title}**", help=entry.card.idea)
        if name == "reconstruction":
            forms.fields(used[name], f"objective.{name}", _edit_reconstruction, version, but="loss")
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


def _select(label: str, options: list[str], value: str, words: Any, path: str, about: str) -> None:
    key = f"{path}#{st.session_state.version}"
    st.selectbox(
        label,
        options,
        options.index(value),
        words,
        key=key,
        help=about,
        on_change=_edited,
        args=(path, key),
    )


def _edited(path: str, key: str) -> None:
    if path != "data.name":
        edit(path, st.session_state[key])
    elif st.session_state[key] == UPLOAD:
        load(st.session_state.preset, st.session_state.draft)
        upload.show()
    else:
        _use_set(st.session_state[key])


def _use_set(dataset: str) -> None:
    name, config = st.session_state.preset, st.session_state.draft
    if config == on_digits(preset(name).config):
        config = preset(name).config  # not 100 epochs of a large data set
    notice.act()
    load(name, vary_all(config, datasets.changes(config, dataset)))


def _dataset_title(name: str) -> str:
    return "Your own images ..." if name == UPLOAD else datasets.title(name)


def _corruption_title(name: str) -> str:
    return registry.corruptions.get(name).title


def _chosen(config: RunConfig) -> str:
    """The preset, also with another code size, which stands beside it; else a model of one's own."""
    theirs, ours = preset(st.session_state.preset).config.architecture, config.architecture
    as_theirs = ours.model_copy(update={ours.main: getattr(theirs, ours.main, None)})
    if theirs in (ours, as_theirs):
        return str(st.session_state.preset)
    option = f"{picker.OWN}{config.architecture.name}"
    terms = [f"{option}+{term.name}" for term in config.objective]
    return next((with_term for with_term in terms if with_term in picker.own()), option)


def _choose_model(option: str) -> None:
    """A preset brings its whole recipe but the dataset; a model of one's own changes what does not go with it."""
    notice.act()
    config = st.session_state.draft
    if option.startswith(picker.OWN):
        edit_all(own(config, option))
        return
    chosen = preset(option).config
    changes: list[tuple[str, Any]] = [("data.name", config.data.name)]
    if config.data.name != chosen.data.name:
        changes.append(("epochs", config.epochs))
    load(option, vary_all(chosen, changes))


def own(config: RunConfig, option: str) -> list[tuple[str, Any]]:
    """What a model of one's own changes in a recipe: the architecture, what has to fit it, and its term if it has one.

    The weight of a term is meant beside a sum over pixels.
    """
    name, _, term = option.removeprefix(picker.OWN).partition("+")
    changes = [("architecture", name), *_fitting(config, name)]
    if not term:
        return changes
    added = registry.terms.get(term).config.model_validate({})
    summed = [("objective.reconstruction.reduction", "sum"), (f"objective.{term}.weight", added.weight)]
    return [*changes, *added.wants(config), *summed]


def _fitting(config: RunConfig, architecture: str) -> list[tuple[str, Any]]:
    """Changes that fit the objective to an architecture as it comes: the first term adapts, others may have to go."""
    settings = registry.architectures.get(architecture).config.model_validate({})
    planned = config.model_copy(update={"architecture": settings})
    first, *further = config.objective
    changes = first.wants(planned) if first.needs(planned) else []
    return changes + [(f"objective.{term.name}.weight", 0) for term in further if term.needs(planned)]


def _loss(config: RunConfig) -> None:
    first, *others = config.objective
    extra = f" + {len(others)} terms" if len(others) > 1 else "".join(f" + {words.plain(t.name)}" for t in others)
    options = list(get_args(type(first).model_fields["loss"].annotation))

    def title(loss: str) -> str:
        return words.capital(words.option(loss)) + extra

    _select("Loss", options, getattr(first, "loss", options[0]), title, "objective.reconstruction.loss", LOSS)


def _edit_reconstruction(path: str, value: Any) -> None:
    """Another reduction makes all further terms weigh more or less: the balance as it was is offered."""
    before = st.session_state.draft
    edit(path, value)
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


def cautions(alive: bool) -> None:
    """A line where the noise of the recipe is far from the scale of its pixels, and one where this server would stop
    it before its end. alive: whether a run is on screen that has begun already.
    """
    config = draft()
    for sentence in (caution(config.corruption, config.data.scaling), "" if alive else too_long(config)):
        if sentence:
            st.html(frame.caution(sentence))


def _reduced() -> str:
    return "averaged" if getattr(st.session_state.draft.objective[0], "reduction", "sum") == "mean" else "summed"


def _rescale(changes: list[tuple[str, Any]]) -> None:
    notice.act()
    st.session_state.rescale = []
    if changes:
        edit_all(changes)
