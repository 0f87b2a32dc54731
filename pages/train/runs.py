import streamlit as st

from aedash.ui import run_table
from aedash.ui.server import manager

st.title("Runs", anchor=False)
runs = manager().runs()
chosen = run_table.table(runs)
run_table.actions(chosen)
run_table.unreadable(manager().store.unreadable, manager().store.notice)
