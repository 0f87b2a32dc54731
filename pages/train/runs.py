import streamlit as st

from aedash.ui.desk.manager import manager
from aedash.ui.runs import actions, listing, table
from aedash.ui.shell import frame, notice

st.title("Runs", anchor=False)
runs = listing.listed(manager().runs())
if runs:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs_bar"):
        shown = listing.found(runs, listing.search())
        bar = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content")
    line = st.container()
    chosen = table.table(shown)
    with bar:
        actions.bar(chosen)
    with line:
        frame.slot(actions.said(chosen, len(shown), len(runs)))
        notice.question()
else:
    actions.nothing()
actions.unreadable(manager().store.unreadable, manager().store.notice)
