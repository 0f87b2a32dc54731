"""Change it while it runs: the numbers of a run under way that may be moved, in force with its next block of steps."""

from functools import partial

import streamlit as st

from aedash import registry
from aedash.changes import Schedule, changeable
from aedash.config import RunConfig, flat
from aedash.events import Changed, RunState
from aedash.history import History, Run
from aedash.registry import Refused
from aedash.ui import forms
from aedash.ui.controls import SETTLE_SECONDS
from aedash.ui.server import manager


def possible(run: Run | None) -> bool:
    """Whether the run is under way, so that its numbers can be moved."""
    return run is not None and run.state in (RunState.RUNNING, RunState.PAUSED)


def popover(run: Run) -> None:
    """Its changeable numbers as they are in force, beside the buttons that steer it."""
    why = None if run.own else "Another process trains this run; it can be steered only there."
    with st.popover("Change", icon=":material/tune:", width="content", disabled=not run.own, help=why, key="change"):
        history = manager().history(run)
        config = Schedule(run.config, history.changes).at(history.step)
        st.caption("Holds from the next step on, is marked on the loss curve and kept with the run.", width=280)
        for path, field in changeable(config).items():
            edit = partial(change, run.id, run.config)
            forms.field(path, field, flat(config)[path], edit, run.id, label=words(config, path))


def words(config: RunConfig, path: str) -> str:
    """What a person calls the number at that path."""
    part, *inner = path.split(".")
    if part == "objective":
        return f"Weight of {registry.terms.get(inner[0]).card.title}"
    if part == "corruption":
        return f"{forms.title(path)} of {registry.corruptions.get(config.corruption.name).title}"
    return forms.title(path)


def change(identifier: str, config: RunConfig, path: str, value: float) -> None:
    """Send it, wait until it is in force and say since when; a refusal becomes the sentence in the slot."""
    try:
        before = manager().history(manager().run(identifier)).changes
        manager().change(identifier, path, value)
    except Refused as error:
        st.session_state.refusal = str(error)
        return
    made: list[Changed] = []

    def told(history: History) -> bool:
        made[:] = [c for c in history.changes if c.path == path and c not in before]
        return bool(made)

    manager().wait(identifier, told, SETTLE_SECONDS)
    since = f"from step {made[-1].step:,} on" if made else "from its next step on"
    st.session_state.refusal = ""
    st.toast(f"{words(config, path)} is {value:g} {since}.", icon=":material/tune:")
