from functools import partial

import streamlit as st

from aedash.training import twins
from aedash.ui.experiments.shared import cells, choice, heading, refresh, steering
from aedash.ui.experiments.twins import answer, board, recipe
from aedash.ui.shell import address, frame, notice
from aedash.ui.widgets import draft

shown = recipe.pair(choice.chosen(twins.KIND))
heading.heading(shown.name if shown else "What if one number were different?")
if not shown and (query := address.wish()):
    draft.wished(query)
with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="recipe"):
    if shown:
        address.write({"sweep": shown.id})
        steering.buttons(shown, cells.cells(shown))
    else:
        recipe.offer()
    steering.earlier(twins.KIND, shown)
notice.question()
if shown:
    refresh.live(shown, partial(board.draw, shown))
else:
    refresh.slot(frame.note(answer.LOOK_FOR))
    frame.empty("No twins yet", "Say above what shall be different; both then train side by side.", 300)
