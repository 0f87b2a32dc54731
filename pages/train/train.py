import streamlit as st

from aedash.ui import controls, live, recipe

run = controls.current_run()
config = recipe.draft()
alive = run is not None and run.state.alive
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe_run" if alive else "recipe"):
    recipe.row()
    with st.container(horizontal=True, width="content", gap="xsmall", key="go"):
        controls.buttons(run)
recipe.rescale_offer()
controls.data_needed(recipe.draft().data.name)
live.panel(run, run.config if run else recipe.draft())
controls.write_link(run)
