"""What the four cards of the board draw of a view, the same for everybody who looks at it."""

from functools import lru_cache

import streamlit as st

from aedash import registry
from aedash.config import RunConfig
from aedash.events import Probes, RunState, Snapshot
from aedash.figures import board
from aedash.figures.board import Earlier
from aedash.figures.curves import LossChart
from aedash.figures.grids import Mosaic
from aedash.figures.scatter import LatentMap
from aedash.history import History, Run
from aedash.objectives import objective
from aedash.presets.base import preset
from aedash.store.listing import Wanted
from aedash.ui.desk.manager import manager
from aedash.ui.train.view import View
from aedash.ui.train.yardstick import yardstick
from aedash.ui.widgets.run_words import names, title
from aedash.ui.widgets.verdict import what_is_measured

OWN = "aedash"  # the family of presets that no source trained


@lru_cache(maxsize=64)
def reconstruction(probes: Probes, snapshot: Snapshot | None, noisy: bool) -> Mosaic:
    """The grid of a run at a moment, made once for all who look at it. noisy: whether the input is spoilt."""
    return board.reconstruction(probes.originals, probes.inputs if noisy else None, snapshot)


def plan(run: Run, history: History, snapshot: Snapshot, followed: list[int]) -> LatentMap:
    """The codes of a run that has probes along their main directions. followed: as in `board.latent_map`."""
    assert history.probes is not None
    classes = registry.datasets.get(run.config.data.name).info.classes
    beside = yardstick(run, len(snapshot.centre))
    return board.latent_map(history, history.probes, snapshot, classes, run.id, followed, beside)


def chart(view: View, earlier: Earlier | None) -> LossChart:
    """The loss curves, with a line at the moment that one has travelled to."""
    moment = None if view.live else view.snapshot
    unit = objective.unit(view.config.objective)
    return board.loss_chart(view.history, view.config, unit, published(view), earlier, moment)


def before(config: RunConfig, current: Run | None) -> Earlier | None:
    """The newest finished run before this one whose loss is in the same unit on the same images."""
    for run in manager().each(Wanted(state=RunState.FINISHED, data=config.data.name)):
        older = current is None or run.order < current.order
        alike = run.config.data == config.data and run.config.objective == config.objective
        if older and alike and run.state is RunState.FINISHED and not run.changes and not run.uploaded:
            name = names([run, current])[0] if current else title(run)  # what is different from the one on screen
            return Earlier(name, manager().history(run))
    return None


def sourced(view: View) -> bool:
    """Whether the preset's source trained on the same images."""
    name = _preset(view)
    return (
        name in registry.presets.names() and preset(name).config.data == view.config.data and preset(name).family != OWN
    )


def published(view: View) -> tuple[int, list[float]] | None:
    """The published curve, where this run measures the same thing on the same images."""
    name = _preset(view)
    if name not in registry.presets.names() or view.history.changes:
        return None
    source = preset(name)
    alike = what_is_measured(source.config) == what_is_measured(view.config)
    return source.curve() if alike and source.config.architecture == view.config.architecture else None


def _preset(view: View) -> str:
    return view.run.preset if view.run else str(st.session_state.get("preset", ""))
