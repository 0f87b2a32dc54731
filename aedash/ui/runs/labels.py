"""Labels: name, note, tags, group and pin of the runs that are chosen, written in one go."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from aedash.history import Run
from aedash.store.folder import LETTERS, MOST_TAGS
from aedash.store.listing import Choices
from aedash.ui.desk.manager import manager
from aedash.ui.shell.visitor import who
from aedash.ui.widgets.steer import each

AS_THEY_ARE, NONE = "As they are", "No group"
FIELDS = "runs-label"  # key of the form; its widgets are named after it


def popover(runs: Sequence[Run], choices: Choices) -> None:
    """The button, and behind it the fields; Enter saves. runs: those that may be labelled."""
    with st.popover("Label", icon=":material/label:", disabled=not runs, width="content"):
        if not runs:
            st.caption("Tick a run first.")
            return
        key = f"{FIELDS}-{hash(tuple(run.id for run in runs))}-{hash(tuple(map(_labels, runs)))}"
        with st.form(key, border=False, enter_to_submit=True):
            if len(runs) == 1:
                st.text_input("Name", runs[0].name, LETTERS["name"], f"{key}-name", placeholder="In place of its title")
                st.text_area("Note", runs[0].note, max_chars=LETTERS["note"], key=f"{key}-note", height=90)
            _tags(runs, choices, key)
            _group(runs, choices, key)
            st.form_submit_button("Save", type="primary", on_click=_save, args=(runs, key))


def _labels(run: Run) -> tuple[Any, ...]:
    return run.name, run.note, run.tags, run.group


def _shared_tags(runs: Sequence[Run]) -> list[str]:
    """Tags that all of them have."""
    return [tag for tag in runs[0].tags if all(tag in run.tags for run in runs)]


def _tags(runs: Sequence[Run], choices: Choices, key: str) -> None:
    st.multiselect(
        "Tags" if len(runs) == 1 else "Tags of all of them",
        sorted({*choices.tag, *_shared_tags(runs)}),
        _shared_tags(runs),
        key=f"{key}-tags",
        accept_new_options=True,
        max_selections=MOST_TAGS,
        placeholder="Type a new one",
        format_func=lambda tag: tag,
    )


def _group(runs: Sequence[Run], choices: Choices, key: str) -> None:
    groups = {run.group for run in runs}
    now = (groups.pop() or NONE) if len(groups) == 1 else AS_THEY_ARE
    options = list(dict.fromkeys([now, NONE, *sorted(choices.group)]))
    st.selectbox("Group", options, 0, key=f"{key}-group", accept_new_options=True, placeholder="Type a new one")


def _save(runs: Sequence[Run], key: str) -> None:
    typed = {name: st.session_state.get(f"{key}-{name}") for name in ("name", "note", "tags", "group")}
    before, after = _shared_tags(runs), list(typed["tags"] or ())
    group = {AS_THEY_ARE: None, NONE: ""}.get(str(typed["group"]), typed["group"])

    def label(run: Run) -> None:
        kept = [tag for tag in run.tags if tag in after or tag not in before]
        tags = [*kept, *(tag for tag in after if tag not in kept)]
        manager().label(run.id, who(), name=typed["name"], note=typed["note"], tags=tags, group=group)

    each(label, runs)


def pin(runs: Sequence[Run], pinned: bool) -> None:
    """Keep these from being removed to make room, or no longer."""
    each(lambda run: manager().label(run.id, who(), pinned=pinned), runs)
