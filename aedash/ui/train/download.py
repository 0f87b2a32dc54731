"""The offer to download a data set that is not there."""

import streamlit as st

from aedash import registry
from aedash.data.image_data import Dataset, Missing, Unavailable
from aedash.settings import Settings
from aedash.ui.shell import frame
from aedash.ui.widgets import draft


def data_needed(name: str) -> None:
    """Offer the download of a dataset that is not there, or not as it should be; digits always are."""
    entry = registry.datasets.get(name)
    trouble = _trouble(entry)
    if entry.fetch is None or trouble is None:
        return
    failed = st.session_state.get(f"fetch_failed-{name}", "") or ("" if isinstance(trouble, Missing) else str(trouble))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_needed"):
        st.html(frame.problem(failed) if failed else frame.note(str(trouble)))
        again = "Retry" if failed else f"Download {entry.info.title}"
        wanted = st.button(again, icon=":material/download:", width="content")
        st.button("Use digits instead", on_click=draft.use_digits, width="content")
    if wanted:
        _download(entry)


def _trouble(entry: Dataset) -> Unavailable | None:
    """Why a dataset cannot be used, if it cannot."""
    try:
        entry.check(Settings().data_dir)
    except Unavailable as error:
        return error
    return None


def _download(entry: Dataset) -> None:
    bar = st.progress(0.0, f"Downloading {entry.info.title}")

    def progress(done: int, total: int) -> None:
        bar.progress(min(1.0, done / total), f"Downloading {entry.info.title}")

    try:
        if entry.fetch:
            entry.fetch(Settings().data_dir, progress)
        st.session_state[f"fetch_failed-{entry.info.name}"] = ""
    except Unavailable as error:
        st.session_state[f"fetch_failed-{entry.info.name}"] = str(error)
    st.rerun()
