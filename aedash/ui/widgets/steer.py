"""What a person can do with a run from any page: show, start, pause, go on, stop."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from aedash.config import vary
from aedash.events import RunState
from aedash.history import History
from aedash.presets.base import preset
from aedash.training import twins
from aedash.ui.desk.manager import manager
from aedash.ui.shell import notice
from aedash.ui.shell.visitor import visitor
from aedash.ui.widgets import draft

SETTLE_SECONDS = 0.5


def show(identifier: str) -> None:
    """Make this the run of the session, or none."""
    st.session_state.update(run=identifier, opened="")


def start() -> None:
    """Queue the recipe and show its run; a refusal becomes the sentence in the slot."""
    if notice.untold():  # of a value that was refused in the same moment: the click meant that one
        return
    config, name = draft.draft(), st.session_state.preset
    same = preset(name).config.architecture == config.architecture
    with notice.acting():
        run = manager().submit(config, name if same else "", visitor())
        st.session_state.update(run=run, opened=run)


def replay(identifier: str) -> None:
    """Queue a run that repeats this one, changes and all, and show it."""
    with notice.acting():
        show(manager().replay(identifier, visitor()))


def slower(identifier: str) -> None:
    """Fork a run that diverged at a tenth of its learning rate, or train it so from the start, and show the new run."""
    with notice.acting():
        run = manager().run(identifier)
        calmer = vary(run.config, twins.RATE, twins.calmer_rate(run))
        begin = (
            partial(twins.slower, manager(), run) if run.epochs_done else partial(manager().submit, calmer, run.preset)
        )
        show(begin(owner=visitor()))


def pause(identifier: str) -> None:
    """Pause and wait for it, so that the button shows what is."""
    _steer(identifier, manager().pause, lambda history: history.state.state is not RunState.RUNNING)


def resume(identifier: str) -> None:
    """Go on."""
    _steer(identifier, manager().resume, lambda history: history.state.state is RunState.RUNNING)


def stop(identifier: str) -> None:
    """Stop, keep the weights."""
    _steer(identifier, manager().stop, lambda history: not history.state.state.alive)


def _steer(identifier: str, command: Callable[[str], None], done: Callable[[History], bool]) -> None:
    with notice.acting():
        command(identifier)
        manager().wait(identifier, done, SETTLE_SECONDS)
