"""The cards of a data set. What is computed keeps its room, so that nothing moves as it comes."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from aedash.analysis.dimension import Dimension
from aedash.analysis.leaks import Leaks
from aedash.analysis.portrait import Portrait
from aedash.config import DataInfo
from aedash.figures import portrait as figures
from aedash.formatting import percent
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.shell import frame


def drawn(found: Portrait | None, info: DataInfo, desk: Desk) -> None:
    """Some images of each class."""
    rows = min(12, len(info.classes))
    with _card("Images", "Training images drawn at random, a row a class.", "drawn", found, desk, 47 * rows):
        if found:
            mosaic(figures.drawn(found), key="data-drawn")
            if len(info.classes) > rows:
                st.html(f'<p class="hint">The first {rows} of {len(info.classes)} classes.</p>')


def counts(found: Portrait | None, desk: Desk) -> None:
    """How many images each class has."""
    with _card("Images of each class", "Unequal bars: large classes rule every mean.", "counts", found, desk, 220):
        if found:
            st.html(figures.counts(found) + _told(figures.balance(found)))


def levels(found: Portrait | None, desk: Desk) -> None:
    """The grey levels, and the floor of cross-entropy."""
    hint = "Two heaps suit cross-entropy, a broad hill squared error."
    with _card("Pixel values", hint, "levels", found, desk, 190):
        if found:
            st.html(figures.levels(found) + _told(figures.ends(found)))


def centre(found: Portrait | None, desk: Desk) -> None:
    """Mean image, spread, and what lies near and far."""
    hint = "What all images share, and what is like nothing else."
    with _card("Mean image and spread", hint, "centre", found, desk, 330):
        if found:
            mosaic(figures.moments(found), key="data-moments")
            mosaic(figures.extremes(found), key="data-extremes")
            st.html(_told(figures.centre(found)))


def class_means(found: Portrait | None, desk: Desk) -> None:
    """The mean of each class."""
    hint = "A sharp mean: the images of that class are alike."
    with _card("Mean image of each class", hint, "classmeans", found, desk, 90):
        if found:
            mosaic(figures.class_means(found), key="data-classmeans")


def dimension(found: Dimension | None, desk: Desk) -> None:
    """How many numbers an image needs."""
    hint = "How many numbers an image needs at least."
    with _card("Intrinsic dimension", hint, "dimension", found, desk, 220):
        if found:
            st.html(figures.rulers(found) + _told(figures.sheeted(found)))


def leaks(found: Leaks | None, info: DataInfo, share: float, desk: Desk) -> None:
    """The closest pairs across train and test."""
    hint = "Pairs that are one picture: the test error then tells of memory."
    done = "" if found else f" {percent(share, 0)} done."
    with _card("Nearest across train and test", hint, "leaks", found, desk, 210, done):
        if found:
            mosaic(figures.pairs(found), key="data-pairs")
            st.html(_told(figures.leaking(found, info.test)))


@contextmanager
def _card(title: str, hint: str, key: str, found: object, desk: Desk, height: int, done: str = "") -> Iterator[None]:
    """The card; while its figures are not there, their room. height: CSS pixels, about what they take."""
    with frame.card(title, hint, f"data_{key}"):
        if found is None:
            frame.pending("Not counted", f"The images are looked at.{done}", desk.refusals, height)
        yield


def _told(sentence: str) -> str:
    return f'<p class="hint">{sentence}</p>'
