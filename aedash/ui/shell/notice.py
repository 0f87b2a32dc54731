"""The notice: what a person is told of what was refused, or is asked. It stands until they do something."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from aedash import words
from aedash.registry import Refused
from aedash.ui.shell import frame

# keys of the session
SENTENCE, QUESTION, SHOWN, ACTED = "notice", "question", "notice_shown", "acted"


@dataclass(frozen=True)
class Answer:
    """A button beside a question: what it says, and what a press does."""

    word: str
    act: Callable[[], object]


def say(sentence: str) -> None:
    """Tell this from now on; empty: nothing."""
    st.session_state[SENTENCE] = sentence
    st.session_state[QUESTION] = ("", ())
    st.session_state[SHOWN] = False


def ask(sentence: str, *answers: Answer) -> None:
    """Ask this from now on, or tell it as something good to know."""
    say("")
    st.session_state[QUESTION] = (sentence, answers)


def question() -> None:
    """Draw what is asked, with its answers; nothing while nothing is."""
    asked, answers = st.session_state.get(QUESTION, ("", ()))
    if not asked:
        return
    st.session_state[SHOWN] = True
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="question"):
        st.html(frame.note(asked), width="stretch")
        for answer in answers:
            st.button(answer.word, on_click=answer.act, width="content")


def asked() -> bool:
    """Whether something is asked, or told as good to know."""
    return bool(st.session_state.get(QUESTION, ("", ()))[0])


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
