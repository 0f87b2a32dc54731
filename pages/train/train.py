import streamlit as st

from aedash.ui import controls, live, live_changes, recipe

run = controls.current_run()
config = recipe.draft()
controls.write_link(run)  # before what can be clicked: a click then comes with it
alive = run is not None and run.state.alive
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe_run" if alive else "recipe"):
    recipe.row(settings=not live_changes.possible(run))
    with st.container(horizontal=True, width="content", gap="xsmall", key="go"):
        if run and live_changes.possible(run):
            live_changes.popover(run)
        controls.buttons(run)
recipe.rescale_offer()
recipe.out_of_proportion()
controls.data_needed(recipe.draft().data.name)
live.panel(run, run.config if run else recipe.draft())
