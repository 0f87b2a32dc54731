"""aedash: the frame and the page table. Run it with `streamlit run app.py`."""

import streamlit as st

import aedash  # noqa: F401  (first: it sets what must be set before numpy and torch are imported)
from aedash.ui.frame import page_frame

page_frame()
pages = [
    st.Page("pages/home/home.py", title="Home", default=True),
    st.Page("pages/train/train.py", title="Train"),
    st.Page("pages/train/runs.py", title="Runs"),
]
st.navigation(pages, position="top").run()
