"""The notice: the one sentence that a person is told of what was refused. It stands until they do something else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from aedash import words
from aedash.registry import Refused
from aedash.ui.shell import frame

SENTENCE, SHOWN, ACTED = "notice", "notice_shown", "acted"  # keys of the session


def say(sentence: str) -> None:
    """Tell this from now on; empty: nothing."""
    st.session_state[SENTENCE] = sentence
    st.session_state[SHOWN] = False


def unread(names: Sequence[str]) -> str:
    """Which parameters of a link were left out, in one sentence; empty when none."""
    were = "was" if len(names) == 1 else "were"
    return f"The link's {words.listed(names)} could not be read and {were} left out." if names else ""


def sentence() -> str:
    """What stands there; empty when nothing does."""
    return str(st.session_state.get(SENTENCE, ""))


def shown() -> str:
    """HTML of the sentence, which is hereby told; empty when there is none."""
    st.session_state[SHOWN] = True
    return frame.problem(sentence()) if sentence() else ""


def untold() -> bool:
    """Whether a sentence stands there that nobody can have read yet."""
    return bool(sentence()) and not st.session_state[SHOWN]


def leave() -> None:
    """Another page was opened: what was told before is forgotten, what that page was opened with is not."""
    if st.session_state.get(SHOWN):
        say("")


def act() -> None:
    """A person did something: what was told is settled."""
    st.session_state[ACTED] = True
    say("")


def acted() -> bool:
    """Whether a person did something since this was last asked."""
    return bool(st.session_state.pop(ACTED, False))


@contextmanager
def acting() -> Iterator[None]:
    """Around what a person asked for: a refusal becomes the sentence."""
    act()
    try:
        yield
    except Refused as error:
        say(str(error))
