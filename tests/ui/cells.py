"""Values of a sweep without any training behind them."""

from pathlib import Path

from aedash.events import Figures, RunState
from aedash.figures.sweep import Group
from aedash.history import History, Run
from aedash.ui.experiments.shared.cells import Cell
from tests import fakes


def cell(label, *states):
    """A value of a sweep with one run in each of these states; what is over has figures, but for failures."""
    sentence = {RunState.FAILED: "Diverged in epoch 1: the loss became infinite at step 3. Try less."}
    figures = {"test": Figures(0.5, 0.02, {})}
    runs = tuple(
        Run(
            f"{i:012x}",
            i,
            fakes.config(seed=i),
            state,
            Path("nowhere"),
            "",
            sentence=sentence.get(state, ""),
            epochs_done=2,
            figures=figures if state in (RunState.FINISHED, RunState.STOPPED) else {},
        )
        for i, state in enumerate(states)
    )
    return Cell(
        {"optimizer.learning_rate": label}, fakes.config(), runs, Group(label, "#123456", (History(),) * len(runs))
    )
