"""Which run the Train page shows, and its address."""

from contextlib import suppress

import streamlit as st

from aedash.history import Run
from aedash.registry import Refused
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame, notice
from aedash.ui.shell.links import FIRST_PRESET, TrainView
from aedash.ui.widgets import draft
from aedash.ui.widgets.run_words import title
from aedash.ui.widgets.steer import show


def current_run() -> Run | None:
    """The run that the address or this session names; its config becomes the recipe when it is opened."""
    query = address.wish()
    if query is not None and {"run", "preset", "set"} & query.keys():
        _wished(query)
    asked = st.session_state.get("run", "")
    if not asked:
        return None
    try:
        run = manager().run(asked)
    except Refused as error:
        st.session_state.run = ""
        notice.say(str(error))
        return None
    if st.session_state.get("opened") != run.id:
        _open(run, TrainView(run.id))
    _follow(run)
    return run


def _follow(run: Run) -> None:
    """A run that goes on for more epochs has another recipe; so has whoever looks at it and has not changed his."""
    before: Run | None = st.session_state.get("seen")
    if before and before.id == run.id and before.config != run.config and draft.draft() == before.config:
        draft.load(run.preset or FIRST_PRESET, run.config)
    st.session_state.seen = run


def _wished(query: dict[str, list[str]]) -> None:
    """Show what the address asks for: a run, with what was changed in its recipe, or a recipe."""
    view = TrainView.from_query(query)
    show(view.run)
    if view.run:
        with suppress(Refused):
            _open(manager().run(view.run), view)
    else:
        draft.wished(query)
        notice.say(view.notice)


def _open(run: Run, view: TrainView) -> None:
    view = view.tried(run.config)
    draft.load(run.preset or FIRST_PRESET, view.config(run.config), view.notice)
    st.session_state.opened = run.id


def write_link(run: Run | None) -> None:
    """The address of what is on screen: a run, or none, and the recipe."""
    config = draft.draft()
    address.write(TrainView.of(run, st.session_state.preset, config).to_query())


def say_title(run: Run | None) -> None:
    """The browser's tab and the page's heading name the run that is shown."""
    name = title(run) if run else ""
    frame.tab_title(name, "Train")
    frame.unseen_title(f"Train: {name}" if name else "Train")
