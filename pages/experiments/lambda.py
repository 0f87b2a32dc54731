from functools import partial

from aedash.ui.experiments.lambdas import board, recipe
from aedash.ui.experiments.shared import choice, heading, refresh, steering

shown = recipe.of_lambda(choice.chosen(recipe.KIND))
heading.heading("What does the contractive penalty do?")
outset = refresh.outset(shown)
plan = steering.bar(recipe.KIND, shown, recipe.recipe, lead=partial(recipe.convention, shown))
if plan:
    refresh.live(plan, partial(board.draw, plan), outset)
else:
    refresh.slot("")
