"""The rest: a long list shows its first few until one asks for all, which then stands in the address."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from aedash.ui.shell import address

T = TypeVar("T")
ALL = "view-all"


def first_of(items: Sequence[T], count: int) -> Sequence[T]:
    """The first so many, or all of them where that was asked for."""
    whole = address.kept(ALL, "", {"": "", "yes": "yes"}.__getitem__)
    address.look(ALL, whole or None)
    return items if whole else items[:count]


def offer(shown: int, of: int) -> None:
    """The button that asks for all; nothing where all are shown."""
    if shown < of:
        st.button(f"Show all {of:,}", icon=":material/expand_more:", on_click=address.keep, args=(ALL, "yes"))
