"""Weights as files: a run's own to take along, and a dialog that makes a run of somebody's."""

from functools import partial

import streamlit as st

from aedash import registry, words
from aedash.analysis.trained import written
from aedash.config import RunConfig
from aedash.formatting import number
from aedash.history import Run
from aedash.registry import Refused
from aedash.store.header import LARGEST, read_head
from aedash.training import imported
from aedash.training.imported import ABOUT, LARGEST_CONFIG, Claim, Imported
from aedash.training.keeping import kept
from aedash.training.room import Ask
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.background import forgotten
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice
from aedash.ui.shell.uploader import let_go, uploader
from aedash.ui.shell.uploads import MB
from aedash.ui.shell.visitor import visitor
from aedash.ui.widgets import draft, exploring
from aedash.ui.widgets.measured import errors
from aedash.ui.widgets.steer import show

KEY, CONFIG_KEY = "weights-file", "weights-config"
OPEN = "weights-open"  # where the dialog was opened, while it is
ON_SCREEN, FILE = "The recipe on Train", "A JSON file"
WHAT = (
    "A safetensors file: as “Weights” on Train gives it, or any other, with its recipe. Nothing in it is run as code."
)


def take_along(run: Run) -> None:
    """A button that gives the run's best weights as one file; nothing while there are none."""
    if written(run):
        st.download_button(
            "Weights",
            partial(imported.exported, run),
            f"aedash-{run.id}.safetensors",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help="The best weights with their recipe, as one safetensors file: for PyTorch, and to upload here again",
            key=f"weights-{run.id}",
        )


def bring(key: str, word: str = "Upload weights") -> None:
    """A button that opens the dialog."""
    if st.button(word, icon=":material/upload:", type="tertiary", key=key, help="Make a run of weights in a file"):
        st.session_state[OPEN] = key
    if st.session_state.get(OPEN) == key:
        _dialog()


def _close() -> None:
    st.session_state[OPEN] = ""


@st.dialog("Upload weights", on_dismiss=_close)
def _dialog() -> None:
    st.caption(WHAT)
    file = uploader("Weights", KEY, LARGEST // MB, ["safetensors"])
    if file is None:
        return
    try:
        content = file.getvalue()
        bare = ABOUT not in read_head(content).metadata
        config = _chosen() if bare else None
        if bare and config is None:
            return
        claim = imported.claimed(content, manager().settings, config)
    except Refused as error:
        st.html(frame.problem(str(error)))
        return
    desk, key = Desk(), ("imported", claim.digest, claim.config.key())
    found = desk.look(key, partial(imported.measured, claim, content, manager().settings), long=True)
    if found:
        _offered(found)
        if st.button("Keep it as a run", type="primary", icon=":material/check:", key="weights-keep"):
            run = _kept(found)
            let_go(KEY, file)
            forgotten(key)
            _close()
            if run is not None:
                exploring.go(run)
            st.rerun()
    elif desk.refusals:
        st.html(frame.problem(" ".join(desk.refusals)))
    else:
        st.html(frame.note(f"{_name(claim)}: measured on the test images of {_data(claim)}."))
    awaited(desk, "weights")


def _chosen() -> RunConfig | None:
    """The recipe of a file that tells none; None until one is there."""
    how = st.segmented_control("Its recipe", [ON_SCREEN, FILE], default=ON_SCREEN, required=True, key="weights-recipe")
    if how != FILE:
        return draft.draft()
    file = uploader("Recipe", CONFIG_KEY, max(1, LARGEST_CONFIG // MB), ["json"])
    return imported.config_of(file.getvalue()) if file else None


def _offered(found: Imported) -> None:
    """What was measured, before anything is kept."""
    figures, denoises = found.figures["test"], found.claim.config.corruption.name != "none"
    told = ", ".join(f"test {label} {number(value)}" for label, value in errors(figures, denoises) if value is not None)
    st.html(frame.note(f"{_name(found.claim)}: {told}, measured on the test images of {_data(found.claim)}."))


def _kept(found: Imported) -> Run | None:
    """The run of it; None where that was refused, which the page then tells."""
    with notice.acting():
        manager().classroom.check_open([visitor()])
        with manager().room_for(Ask(visitor(), kept(found.claim.config).alone, what="this model")):
            run = imported.take_in(manager().store, found, visitor())
        manager().news.tell(run.id)
        show(run.id)
        return run
    return None


def _name(claim: Claim) -> str:
    return words.capital(imported.model_name(claim.config))


def _data(claim: Claim) -> str:
    return registry.datasets.get(claim.config.data.name).info.title
