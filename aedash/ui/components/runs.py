"""The table of runs: a page of a long list, sorted by the server, ticked line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from aedash.ui.components.source import script, style

_mount = st.components.v2.component(
    "aedash.runs", html='<div class="root"></div>', css=style("pill", "runs"), js=script("runs")
)


@dataclass(frozen=True)
class Head:
    """A column. name: what the list is sorted by; title: on screen; end: whether its cells are numbers; brief: whether
    a narrow page shows it."""

    name: str
    title: str
    help: str = ""
    end: bool = False
    brief: bool = False


@dataclass(frozen=True)
class Line:
    """A run. cells: a text a column, the first its title, the second its state as a word."""

    id: str
    state: str
    cells: tuple[str, ...]
    pinned: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """chosen: ids, also of lines on other pages; stamp: another one where the server has chosen them.

    sort: a column's name, `rising` smallest first; page, pages: from 1.
    """

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    chosen: tuple[str, ...]
    stamp: int
    sort: str
    rising: bool
    page: int
    pages: int


def runs(
    table: Table,
    *,
    key: str,
    on_sort: Callable[[str], None],
    on_page: Callable[[Any], None],
    on_open: Callable[[str], None],
    on_choose: Callable[[Any], None],
) -> None:
    """Draw it. on_sort: a heading was pressed; on_open: a title; on_choose: with the ids of all that are ticked now.

    What the browser tells is not checked here. All are called before the page runs again.
    """

    def told(name: str, act: Callable[[Any], None]) -> Callable[[], None]:
        return lambda: act(st.session_state[key][name])

    _mount(
        key=key,
        data=asdict(table),
        on_sort_change=told("sort", on_sort),
        on_page_change=told("page", on_page),
        on_open_change=told("open", on_open),
        on_chosen_change=told("chosen", on_choose),
    )
