from functools import partial

import streamlit as st

from aedash.ui.experiments.noise import board, recipe
from aedash.ui.experiments.shared import choice, refresh, steering

shown = recipe.of_noise(choice.chosen())
st.title("How much noise can it take?", anchor=False)
plan = steering.bar(recipe.KIND, shown, recipe.recipe)
if plan:
    refresh.live(plan, partial(board.draw, plan))
else:
    refresh.slot("")
