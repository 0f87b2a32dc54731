"""Mounts the wipe slider with two plain sheets; the button brings others, as a page does when models change."""

from pathlib import Path

import numpy as np
import streamlit as st

import aedash
from aedash.figures.compare import contact
from aedash.ui.components.source import deliver
from aedash.ui.components.wipe import Side, Wipe, wipe

st.set_page_config(page_title="wipe", page_icon="🧪", layout="wide")
deliver()
st.html(f"<style>{(Path(aedash.__file__).parent / 'ui' / 'style.css').read_text('utf-8')}</style>")


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
