"""Change it while it runs: the numbers of a run under way that may be moved, in force with its next block of steps."""

from functools import partial

import streamlit as st

from aedash import words
from aedash.changes import Schedule, changeable
from aedash.config import RunConfig, flat
from aedash.events import RunState
from aedash.formatting import count, setting
from aedash.history import History, Run
from aedash.ui.desk.manager import manager
from aedash.ui.shell import notice
from aedash.ui.shell.visitor import anothers, shares, who
from aedash.ui.widgets import forms
from aedash.ui.widgets.steer import why_not

WIDTH = (
    116  # pixels, of Change, of Settings, in whose place it stands, and of what is beside Stop, which so keeps its own
)
EFFECT_SECONDS = 2.0  # a block of steps takes 50 ms, but for models whose single step takes longer


def possible(run: Run | None) -> bool:
    """Whether the run is under way and this person's alone, so that its numbers can be moved."""
    if run is None or run.state not in (RunState.RUNNING, RunState.PAUSED):
        return False
    return not anothers(run) and not shares(run)


def popover(run: Run) -> None:
    """Its changeable numbers as they are in force, beside the buttons that steer it."""
    why = why_not(run)
    with st.popover("Change", icon=":material/tune:", width=WIDTH, disabled=not run.own, help=why, key="change"):
        history = manager().history(run)
        config = Schedule(run.config, history.changes).at(history.step)
        st.caption(_latest(run.config, history), width=280)
        for path, field in changeable(config).items():
            value = flat(config)[path]
            version = _version(run.id, path, value)
            title = words.title(path, config.corruption.name)
            forms.field(path, field, value, partial(change, run.id), version, label=title)


def _version(run: str, path: str, value: float) -> str:
    """The widget's own as long as it shows what is in force; another where a second tab, or a replay, changed that."""
    return run if st.session_state.get(f"{path}#{run}", value) == value else f"{run}={value:g}"


def _latest(config: RunConfig, history: History) -> str:
    """The newest change in a sentence, or what a change will do."""
    if not history.changes:
        return "Holds from the next step on, is marked on the loss curve and kept with the run."
    newest = history.changes[-1]
    title = words.title(newest.path, config.corruption.name)
    return f"{title} is {setting(newest.value)} from step {count(newest.step)} on."


def change(identifier: str, path: str, value: float) -> None:
    """Send it and wait until it is in force, so that the page shows what is; a refusal becomes the slot's sentence."""
    with notice.acting():
        before = manager().history(manager().run(identifier)).changes
        manager().change(identifier, path, value, who())
        manager().wait(identifier, lambda history: history.changes != before, EFFECT_SECONDS)
