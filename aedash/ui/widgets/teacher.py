"""The teacher's desk: on a shared server with a key, at the foot of the Runs page, and what others see of it."""

import streamlit as st

from aedash.formatting import many
from aedash.registry import Refused
from aedash.training import clearing
from aedash.training.classroom import PAUSED
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice
from aedash.ui.shell.notice import Answer
from aedash.ui.shell.visitor import shared, visitor, who

KEY, REFUSED, FREEZE = "teacher-key", "teacher-refused", "teacher-freeze"  # keys of the session
LETTERS = 200  # of a key
FOR_WHAT = (
    "For whoever leads the class: with the server's key, all runs can be stopped, new ones paused, the list cleared."
)


def paused() -> None:
    """A line where this person cannot start runs, before they press Start; nothing where they can."""
    if manager().classroom.frozen and not who().free:
        st.html(frame.note(f"{PAUSED} What runs or waits goes on, and all of it can be looked at."))


def entry() -> None:
    """The way in, or the desk; nothing where nobody can be the teacher."""
    if not shared() or not manager().classroom.has_key:
        return
    with st.popover("Teacher", icon=":material/school:", type="tertiary", width="content", key="teacher"):
        if who().teacher:
            _desk()
        else:
            _door()


def _door() -> None:
    st.caption(FOR_WHAT, width=280)
    with st.form("teacher-door", border=False):
        st.text_input("Key", type="password", max_chars=LETTERS, key=KEY, autocomplete="off", width=240)
        st.form_submit_button("Enter", on_click=enter)
    if refused := st.session_state.get(REFUSED):
        st.html(frame.problem(refused))


def _desk() -> None:
    st.caption("This browser may do everything with every run, until the server ends.", width=280)
    frozen = manager().classroom.frozen
    st.toggle("Others start no runs", frozen, key=f"{FREEZE}-{frozen}", on_change=freeze, args=(not frozen,))
    st.button("Stop all runs of others", icon=":material/stop:", on_click=stop, width=260)
    st.button("Clear the board", icon=":material/delete_sweep:", on_click=ask, width=260)
    st.button("Be a student again", icon=":material/logout:", on_click=leave, width=260)


def enter() -> None:
    """Make this browser the teacher, if the key that was typed is the server's."""
    key = str(st.session_state.get(KEY, ""))
    st.session_state.update({KEY: "", REFUSED: ""})
    notice.act()
    try:
        manager().classroom.enter(visitor(), key)
    except Refused as error:
        st.session_state[REFUSED] = str(error)


def leave() -> None:
    """Be as everybody else."""
    notice.act()
    manager().classroom.leave(visitor())


def freeze(frozen: bool) -> None:
    """Let nobody else start runs, or let them again."""
    with notice.acting():
        manager().classroom.freeze(who(), frozen)


def stop() -> None:
    """Stop what others have running or waiting."""
    with notice.acting():
        clearing.stop_others(manager(), who())


def ask() -> None:
    """What clearing would do, in figures, before it is done."""
    runs = clearing.of_others(manager(), who())
    alive = sum(run.state.alive for run in runs)
    over = len(runs) - alive
    parts = ((f"stop {many(alive, 'run')}", alive), (f"delete {many(over, 'run')}", over))
    sentence = " and ".join(told for told, count in parts if count)
    notice.ask(
        f"Clear the board of others: {sentence}?" if runs else "Others have no runs here.",
        Answer("Clear the board", clear),
        Answer("Keep them", notice.act),
    )


def clear() -> None:
    """Stop what others have under way, and delete what is over."""
    with notice.acting():
        clearing.clear(manager(), who())
