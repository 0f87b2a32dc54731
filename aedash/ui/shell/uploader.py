"""The uploader of pages: while it is drawn, and only then, the server takes a file of this session."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aedash.ui.desk.manager import manager
from aedash.ui.shell.upload_door import uploads
from aedash.ui.shell.uploads import MB
from aedash.ui.shell.visitor import visitor


def uploader(label: str, key: str, megabytes: int, kinds: Sequence[str]) -> UploadedFile | None:
    """The file that lies in an uploader drawn here; None before one does, and after `let_go`.

    megabytes: of a file at most, where the server's settings allow as many; kinds: endings of names, which the browser
    asks for and nobody else checks. Whoever has stored the file says so by `let_go`: it lies in the server's memory.
    """
    most = largest(megabytes)
    session, round_ = _session(), st.session_state.get(_rounds(key), 0)
    uploads.waits(session, visitor(), key, most * MB)
    file = st.file_uploader(label, list(kinds), key=f"{key}-{round_}", max_upload_size=most)
    if file is not None:
        uploads.waits(session, visitor(), key, most * MB, file.file_id)
    return file


def let_go(key: str, file: UploadedFile) -> None:
    """What was uploaded is stored, or no longer wanted: free its memory, and empty the uploader at the next drawing."""
    uploads.release(_session(), file.file_id)
    st.session_state[_rounds(key)] = st.session_state.get(_rounds(key), 0) + 1


def largest(megabytes: int) -> int:
    """So many MB, or what the server's settings allow."""
    return max(1, min(megabytes, manager().settings.max_upload, int(st.get_option("server.maxUploadSize"))))


def opens() -> None:
    """The page begins: see `Uploads.opens`."""
    uploads.opens(_session())


def settled() -> None:
    """The page is drawn, whole: see `Uploads.settled`."""
    uploads.settled(_session())


def _session() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _rounds(key: str) -> str:
    return f"{key}-round"
