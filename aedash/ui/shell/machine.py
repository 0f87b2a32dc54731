"""The machine's load, for who wonders why it is slow: looked at when somebody asks."""

from typing import Any

import streamlit as st

from aedash.formatting import count, percent, size
from aedash.training.device import gpu_memory
from aedash.ui.desk import health
from aedash.ui.desk.manager import manager


def popover() -> None:
    """A small button that opens the figures."""
    how: dict[str, Any] = {"icon": ":material/memory:", "type": "tertiary", "on_change": "rerun"}
    box = st.popover("", help="Load of the machine", key="machine", **how)
    if box.open:
        with box:
            st.fragment(_figures)()


def _figures() -> None:
    now, (running, queue) = health.load(), manager().load
    rows = {
        "Cores": f"{percent(now.busy)} of {count(now.cores)} busy",
        "Memory": f"{size(now.memory)} of {size(now.of)}",
        "This app and its runs": size(now.process),
        "Runs": f"{count(running)} training, {count(queue)} waiting",
        "Disk left": size(health.disk_left(manager().settings.runs_dir)),
    }
    if gpu := gpu_memory():
        rows["GPU memory"] = f"{size(gpu[0])} of {size(gpu[1])}"
    body = "".join(f'<tr><th scope="row">{what}</th><td>{value}</td></tr>' for what, value in rows.items())
    st.html(f'<table class="machine">{body}</table>')
    st.caption("Of the whole machine, as it was a moment ago. Runs are slow where cores or memory are full.")
    st.button("Look again", icon=":material/refresh:", key="machine-again")
