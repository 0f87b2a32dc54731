import streamlit as st

from aedash.ui.compare import board, selection

st.title("Compare", anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare_pickers"):
    models = selection.pick()
    family = board.family(models)
selection.others()
if models:
    board.live(models, family)
else:
    board.nothing()
