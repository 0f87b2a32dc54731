from itertools import chain, islice

import streamlit as st

from aedash.store.listing import Wanted
from aedash.ui.desk.manager import manager
from aedash.ui.home import hero
from aedash.ui.home.gallery import gallery
from aedash.ui.shell import frame
from aedash.ui.shell.links import FIRST_PRESET
from aedash.ui.train import picker
from aedash.ui.widgets import draft, exploring, steer, whose

RECENT, LOOKED_AT = 6, 200  # runs: in lines; that a picture or a pace is sought among

recent, trained = manager().page(Wanted(), RECENT).runs, manager().gallery()
text, picture = st.columns([0.5, 0.5], gap="medium", vertical_alignment="center")
with text, st.container(key="hero"):
    st.html(hero.HEADLINE)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        quick = hero.quick_recipe()
        if st.button("Train one now", type="primary", icon=":material/play_arrow:"):
            draft.load(FIRST_PRESET, quick)
            steer.start()
            st.switch_page("pages/train/train.py")
        if st.button("Choose for yourself", icon=":material/tune:"):
            steer.show("")
            picker.show()
            st.switch_page("pages/train/train.py")
        if best := hero.to_touch(trained):
            exploring.button(best, "touch", "Touch a trained one")
    if duration := hero.duration_here(quick, islice(manager().each(Wanted(data=quick.data.name)), LOOKED_AT)):
        st.caption(duration)

with picture:
    shipped = sorted(trained.values(), key=lambda run: run.preset != FIRST_PRESET)
    own = islice(manager().each(Wanted(state="finished")), LOOKED_AT)
    st.html(hero.squeeze(chain(shipped, own)) or "&nbsp;")
if trained:
    gallery(trained)
st.html('<div class="section"><h2>Recent runs</h2></div>')
if not recent:
    frame.empty("No runs yet", "The first one is a press away: Train one now.", 120)
else:
    person = whose.whose("home-whose")
    hero.recent(manager().page(Wanted(person=person), RECENT).runs if person else recent)
st.html(hero.data_sets())
