"""The board of the Compare page: the sentence, the same images through each, curves, table, bytes duel."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from aedash import words
from aedash.analysis.level import compare
from aedash.formatting import count, many, number
from aedash.recipe_words import differing, value_words
from aedash.ui.compare import cards, selection, table
from aedash.ui.compare.duel import duel
from aedash.ui.compare.linear import errors_by_size
from aedash.ui.compare.selection import Model
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame, notice
from aedash.ui.specimen.dock import Subject, dock
from aedash.ui.widgets import download

FEW = 3  # differing fields that are told in the slot


def live(models: Sequence[Model], family: Sequence[Model]) -> None:
    """Draw them now, and again as results come that are still being measured."""

    def tick() -> None:
        if selection.deleted(models):  # deleted in another tab
            st.rerun()
        desk = Desk()
        draw(models, family, desk)
        awaited(desk)

    st.fragment(tick)()


def nothing() -> None:
    frame.slot(notice.shown())
    if selection.choosable():
        frame.empty("Nothing chosen", "Pick two or more runs or models above.", 300)
    else:
        frame.empty("No runs to compare yet", "Train one on the Train page.", 300)


def family(models: Sequence[Model]) -> list[Model]:
    """The models that share images: those of one data set, which is asked for when there are several."""
    titles = list(dict.fromkeys(model.data for model in models))
    if len(titles) < 2:
        return list(models)
    most = max(titles, key=[model.data for model in models].count)
    chosen = address.switch("view-images", "Pictures and charts of", titles, most, label_visibility="visible")
    return [model for model in models if model.data == chosen]


def draw(models: Sequence[Model], family: Sequence[Model], desk: Desk) -> None:
    """All cards; those with images hold one data set's models only."""
    made, found = cards.pictures(family, desk), table.rows(models, desk)
    frame.slot(notice.shown() or _refused(desk) or finding(models, family, desk))
    for name in desk.absent:
        download.offer(name, "Till then: what the runs have stored.")
    with st.container(key="live"):
        with frame.card("Table", _progress(models, desk), "table"):
            table.download(models, found)
            table.show(found)
            table.ways(models)
        left, right = st.columns([0.66, 0.34], gap="small")
        with left:
            cards.images(family, made)
        with right:
            cards.divider(family, made)
        left, right = st.columns([0.55, 0.45], gap="small")
        with left:
            cards.curves(family)
        with right:
            cards.against_size(family, desk)
        duel(family, desk)
        if len(models) > 1:
            with frame.card("What differs", "Fields that are equal in all configs are left out.", "differs"):
                st.html(table.differences(models))
    dock({one.run.id: Subject(one.run, manager().history(one.run), name=one.name) for one in models}, desk=desk)


def _refused(desk: Desk) -> str:
    """HTML: what cannot be measured, but for want of images, which are offered."""
    told = [sentence for sentence in desk.refusals if sentence not in desk.absent.values()]
    return frame.problem(" ".join(told)) if told else ""


def _progress(models: Sequence[Model], desk: Desk) -> str:
    """What the table is about, or how far its measuring is."""
    if busy := sum(model.run.id in desk.busy for model in models):
        return f"Measuring {busy} of {many(len(models), 'model')}: a dash is a figure to come."
    if desk.absent:
        return "A dash needs the images. PCA of the same code size is the bar to clear."
    return "Click a heading to sort. PCA of the same code size is the bar to clear."


def finding(models: Sequence[Model], family: Sequence[Model], desk: Desk) -> str:
    """One line: who has the lowest error, how many numbers PCA needs for it, and what differs."""
    best = min(family, key=_mse)
    known = errors_by_size(best, desk)
    linear = _numbers_for(_mse(best), known) if known else None
    clean = " on clean input" * any(model.run.figures["test"].mse_corrupted is not None for model in family)
    text = (
        f"<b>{escape(words.capital(best.name))} has the lowest error{clean}, {number(_mse(best))} with "
        f"{count(best.code)} numbers.</b> "
    )
    text += _level(best, family)
    if linear:
        text += f"PCA {linear}. "
    gone = [model.name for model in models if model not in family]
    if gone:
        text += f"Pictures and charts are of {escape(best.data)}: {escape(', '.join(gone))} saw other images. "
    return f'<div class="finding info"><span>{text}{escape(_differ(models))}</span></div>'


def _level(best: Model, family: Sequence[Model]) -> str:
    """HTML: whose error is no more above the lowest than another seed may move it."""
    lowest = [np.array([_mse(best)])]
    others = [model for model in family if model is not best]
    level = [escape(model.name) for model in others if compare([np.array([_mse(model)])], lowest).level]
    return f"Level with it, one run each: {words.listed(level)}. " if level else ""


def _mse(model: Model) -> float:
    return model.run.figures["test"].mse


def _numbers_for(error: float, known: dict[int, float]) -> str:
    """How many numbers PCA needs for an error, as a clause; between two sizes that were measured, by a line.

    >>> [_numbers_for(error, {1: 0.05, 2: 0.04, 4: 0.02}) for error in (0.06, 0.03, 0.01)]
    ['does better with 1 number', 'needs about 3 for that', 'needs more than 4 for that']
    """
    sizes = [size for size in known if size]
    errors = [known[size] for size in sizes]
    if error > errors[0]:
        return f"does better with {many(sizes[0], 'number')}"
    if error < errors[-1]:
        return f"needs more than {sizes[-1]} for that"
    return f"needs about {np.interp(-error, [-each for each in errors], sizes):.0f} for that"


def _differ(models: Sequence[Model]) -> str:
    """Which fields of the configs differ; of a few, also how."""
    fields = differing([model.run.config for model in models])
    if len(models) < 2:
        return ""
    if not fields:
        return "Their configs are equal."
    if len(fields) > FEW:
        return f"They differ in {len(fields)} fields, listed below."
    each = [f"{words.field(path)} ({words.listed(value_words(values))})" for path, values in fields.items()]
    return f"They differ only in {words.listed(each)}."
