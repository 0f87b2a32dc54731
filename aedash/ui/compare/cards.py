"""Cards of the Compare page: the same images through all models, a wipe between two, their curves, error over size."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from aedash import registry, words
from aedash.analysis.snapshots import one_of_each
from aedash.analysis.versus import shown
from aedash.events import Bytes
from aedash.figures.compare import Mark, Track, contact, error_chart, image_rows, plane
from aedash.figures.sweep import Group, loss_chart
from aedash.formatting import count, number
from aedash.objectives import objective
from aedash.ui.compare.linear import errors_by_size, stored_pca
from aedash.ui.compare.selection import Model
from aedash.ui.components.curve import curve
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.wipe import Side, Wipe, wipe
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame
from aedash.ui.specimen.grids import tiles

SHOWN, COLUMNS = 24, 6  # test images at most under the slider, in a row of it
FEW = 5  # in a row, of the ten that a run keeps
INPUT = "test images"
MSE, WHOLE = "MSE per pixel", "whole objective"
ONLY_EPOCHS = "MSE is measured after each epoch; for curves of training choose a term of the loss."
HEIGHT = 290  # CSS pixels of the two charts
Pictures = dict[str, Bytes]


def pictures(models: Sequence[Model], desk: Desk) -> Pictures:
    """{name: (N, H, W)}, the test images first: 24 as they are measured, till then the first ten as the run keeps them.

    A model without either is absent.
    """
    found: Pictures = {}
    for model in models:
        pair = desk.ask(model.run, "pictures", lambda trained: shown(trained, SHOWN)) or _stored(model)
        if pair:
            originals, found[model.name] = pair
            found[INPUT] = max(found.get(INPUT, originals), originals, key=len)
    return found


def _stored(model: Model) -> tuple[Bytes, Bytes] | None:
    """(originals, what the model made of them at its end), of a run that keeps them."""
    history = manager().history(model.run)
    if history.probes is None or not history.snapshots:
        return None
    return history.probes.originals, history.snapshots[-1].reconstructions


def images(models: Sequence[Model], made: Pictures) -> None:
    """A row a model."""
    with frame.card("Same images", f"The same test images through each model{_noisy(models, made)}.", "rows"):
        rows = [(model.name, model.color, made.get(model.name)) for model in models]
        opens = tiles(["", *(model.run.id for model in models)], _dots(models))
        mosaic(image_rows(made.get(INPUT), rows), key="compare-rows", **opens)


def _dots(models: Sequence[Model]) -> list[int]:
    """Which dots of the models' maps the columns are: all show the same images."""
    labels = next((probes.labels for model in models if (probes := manager().history(model.run).probes)), None)
    return [] if labels is None else [int(place) for place in one_of_each(labels, SHOWN)]


def _noisy(models: Sequence[Model], made: Pictures) -> str:
    """Whose stored pictures are of noisy images, as the end of a sentence."""
    spoilt = [m.name for m in models if m.run.config.corruption.name != "none" and len(made.get(m.name, ())) < SHOWN]
    return f"; {words.listed(spoilt)} saw noisy ones" if spoilt else ""


def divider(models: Sequence[Model], made: Pictures) -> None:
    """Two of them under a wipe slider."""
    with frame.card("Wipe", "Drag the divider: where do they differ?", "wipe"):
        names = [*(model.name for model in models), INPUT]
        with st.container(horizontal=True, gap="small", key="wipe_pickers"):
            left = address.select("view-left", "Left", names, names[0])
            right = address.select("view-right", "Right", names, names[1])
        color = {model.name: model.color for model in models}
        most = SHOWN if len(models) > 3 else SHOWN - COLUMNS  # about as high as the rows beside it
        there = min((len(made[name]) for name in (left, right) if name in made), default=most)
        few = min(FEW, there) or 1  # own data may have no more test images
        count, columns = (most, COLUMNS) if there >= most else (there // few * few, few)
        sides = [_side(name, made.get(name), count, columns, color.get(name, "")) for name in (left, right)]
        wipe(Wipe(sides[0], sides[1], columns, count // columns, f"{count} test images"), key="wipe")


def _side(name: str, made: Bytes | None, count: int, columns: int, color: str) -> Side:
    return Side(name, "" if made is None else contact(made[:count], columns), color)


def curves(models: Sequence[Model]) -> None:
    """One curve a model: the error that all share, or a term of the loss for those that measure it alike."""
    with frame.card("Curves", "Who is still falling at the end?", "curves"):
        histories = {model.name: manager().history(model.run) for model in models}
        terms = dict.fromkeys(name for history in histories.values() for name in history.names()[1:])
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="curve_pickers"):
            options = [MSE, WHOLE, *terms]
            name = address.select(
                "view-term", "Term", options, MSE, format_func=_term, label_visibility="collapsed", width=210
            )
            split = address.switch("view-split", "Of", ["each epoch", "training"], "each epoch", disabled=name == MSE)
        alike, unit = same_unit(models, name)
        groups = [Group(model.name, model.color, (histories[model.name],)) for model in alike]
        epochs = max(model.run.config.epochs for model in alike)
        if name == MSE:
            chart = error_chart(groups, epochs)
        else:
            chart = loss_chart(groups, "loss" if name == WHOLE else name, split != "training", epochs, unit)
            chart = replace(chart, levels=())  # each has its own
        curve(chart, key=f"compare-{name}-{split}-{unit}", height=HEIGHT - 46)
        why = ONLY_EPOCHS if name == MSE else left_out(models, alike, unit)
        why += "".join(f" {model.name} was uploaded, and has none." for model in models if model.run.uploaded)
        st.html(f'<p class="hint">{escape(why)}&nbsp;</p>')


def _term(name: str) -> str:
    return name if name == MSE else words.plain(name)


def same_unit(models: Sequence[Model], name: str) -> tuple[list[Model], str]:
    """The models that measure a term in the unit that most of them do, and that unit."""
    if name == MSE:
        return list(models), MSE
    units = {model.name: unit_of(model, name) for model in models}
    counted = [unit for unit in units.values() if unit]
    most = max(counted, key=counted.count)
    return [model for model in models if units[model.name] == most], most


def unit_of(model: Model, name: str) -> str:
    """Unit of the whole objective or of one term; empty where the run does not have it."""
    config = model.run.config
    named = {term.name: term for term in config.objective}
    if name not in (WHOLE, "reconstruction"):
        own = name in manager().history(model.run).names()
        return str(registry.terms.get(name).unit(named[name])) if name in named else "loss" * own
    unit = objective.unit(config.objective)
    return unit if config.data.scaling == "unit" or unit.startswith("BCE") else f"{unit}, {config.data.scaling} pixels"


def left_out(models: Sequence[Model], kept: Sequence[Model], unit: str) -> str:
    """Who is not in the chart, and why, in one sentence; empty when all are."""
    gone = [model.name for model in models if model not in kept]
    if not gone:
        return ""
    verb = "is" if len(gone) == 1 else "are"
    return f"{', '.join(gone)} {verb} left out: only curves in {unit} share this axis."


def against_size(models: Sequence[Model], desk: Desk) -> None:
    """Error over code size, with PCA's curve on the same images."""
    with frame.card("Error against size", "Below the line: better than PCA.", "size"):
        known = errors_by_size(models[0], desk) or stored_errors(models)
        if len(known) < 2:
            frame.pending("No figures", "PCA is being measured on all test images.", desk.refusals, HEIGHT)
            return
        marks = [Mark(m.name, m.code, m.run.figures["test"].mse, m.color) for m in models]
        low, largest = min(mark.y for mark in marks), max(mark.x for mark in marks)
        sizes = [size for size, error in known.items() if size and error > low / (30 if size <= largest else 3)]
        line = Track("PCA", sizes, [known[size] for size in sizes], dash="dash")
        mean = Track("mean image", [sizes[0], sizes[-1]], [known[0]] * 2, dash="dot")
        figure = plane(marks, [line, mean], ("numbers in the code", "test MSE, clean input"), frame.dark(), HEIGHT)
        alt = ", ".join(f"{mark.name}: {number(mark.y)} with {count(mark.x)} numbers" for mark in marks)
        st.plotly_chart(figure, theme=None, key="compare-size", config=frame.QUIET, alt=alt)
        st.html('<p class="hint">Equal count is not equal reach: a conv code is local, PCA sees the whole image.</p>')


def stored_errors(models: Sequence[Model]) -> dict[int, float]:
    """The same as far as the runs keep it: the mean image, and PCA with as many numbers as their codes."""
    kept = {model.code: stored_pca(model) for model in sorted(models, key=lambda model: model.code)}
    references = [manager().history(model.run).references for model in models]
    mean = next((found for each in references if each and (found := each.mean_image("test"))), None)
    return {size: error for size, error in {0: mean, **kept}.items() if error}
