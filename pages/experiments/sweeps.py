from functools import partial

from aedash.ui.experiments.shared import choice, heading, refresh, steering
from aedash.ui.experiments.shared.asked import asked
from aedash.ui.experiments.sweeps import board, recipe

shown = choice.chosen(recipe.question())
heading.heading(recipe.title(shown))
question = asked(shown).id if shown else recipe.question()
outset = refresh.outset(shown)
plan = steering.bar(question, shown, recipe.recipe, board.compared(shown) if shown else "")
if plan:
    refresh.live(plan, partial(board.draw, plan), outset)
else:
    refresh.slot("")
