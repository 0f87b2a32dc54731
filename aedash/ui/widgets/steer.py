"""What a person can do with a run from any page: show, start, pause, go on, stop."""

from collections.abc import Callable, Collection
from functools import partial

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
from aedash.ui.shell.visitor import anothers, mine, visitor
from aedash.ui.widgets import draft
from aedash.ui.widgets.run_words import age, duration

SETTLE_SECONDS = 0.5


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
            word = "Train it again" if mine(begun.run) else "Train your own"
            notice.ask(_is_there(begun.run), Answer(word, own))


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
    steer = partial(_steer, identifier, manager().pause, lambda history: history.state.state is not RunState.RUNNING)
    ask_first("Pause", steer, identifier)


def resume(identifier: str) -> None:
    """Go on."""
    steer = partial(_steer, identifier, manager().resume, lambda history: history.state.state is RunState.RUNNING)
    ask_first("Go on with", steer, identifier)


def stop(identifier: str) -> None:
    """Stop, keep the weights."""
    command = partial(manager().stop, visitor=visitor())
    steer = partial(_steer, identifier, command, lambda history: not history.state.state.alive)
    ask_first("Stop", steer, identifier)


def why_not(run: Run) -> str | None:
    """Why a run under way cannot be steered from here, in a sentence; None where it can."""
    return None if run.own else "Another process trains this run; it can be steered only there."


def ask_first(verb: str, act: Callable[[], object], *identifiers: str) -> None:
    """Do to runs what everybody will see: at once, but where another visitor started one, once that is confirmed.

    verb: as it stands before "it": Stop, Go on with.
    """
    notice.act()
    theirs, them = others(identifiers), "it" if len(identifiers) == 1 else "them"
    if not theirs:
        act()
        return
    one = "This run was started by another visitor."
    several = f"{theirs} of these {len(identifiers)} runs were started by other visitors."
    asked = f"{one if len(identifiers) == 1 else several} {verb} {them} for everybody?"
    notice.ask(asked, Answer(f"{verb} {them}", act), Answer(f"Leave {them}", notice.act))


def others(identifiers: Collection[str]) -> int:
    """How many of the runs another visitor started; one that is gone is nobody's."""
    return sum(run.id in identifiers and anothers(run) for run in manager().runs())


def _steer(identifier: str, command: Callable[[str], None], done: Callable[[History], bool]) -> None:
    with notice.acting():
        command(identifier)
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
    who = "you started" if mine(run) else "another visitor started" if run.owner else "was started"
    when = duration(age(run))
    if run.state.alive:
        what = "waiting for" if run.state is RunState.QUEUED else "watching"
        return f"You are {what} the run that {who} {when} earlier, with the same recipe and seed."
    return f"This is the run that {who} {when} earlier: the recipe is trained already, with the same seed."
