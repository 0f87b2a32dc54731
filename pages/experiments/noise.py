from functools import partial

from aedash.ui.experiments.noise import board, recipe
from aedash.ui.experiments.shared import choice, heading, refresh, steering

shown = recipe.of_noise(choice.chosen(recipe.KIND))
heading.heading("How much noise can it take?")
outset = refresh.outset(shown)
plan = steering.bar(recipe.KIND, shown, recipe.recipe)
if plan:
    refresh.live(plan, partial(board.draw, plan), outset)
else:
    refresh.slot("")
