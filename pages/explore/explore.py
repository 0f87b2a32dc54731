import streamlit as st

from aedash.ui.explore import board, choice
from aedash.ui.shell import frame, notice

frame.unseen_title("Explore")
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore_bar"):
    run = choice.chosen()
    if run:
        choice.points(run)
if run:
    board.panel(run)
else:
    frame.slot(notice.shown())
    frame.empty("No model yet", "Train one on the Train page: it can be explored from the end of its first epoch.", 300)
