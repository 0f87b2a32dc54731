"""What the Lambda page looks up, computed once beside it: figures of each run's end, and pictures at each epoch."""

from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import TypeVar

import streamlit as st

from aedash.analysis import contraction
from aedash.analysis.contraction import Baseline, Contraction
from aedash.analysis.jacobian import Directions, directions
from aedash.analysis.trained import Trained, trained, written
from aedash.data.image_data import Unavailable, load
from aedash.events import Bytes
from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.ui.background import Waiting, computed
from aedash.ui.lambda_answer import Value
from aedash.ui.sweeps import Cell

T = TypeVar("T")


def value(cell: Cell) -> Value:
    """What is measured of a lambda by now."""
    figures = {run.config.seed: found for run in cell.finished if (found := measured(run))}
    return Value(float(next(iter(cell.varied.values()))), cell.group.label, figures)


def measured(run: Run) -> Contraction | None:
    """Of a finished run; None until it is there, and where the model cannot be measured."""
    return _found(("contraction", run.id, run.images), partial(_of, run, contraction.measure))


def baseline(found: list[Cell]) -> Baseline | None:
    """Of the data set, by the first finished run."""
    run = next((run for cell in found for run in cell.finished), None)
    return (
        None
        if run is None
        else _found(("contraction baseline", run.config.data), partial(_of, run, contraction.baseline))
    )


def inputs(dataset: str) -> Bytes | None:
    """(11, 8, H, W) the images of the grid with each noise; None until they are there."""
    return _found(("contraction inputs", dataset), partial(_inputs, dataset))


def outputs(cell: Cell) -> Bytes | None:
    """(11, 8, H, W) what the first seed makes of them with its best weights; until that is there, with those before."""
    run = next(iter(cell.runs), None)
    if run is None or not (newest := written(run)):
        return None
    shown = f"lambda-outputs-{run.id}"
    for version in (newest, st.session_state.get(shown)):
        key = ("contraction outputs", run.id, version)
        if version and (made := _found(key, partial(_of, run, contraction.outputs))) is not None:
            st.session_state[shown] = version
            return made
    return None


def directions_at(cell: Cell, index: int) -> Directions | None:
    """What the first seed's code keeps most and least of a test image; None until it is there."""
    run = next(iter(cell.finished), None)
    return (
        None
        if run is None
        else _found(("directions", run.id, run.images, index), partial(_of, run, partial(directions, index=index)))
    )


def _of(run: Run, work: Callable[[Trained], T]) -> T:
    return work(trained(run, Path(Settings().data_dir)))


def _inputs(dataset: str) -> Bytes:
    return contraction.inputs(load(dataset, Settings().data_dir))


def _found(key: Hashable, work: Callable[[], T]) -> T | None:
    try:
        return computed(key, work)
    except (Waiting, Refused, Unavailable):
        return None
