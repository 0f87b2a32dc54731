"""Further: a finished run goes on for more epochs, or what its finding advises is trained."""

import streamlit as st

from aedash.config import vary_all
from aedash.events import RunState
from aedash.formatting import many
from aedash.history import Run
from aedash.training.extending import learns
from aedash.training.owning import joined_words
from aedash.training.remedies import Remedy
from aedash.ui.desk.manager import manager, present
from aedash.ui.shell import notice
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.shell.visitor import anothers, shared, who
from aedash.ui.widgets import draft
from aedash.ui.widgets.steer import show, start

STEPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)  # epochs that one adds


def offer(run: Run) -> None:
    """More epochs of a finished run: it goes on where it stopped; one that came with the app is trained anew."""
    if run.state is not RunState.FINISHED or run.uploaded or not learns(run.config):
        return
    shipped = manager().is_shipped(run)
    with st.popover("More epochs", type="tertiary", key="further", help="Train it for longer"):
        more = st.number_input("More epochs", value=usual(run.epochs_done), step=1, key=f"more-{run.id}", width=200)
        whole = f"{many(run.epochs_done + more, 'epoch')} in all"
        if shipped:
            told = f"It came with the app without its last state, so it is trained anew: {whole}."
        else:
            told = f"{_which(run)} goes on: {whole}, as if it had been asked for them at first."
        st.caption(told, width=280)
        word = "Train anew" if shipped else "Go on"
        if st.button(word, type="primary", icon=":material/play_arrow:", key=f"further-{run.id}"):
            longer(run, more)
            st.rerun()


def _which(run: Run) -> str:
    """The run, or a copy where it is not this person's alone: the beginning of a sentence."""
    if anothers(run):
        return "Another person started this run, so a copy of it"
    return f"{joined_words(run)}, so a copy of it" if run.joined and shared() else "The same run"


def usual(done: int) -> int:
    """About as many again, in a round number.

    >>> [usual(done) for done in (1, 4, 25, 100)]
    [1, 2, 25, 100]
    """
    return max(step for step in STEPS if step <= max(1, done))


def longer(run: Run, more: int) -> None:
    """So many epochs more: one's own run goes on, another's as a copy; one that came with the app is trained anew."""
    if manager().is_shipped(run):
        _train(run, [("epochs", run.epochs_done + more)])
        return
    with notice.acting():
        identifier = manager().extend(run.id, run.epochs_done + more, who(), copy=anothers(run))
        if identifier != run.id:
            show(identifier)


def apply(run: Run, cure: Remedy) -> None:
    """Do what a finding advises: the recipe is changed and trained, the run goes on, or a finished one is opened."""
    if cure.preset and cure.preset in manager().gallery():
        notice.act()
        show(manager().gallery()[cure.preset].id)
    elif cure.epochs:
        longer(run, cure.epochs)
    else:
        _train(run, list(cure.changes))


def _train(run: Run, changes: list[tuple[str, object]]) -> None:
    """The run's recipe, changed, on screen and in training at once; where its images are missing the recipe alone."""
    with notice.acting():
        draft.load(run.preset or FIRST_PRESET, vary_all(run.config, changes))
        if present(run.config.data.name):
            start()
