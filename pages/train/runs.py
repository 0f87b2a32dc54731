import streamlit as st

from aedash.ui.desk.manager import manager
from aedash.ui.runs import table

st.title("Runs", anchor=False)
runs = manager().runs()
chosen = table.table(runs)
table.actions(chosen)
table.unreadable(manager().store.unreadable, manager().store.notice)
