"""The recipe above and the run below it, where they are not the same."""

from typing import Any

import streamlit as st

from aedash import words
from aedash.config import RunConfig
from aedash.history import Run
from aedash.recipe_words import differing, value_word
from aedash.ui.shell import frame, notice
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.widgets import draft
from aedash.ui.widgets.run_words import title

MOST = 4  # fields that are named; more are another recipe altogether


def strip(run: Run | None) -> None:
    """Mark plainly that the run shown is not of the recipe above it, and the way back to its own."""
    if run is None or run.config == draft.draft():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="untrained"):
        told = f"You see {title(run)}. The recipe above is another one: {difference(run.config, draft.draft())}."
        st.html(frame.note(told), width="stretch")
        st.button("Back to its recipe", icon=":material/undo:", on_click=_back, args=(run,), width="content")


def difference(trained: RunConfig, recipe: RunConfig) -> str:
    """What differs, in words: epochs 30 instead of 25, code size 10 instead of 20."""
    told = [_change(words.field(path), then, now) for path, (then, now) in differing([trained, recipe]).items()]
    return words.listed(told if len(told) <= MOST else [*told[: MOST - 1], f"{len(told) - MOST + 1} other fields"])


def _change(field: str, then: Any, now: Any) -> str:
    """then, now: None where the recipe has no such field."""
    if now is None:
        return f"no {field}"
    return f"{field} {value_word(now)}" if then is None else f"{field} {value_word(now)} instead of {value_word(then)}"


def _back(run: Run) -> None:
    notice.act()
    draft.load(run.preset or FIRST_PRESET, run.config)
