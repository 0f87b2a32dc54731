import streamlit as st

from aedash.ui.desk.manager import manager
from aedash.ui.runs import actions, disk, filters, parallel, table
from aedash.ui.shell import frame, notice
from aedash.ui.widgets import teacher, weights

with st.container(key="runs_head"):
    st.title("Runs", anchor=False)
table.opened()
choices = manager().choices()
if choices.runs:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="runs_row"):
        asked = filters.wanted(choices)
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="runs_bar")
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs_line")
    with st.container():  # one place in the page: the table below keeps its own
        notice.question()
    disk.undo()
    page, at = filters.read(asked, table.LINES)
    chosen = table.chosen()
    with line:
        drawn = parallel.switch()
    if drawn:
        parallel.draw(asked, chosen)
    else:
        table.table(asked, page, at, choices)
    with bar:
        actions.bar(chosen, choices)
        weights.bring("runs-weights")
    with line:
        frame.slot(actions.said(chosen, page.found, choices.runs))
        actions.more(asked, chosen, page)
else:
    disk.undo()
    actions.nothing()
    weights.bring("runs-weights")
disk.removed()
disk.line()
actions.unreadable(manager().store.unreadable, manager().store.notice)
teacher.entry()
