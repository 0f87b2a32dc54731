from functools import partial

import streamlit as st

from aedash.ui.experiments.shared import choice, refresh, steering
from aedash.ui.experiments.sweeps import board, recipe
from aedash.ui.shell import frame

shown = choice.chosen()
st.title(frame.literal(shown.name) if shown else "What does it do?", anchor=False)
plan = steering.bar(recipe.KIND, shown, recipe.recipe, board.compared(shown) if shown else "")
if plan:
    refresh.live(plan, partial(board.draw, plan))
else:
    refresh.slot("")
