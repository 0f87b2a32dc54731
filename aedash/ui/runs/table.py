"""The table of all runs, and what can be done with one of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from aedash import registry
from aedash.formatting import count, number
from aedash.history import Run
from aedash.ui.desk.manager import manager
from aedash.ui.shell import frame, notice
from aedash.ui.widgets.measured import CLEAN, NOISY
from aedash.ui.widgets.run_words import duration, full_title
from aedash.ui.widgets.steer import resume, show, stop

NOISY_MSE, CLEAN_MSE = f"Test MSE, {NOISY}", f"Test MSE, {CLEAN}"


def table(runs: list[Run]) -> Run | None:
    """All runs, newest first; the chosen one, if any."""
    if not runs:
        frame.empty("No runs yet", "Train one on the Train page.", 220)
        return None
    st.caption(
        "Tick a run's box to open it, go on with it or delete it. Error is the mean square over test pixels on 0..1."
    )
    rows: dict[str, list[Any]] = {title: [cell(run) for run in runs] for title, cell in COLUMNS.items()}
    if not any(rows[NOISY_MSE]):
        del rows[NOISY_MSE]
    event = st.dataframe(
        rows,
        column_config={title: st.column_config.NumberColumn(format="%.3g") for title in (NOISY_MSE, CLEAN_MSE)},
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        placeholder="–",
        key=f"runs-{runs[0].id}-{len(runs)}",  # a new table, nothing chosen, once a run came or went
    )
    picked = event.selection.rows
    return runs[picked[0]] if picked and picked[0] < len(runs) else None


def actions(run: Run | None) -> None:
    """Open, resume, stop and delete."""
    if run is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="meta">{frame.pill(run)}<b>{escape(run.title)}</b><span>{run.id}</span></div>')
        if st.button("Open", type="primary", icon=":material/arrow_forward:"):
            show(run.id)
            st.switch_page("pages/train/train.py")
        if run.resumable:
            st.button("Go on with it", icon=":material/resume:", on_click=resume, args=(run.id,))
        if run.state.alive:
            st.button("Stop", icon=":material/stop:", on_click=stop, args=(run.id,), disabled=not run.own)
        else:
            with st.popover("Delete", icon=":material/delete:", width="content"):
                st.markdown("Its weights, curves and pictures are gone for good.")
                st.button("Delete this run", type="primary", on_click=_delete, args=(run.id,))
    if refused := notice.shown():
        st.html(refused)
    if run.sentence:
        st.caption(frame.literal(run.sentence))


def _delete(identifier: str) -> None:
    with notice.acting():
        manager().delete(identifier)
        if st.session_state.get("run") == identifier:
            show("")


def unreadable(folders: dict[str, str], repaired: str = "") -> None:
    """Folders that hold no run that this version can read, and what happened to the index."""
    if repaired:
        st.html(frame.note(repaired))
    for name, why in folders.items():
        st.html(frame.note(f"The folder {name[:60]} in the runs folder was left alone: {why}."))


def _age(run: Run) -> str:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(run.created)).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{max(0, seconds) / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago" if seconds < 86400 else f"{seconds / 86400:.0f} d ago"


COLUMNS: dict[str, Callable[[Run], Any]] = {
    "State": lambda run: run.state.capitalize(),
    "Model": lambda run: f"{full_title(run)}, changed on the way" if run.changes else full_title(run),
    "Data set": lambda run: registry.datasets.get(run.config.data.name).info.title,
    "Epochs": lambda run: f"{count(run.epochs_done)} of {count(run.config.epochs)}",
    "Test loss": lambda run: number(run.figures["test"].loss) if "test" in run.figures else None,
    NOISY_MSE: lambda run: run.figures["test"].mse_corrupted if "test" in run.figures else None,
    CLEAN_MSE: lambda run: run.figures["test"].mse if "test" in run.figures else None,
    "In training": lambda run: duration(run.seconds) if run.seconds else None,
    "Started": _age,
    "Run": lambda run: run.id,
}
