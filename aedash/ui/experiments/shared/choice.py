"""Which experiment a question's page shows: the one of the address, the one last shown, else the newest answer."""

import streamlit as st

from aedash.registry import Refused
from aedash.sweep import Sweep
from aedash.ui.desk.manager import manager, run_of
from aedash.ui.experiments.shared.asked import asked
from aedash.ui.shell import address, notice
from aedash.ui.shell.visitor import shared, visitor

QUESTION = "question"  # the parameter that says which of a page's questions is meant
NEWEST, NEW = "newest", ""  # beside ids of experiments: the newest answer, the recipe of the next


def chosen(question: str) -> Sweep | None:
    """The experiment to show; None: the recipe of the next. question: id of the one that the page answers.

    An address that names the question alone asks for its newest answer, one with a field of the recipe for the recipe.
    """
    query = address.wish()
    if query is not None:
        recipe = any(name != QUESTION and not name.startswith(address.LOOK) for name in query)
        st.session_state[_shown()] = query["sweep"][-1] if query.get("sweep") else NEW if recipe else NEWEST
    wanted = st.session_state.get(_shown(), NEWEST)
    if wanted == NEWEST:
        found = newest(question)
        if found is None and (trouble := manager().shipped_trouble().get(question)):
            notice.say(trouble)
        show(found)
        wanted = st.session_state[_shown()]
    if wanted == NEW:
        return None
    try:
        return manager().sweep(wanted)
    except Refused as error:
        refuse(str(error))
        return None


def newest(question: str) -> Sweep | None:
    """The newest finished answer of this person's, else the one that comes with the app; None where there is none."""
    return next((each for each in earlier(question) if _answered(each)), None)


def earlier(question: str) -> list[Sweep]:
    """All experiments that ask it, newest first, then what comes with the app."""
    return [each for each in manager().sweeps() if asked(each).id == question]


def _answered(sweep: Sweep) -> bool:
    """Whether what is left of its runs has ended with figures, and nobody else began it."""
    theirs = shared() and not manager().is_shipped(sweep) and sweep.owner != visitor()
    runs = [run for identifier in sweep.runs if (run := run_of(identifier))]
    return bool(runs) and not theirs and all("test" in run.figures and not run.state.alive for run in runs)


def show(sweep: Sweep | None) -> None:
    """Make this the experiment of the page; None: none, the recipe of the next."""
    st.session_state[_shown()] = sweep.id if sweep else NEW


def _shown() -> str:
    return f"sweep-{address.page()}"


def refuse(sentence: str) -> None:
    """Say why the experiment of the address cannot be shown on this page, which then offers its recipe."""
    notice.say(sentence)
    show(None)
