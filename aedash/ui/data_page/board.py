"""The page of a data set: what its images are before any model has seen them."""

from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.analysis.dimension import dimension
from aedash.analysis.leaks import leaks
from aedash.analysis.portrait import portrait
from aedash.config import DataInfo
from aedash.data.image_data import Dataset, ImageData, Unavailable, load
from aedash.figures import portrait as figures
from aedash.formatting import many
from aedash.settings import Settings
from aedash.ui.data_page import cards
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.background import told
from aedash.ui.desk.desk import Desk
from aedash.ui.shell import address, frame
from aedash.ui.widgets import datasets

NAME = "data"


def panel() -> None:
    """The set that the address names, or the first one."""
    name = _chosen()
    entry = registry.datasets.get(name)
    frame.tab_title(entry.info.title, "Data")
    address.write(address.fields())
    st.html(f'<p class="lede">{escape(entry.info.about)}<br>{_size(entry.info)}</p>')
    if why := _missing(entry):
        frame.empty(f"{entry.info.title} cannot be shown", why, 200)
        return
    st.fragment(lambda: _board(name, entry.info))()


def _chosen() -> str:
    first = "digits"
    asked = address.kept(NAME, first, _known)
    names = datasets.names(asked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_head"):
        st.title("Data", anchor=False, width="content")
        how: dict[str, Any] = {"label_visibility": "collapsed", "width": 240}
        return address.select(NAME, "Data set", names, first, format_func=datasets.title, **how)


def _known(name: str) -> str:
    """The name itself. Raises Refused, a ValueError, where there is no such set."""
    registry.datasets.get(name)
    return name


def _size(info: DataInfo) -> str:
    images = f"{many(info.train, 'training image')} and {many(info.test, 'test image')}"
    return f"{images}, {figures.size_words(info.shape)}, {many(len(info.classes), 'class')}."


def _missing(entry: Dataset) -> str:
    try:
        entry.check(Settings().data_dir)
    except Unavailable as error:
        return str(error)
    return ""


def _board(name: str, info: DataInfo) -> None:
    desk = Desk()

    def data() -> ImageData:
        return load(name, Settings().data_dir)

    whole = desk.look(("portrait", name), lambda: portrait(data()), long=True)
    size = desk.look(("dimension", name), lambda: dimension(data()), long=True)
    near, share = desk.growing(("leaks", name), lambda: leaks(data(), told))
    with st.container(key="data_cards", gap="small"):
        left, right = st.columns(2, gap="small")
        with left:
            cards.drawn(whole, info, desk)
        with right:
            cards.counts(whole, desk)
            cards.levels(whole, desk)
        left, right = st.columns(2, gap="small")
        with left:
            cards.centre(whole, desk)
        with right:
            cards.class_means(whole, desk)
            cards.dimension(size, desk)
        cards.leaks(near, info, share, desk)
    awaited(desk, "data")
