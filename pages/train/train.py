import streamlit as st

from aedash.ui.shell import notice
from aedash.ui.train import board, buttons, changes, current, recipe, untrained
from aedash.ui.widgets import download, draft, teacher

run = current.current_run()
outset = board.outset(run)
config = draft.draft()
current.write_link(run)  # before what can be clicked: a click then comes with it
current.say_title(run)
alive = run is not None and run.state.alive
key = "train_recipe_run" if alive else "train_recipe"
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=key):
    recipe.row(settings=not changes.possible(run))
    if run and changes.possible(run):
        changes.popover(run)
    with st.container(horizontal=True, width="content", gap="xsmall", key="go"):
        buttons.buttons(run)
with st.container():  # one place in the page, whatever is said there: the board below keeps its own
    notice.question()
    teacher.paused()
    untrained.strip(run)
    recipe.rescale_offer()
    recipe.cautions(alive)
    download.offer(draft.draft().data.name, digits=True)
board.panel(run, run.config if run else draft.draft(), outset)
