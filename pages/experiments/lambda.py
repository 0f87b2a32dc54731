from functools import partial

from aedash.ui.experiments.lambdas import board, cards, recipe
from aedash.ui.experiments.shared import choice, heading, refresh, steering

MAPS_TICK = 3.0  # seconds: a map a lambda costs as much as the rest of the page

shown = recipe.of_lambda(choice.chosen(recipe.KIND))
heading.heading("What does the contractive penalty do?")
plan = steering.bar(recipe.KIND, shown, recipe.recipe, lead=partial(recipe.convention, shown))
if plan:
    refresh.live(plan, partial(board.draw, plan))
    refresh.live(plan, partial(cards.maps, plan), MAPS_TICK, "maps")
else:
    refresh.slot("")
