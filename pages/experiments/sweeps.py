from functools import partial

from aedash.ui.experiments.shared import choice, heading, refresh, steering
from aedash.ui.experiments.sweeps import board, recipe

shown = choice.chosen()
heading.heading(shown.name if shown else "What does it do?")
plan = steering.bar(recipe.KIND, shown, recipe.recipe, board.compared(shown) if shown else "")
if plan:
    refresh.live(plan, partial(board.draw, plan))
else:
    refresh.slot("")
