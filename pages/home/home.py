import streamlit as st

from aedash.ui import controls, frame, home, recipe
from aedash.ui.gallery import gallery
from aedash.ui.server import manager
from aedash.ui.state import FIRST_PRESET

runs, trained = manager().runs(), manager().gallery()
text, picture = st.columns([0.5, 0.5], gap="medium", vertical_alignment="center")
with text, st.container(key="hero"):
    st.html(home.HEADLINE)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        quick = home.quick_recipe()
        if st.button("Train one now", type="primary", icon=":material/play_arrow:"):
            recipe.load(FIRST_PRESET, quick)
            controls.start()
            st.switch_page("pages/train/train.py")
        if st.button("Choose for yourself", icon=":material/tune:"):
            controls.show("")
            st.switch_page("pages/train/train.py")
    if duration := home.duration_here(quick, runs):
        st.caption(duration)

with picture:
    st.html(home.squeeze([*sorted(trained.values(), key=lambda run: run.preset != FIRST_PRESET), *runs]) or "&nbsp;")
if trained:
    gallery(trained)
st.html('<div class="section"><h2>Recent runs</h2></div>')
if not runs:
    frame.empty("No runs yet", "The first one is a press away: Train one now.", 120)
for run in runs[:6]:
    home.run_line(run)
