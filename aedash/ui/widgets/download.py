"""The offer to download a data set that is not there: on every page that would show its images."""

import streamlit as st

from aedash import registry
from aedash.data.image_data import Dataset, Missing, Unavailable
from aedash.data.sources import FILES, SOURCES
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame
from aedash.ui.widgets import draft


def offer(name: str, otherwise: str = "", digits: bool = False) -> None:
    """Offer the download of a data set that is not there, or not as it should be; the bundled digits always are.

    otherwise: what the page shows without it, in a sentence. digits: whether the recipe may take the digits instead.
    """
    entry = registry.datasets.get(name)
    trouble = _trouble(entry)
    if trouble is None:
        return
    if entry.fetch is None:
        st.html(frame.problem(f"{trouble} {otherwise}".strip()))
        return
    failed = st.session_state.get(f"fetch_failed-{name}", "") or ("" if isinstance(trouble, Missing) else str(trouble))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"data_needed-{name}"):
        st.html(frame.problem(failed) if failed else frame.note(f"{trouble} {otherwise}".strip()))
        again = "Retry" if failed else f"Download {entry.info.title}"
        wanted = st.button(again, key=f"fetch-{name}", icon=":material/download:", width="content")
        with st.popover("By hand", width="content"):
            st.markdown(_by_hand(entry.info.title))
        if digits:
            st.button("Use digits instead", on_click=draft.use_digits, width="content")
    if wanted:
        _download(entry)


def _by_hand(title: str) -> str:
    """Markdown: which files, from where they may come, and where they belong."""
    files = "\n".join(f"- `{file}.gz`" for file in FILES)
    return (
        f"On a machine without a network, bring the {len(FILES)} files of {title} ({SOURCES[title].volume}), packed or "
        f"unpacked:\n\n{files}\n\nPut them into the folder `{title}/raw` of the data folder: `data`, where the app was "
        "started, or what `AEDASH_DATA_DIR` says. They are used as soon as they are there."
    )


def _trouble(entry: Dataset) -> Unavailable | None:
    """Why a dataset cannot be used, if it cannot."""
    try:
        entry.check(manager().settings.data_dir)
    except Unavailable as error:
        return error
    return None


def _download(entry: Dataset) -> None:
    bar = st.progress(0.0, f"Downloading {entry.info.title}")

    def progress(done: int, total: int) -> None:
        bar.progress(min(1.0, done / total), f"Downloading {entry.info.title}")

    try:
        if entry.fetch:
            entry.fetch(manager().settings.data_dir, progress)
        st.session_state[f"fetch_failed-{entry.info.name}"] = ""
    except Unavailable as error:
        st.session_state[f"fetch_failed-{entry.info.name}"] = str(error)
    st.rerun()
