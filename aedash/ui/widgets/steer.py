"""What a person can do with a run from any page: show, start, pause, go on, stop."""

from collections.abc import Callable, Iterable

import streamlit as st

from aedash.config import vary
from aedash.events import RunState
from aedash.history import History, Run
from aedash.presets.base import preset
from aedash.registry import Refused
from aedash.training import twins
from aedash.training.joining import equal_run
from aedash.training.plan import Plan
from aedash.ui.desk.manager import manager
from aedash.ui.shell import notice
from aedash.ui.shell.notice import Answer
from aedash.ui.shell.visitor import anothers, shared, visitor, who
from aedash.ui.widgets import draft
from aedash.ui.widgets.run_words import age, duration

SETTLE_SECONDS = 0.5
NOT_YOURS = "Another person started this run; only they can stop, pause or change it."
PASSED = "Others watch this run as theirs: now it is theirs, and stays."


def show(identifier: str) -> None:
    """Make this the run of the session, or none."""
    st.session_state.update(run=identifier, opened="")


def start() -> None:
    """Show the run of the recipe: queued now, or the one that trains it, or has trained it, and then that is told.

    A refusal becomes the sentence in the slot.
    """
    if notice.untold():  # of a value that was refused in the same moment: the click meant that one
        return
    with notice.acting():
        begun = manager().submit_or_join(_plan())
        _opened(begun.run)
        if not begun.new:
            word = "Train it again" if begun.run.owner == visitor() else "Train your own"
            offered = begun.run.state.alive and anothers(begun.run)  # beside its Stop
            notice.ask(_is_there(begun.run), *([] if offered else [Answer(word, own)]))


def own() -> None:
    """Train the recipe all the same, with the next seed that it is not trained with yet, and show that run."""
    with notice.acting():
        before = draft.draft().seed
        run = manager().run(manager().submit_next(_plan()))
        draft.load(st.session_state.preset, run.config)
        _opened(run)
        repeats = f"with seed {before} this recipe is there already, and would only repeat itself"
        notice.ask(f"Seed {run.config.seed}: {repeats}.")


def again() -> None:
    """Train the recipe of the run on screen once more: a result that is whole would only repeat itself."""
    try:
        shown = manager().run(st.session_state.get("run", ""))
    except Refused:  # another tab has deleted it
        return start()
    repeats = not manager().is_shipped(shown) and equal_run([shown], draft.draft())
    return own() if repeats else start()


def replay(identifier: str) -> None:
    """Queue a run that repeats this one, changes and all, and show it."""
    with notice.acting():
        show(manager().replay(identifier, visitor()))


def slower(identifier: str) -> None:
    """Fork a run that diverged at a tenth of its learning rate, or train it so from the start, and show the new run."""
    with notice.acting():
        run = manager().run(identifier)
        if run.epochs_done:
            show(twins.slower(manager(), run, visitor()))
        else:
            calmer = vary(run.config, twins.RATE, twins.calmer_rate(run))
            show(manager().submit(calmer, run.preset, visitor()))


def pause(identifier: str) -> None:
    """Pause and wait for it, so that the button shows what is."""
    _steer(identifier, manager().pause, lambda history: history.state.state is not RunState.RUNNING)


def resume(identifier: str) -> None:
    """Go on."""
    _steer(identifier, manager().resume, lambda history: history.state.state is RunState.RUNNING)


def stop(identifier: str) -> None:
    """Stop, keep the weights; one that others joined goes on as theirs, and that is told."""
    with notice.acting():
        if manager().stop(identifier, who()):
            manager().wait(identifier, lambda history: not history.state.state.alive, SETTLE_SECONDS)
        else:
            notice.ask(PASSED)


def each(act: Callable[[Run], object], runs: Iterable[Run]) -> None:
    """Do it to every run; what refuses, because another tab was quicker, say, keeps the others from nothing.

    act: gives False for a run that others joined and that now is theirs. The first refusal is told, else that.
    """
    notice.act()
    refused, passed = [], False
    for run in runs:
        try:
            passed |= act(run) is False
        except Refused as error:
            refused.append(str(error))
    if refused:
        notice.say(refused[0])
    elif passed:
        notice.ask(PASSED)


def why_not(run: Run) -> str | None:
    """Why a run under way cannot be steered from here, in a sentence; None where it can."""
    if anothers(run):
        return NOT_YOURS
    return None if run.own else "Another process trains this run; it can be steered only there."


def _steer(identifier: str, command: Callable[..., None], done: Callable[[History], bool]) -> None:
    with notice.acting():
        command(identifier, who=who())
        manager().wait(identifier, done, SETTLE_SECONDS)


def _plan() -> Plan:
    """The recipe as a run of this visitor."""
    config, name = draft.draft(), st.session_state.preset
    same = preset(name).config.architecture == config.architecture
    return Plan(config, name if same else "", owner=visitor())


def _opened(run: Run) -> None:
    """Make this the run of the session, whose recipe is there already."""
    st.session_state.update(run=run.id, opened=run.id)


def _is_there(run: Run) -> str:
    """That the recipe is trained, or was, by whom and since when, in a sentence that stays true."""
    theirs = "another person started" if shared() and run.owner else "was started"
    whose = "you started" if run.owner == visitor() else theirs
    when = duration(age(run))
    if run.state.alive:
        what = "waiting for" if run.state is RunState.QUEUED else "watching"
        return f"You are {what} the run that {whose} {when} earlier, with the same recipe and seed."
    return f"This is the run that {whose} {when} earlier: the recipe is trained already, with the same seed."
