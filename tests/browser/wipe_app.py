"""Mounts the wipe slider with two plain sheets; the button brings others, as a page does when models change."""

import numpy as np
import streamlit as st

from aedash.figures.compare import contact
from aedash.ui.components.source import deliver
from aedash.ui.components.wipe import Side, Wipe, wipe
from aedash.ui.shell.first_paint import sheet as sheet_of_styles

st.set_page_config(page_title="wipe", page_icon="🧪", layout="wide")
deliver()
st.html(f"<style>{sheet_of_styles()}</style>")


def sheet(value: int) -> str:
    """Twelve tiles of one grey."""
    return contact(np.full((12, 28, 28), value, np.uint8), 6)


other = st.session_state.get("other", False)
if st.button("Others"):
    st.session_state.other = other = True
names = ("C <b>x</b>", "D") if other else ("A", "B")
left, right = (
    Side(name, sheet(value), color) for name, value, color in zip(names, (0, 255), ("#2D84FF", ""), strict=True)
)
with st.container(width=480):
    wipe(Wipe(left, right, 6, 2, "12 test images"), key="wipe")
