"""What the Lambda page looks up, computed once beside it: figures of each run's end, and pictures at each epoch."""

from collections import OrderedDict
from functools import partial

from aedash.analysis import contraction
from aedash.analysis.contraction import Baseline, Contraction
from aedash.analysis.jacobian import Directions, directions
from aedash.analysis.trained import written
from aedash.data.image_data import load
from aedash.events import Bytes
from aedash.history import Run
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.experiments.lambdas.answer import Value
from aedash.ui.experiments.shared.cells import Cell

REMEMBERED = 500  # runs
# {run id: (the weights that are asked, those whose outputs are there)}, as `written` tells them; 0: none yet
_outputs: OrderedDict[str, tuple[int, int]] = OrderedDict()


def value(cell: Cell, desk: Desk) -> Value:
    """What is measured of a lambda by now."""
    seeds = {run.config.seed: measure for run in cell.finished if (measure := measured(run, desk))}
    return Value(float(next(iter(cell.varied.values()))), cell.group.label, seeds)


def measured(run: Run, desk: Desk) -> Contraction | None:
    """Of a finished run; None until it is there, and where the model cannot be measured."""
    return desk.ask(run, "contraction", contraction.measure)


def baseline(found: list[Cell], desk: Desk) -> Baseline | None:
    """Of the data set, by the first finished run that can be measured."""
    run = next((run for cell in found for run in cell.finished if run.id not in desk.refused), None)
    return None if run is None else desk.ask(run, "contraction baseline", contraction.baseline, run.config.data)


def inputs(dataset: str, desk: Desk) -> Bytes | None:
    """(11, 8, H, W) the images of the grid with each noise; None until they are there."""
    root = manager().settings.data_dir
    return desk.look(("contraction inputs", dataset), lambda: contraction.inputs(load(dataset, root)))


def outputs(cell: Cell, desk: Desk) -> Bytes | None:
    """(11, 8, H, W) what the first seed makes of them with its best weights; until that is there, with those before.

    One moment's weights at a time: epochs may end faster than a result comes.
    """
    run = next(iter(cell.runs), None)
    if run is None or not (newest := written(run)):
        return None

    def ask(version: int) -> Bytes | None:
        return desk.ask(run, "contraction outputs", contraction.outputs, run.id, version)

    asked, there = _outputs.get(run.id, (newest, 0))
    if (made := ask(asked)) is not None:
        there = asked
    elif there:
        made = ask(there)
    if asked != newest and (there == asked or run.id in desk.refused):
        asked = newest
        ask(newest)  # it begins
    _outputs[run.id] = asked, there
    while len(_outputs) > REMEMBERED:
        _outputs.popitem(last=False)
    return made


def directions_at(cell: Cell, index: int, desk: Desk) -> Directions | None:
    """What the first seed's code keeps most and least of a test image; None until it is there."""
    run = next(iter(cell.finished), None)
    if run is None:
        return None
    return desk.ask(run, "directions", partial(directions, index=index), run.id, run.images, index)
