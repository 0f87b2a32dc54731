import streamlit as st

from aedash.ui.desk.manager import manager
from aedash.ui.runs import actions, listing, table
from aedash.ui.shell import frame, notice
from aedash.ui.widgets import rest, teacher

st.title("Runs", anchor=False)
runs = manager().runs()
if runs:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs_bar"):
        rows, found = listing.shown(runs, listing.search())
        bar = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content")
    line = st.container()
    chosen = table.table(rows)
    rest.offer(len(rows), found)
    with bar:
        actions.bar(chosen)
    with line:
        frame.slot(actions.said(chosen, len(rows), len(runs)))
        notice.question()
else:
    actions.nothing()
actions.unreadable(manager().store.unreadable, manager().store.notice)
teacher.entry()
