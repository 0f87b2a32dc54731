"""Further panels of the Sweeps page, for questions that the error alone does not answer."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st

from aedash import registry
from aedash.analysis.checkerboard import Phases, Untrained, error_phases, untrained
from aedash.analysis.latent import Units, units
from aedash.analysis.trained import Trained
from aedash.figures.grids import Mosaic, sheet, stretched
from aedash.figures.lines import Axis, heat_map, scatter_chart
from aedash.formatting import MISSING, number, percent
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.experiments.shared.cells import Cell, mean_of
from aedash.ui.experiments.shared.tables import Column, table
from aedash.ui.shell import frame

T = TypeVar("T")
IMAGES = 1000  # test images, spread evenly over all


def _units(trained: Trained) -> Units:
    return units(trained, IMAGES)


def _phases(trained: Trained) -> Phases:
    return error_phases(trained, IMAGES)


def _pattern(trained: Trained) -> Untrained:
    info = registry.datasets.get(trained.config.data.name).info
    return untrained(trained.config.architecture, info, trained.config.seed)


def code_units(found: list[Cell], desk: Desk) -> None:
    """KL of each unit of the code, largest first, a row a value; and what reconstruction costs in KL."""
    measured = [(cell, desk.ask(cell.finished[0], "units", _units)) for cell in found if cell.finished]
    nats = [(cell.group.label, -np.sort(-of.nats)) for cell, of in measured if of is not None and of.nats is not None]
    left, right = st.columns(2, gap="small")
    with left, frame.card("KL of each unit", "Nats, largest first; below 0.01 a unit carries nothing.", "units"):
        if nats:
            shown = np.stack([row[:20] for _, row in nats])
            names = [str(i + 1) for i in range(shown.shape[1])]
            titles = ("unit, by its KL", "beta")
            figure = heat_map(shown, [label for label, _ in nats], names, titles, frame.dark(), height=260)
            st.plotly_chart(figure, theme=None, key="units", config=frame.QUIET)
        else:
            frame.pending("No figures", "Each finished run is asked for its code.", desk.refusals, 260)
    with right, frame.card("Reconstruction against KL", "Down is a better image, left a shorter message.", "tradeoff"):
        points = [
            (cell.group.label, kl, error)
            for cell in found
            if (kl := _term(cell, "kl")) is not None and (error := _term(cell, "reconstruction")) is not None
        ]
        if points:
            axes = Axis("KL, nats per image"), Axis("reconstruction per image")
            figure = scatter_chart(points, [], *axes, frame.dark(), 260)
            st.plotly_chart(figure, theme=None, key="tradeoff", config=frame.QUIET)
        else:
            frame.empty("No figures yet", "Each run is measured at its end.", 260)


def patterns_of(found: list[Cell], desk: Desk) -> dict[str, Untrained]:
    """{label: what the untrained decoder draws of a constant code}, as far as it is known."""
    asked = {cell.group.label: desk.ask(cell.finished[0], "pattern", _pattern) for cell in found if cell.finished}
    return {label: pattern for label, pattern in asked.items() if pattern}


def phases_of(found: list[Cell], desk: Desk) -> dict[str, Phases]:
    """{label: the trained decoder's error by a pixel's place}, as far as it is known."""
    asked = {cell.group.label: desk.ask(cell.finished[0], "phases", _phases) for cell in found if cell.finished}
    return {label: phases for label, phases in asked.items() if phases}


def pixel_phases(found: list[Cell], desk: Desk) -> None:
    """What each untrained decoder draws of a constant code, and how its error depends on a pixel's place."""
    patterns, errors = patterns_of(found, desk), phases_of(found, desk)
    with frame.card("Checkerboard", "Untrained decoders on a constant code: any pattern is the layers' own.", "phases"):
        drawn = {label: stretched(pattern.picture) for label, pattern in patterns.items()}
        if not drawn:
            frame.pending("No figures", "Each finished run is asked for its decoder.", desk.refusals, 220)
            return
        alt = f"What {' and '.join(drawn)} draw before any training, contrast stretched"
        rows = [picture[None] for picture in drawn.values()]
        mosaic(Mosaic(sheet(rows), 1, len(rows), tuple(drawn), alt=alt, max_tile=112, min_tile=80), key="patterns")
        columns: list[Column] = [
            ("untrained, variance over phases", lambda cell: _figure(patterns.get(cell.group.label), _variance)),
            ("trained, lowest error of a phase", lambda cell: _figure(errors.get(cell.group.label), _lowest)),
            ("highest", lambda cell: _figure(errors.get(cell.group.label), _highest)),
            ("unevenness", lambda cell: _figure(errors.get(cell.group.label), _unevenness)),
        ]
        st.html(table(found, columns, "decoder"))
        periods = sorted({len(phases.values) for phases in errors.values()} or {2})
        st.caption(
            f"A phase: the pixels whose row leaves the same when divided by {' or '.join(map(str, periods))}, as the "
            "decoder enlarges, and so their column. Unevenness: "
            "deviation of the error over phases, as a share of its mean. First seed of each. Contrast is stretched."
        )


def _figure(measured: T | None, words: Callable[[T], str]) -> str:
    return MISSING if measured is None else words(measured)


def _variance(pattern: Untrained) -> str:
    return number(pattern.variance)


def _lowest(phases: Phases) -> str:
    return number(float(phases.values.min()))


def _highest(phases: Phases) -> str:
    return number(float(phases.values.max()))


def _unevenness(phases: Phases) -> str:
    return percent(phases.unevenness)


def _term(cell: Cell, name: str) -> float | None:
    return mean_of(cell, lambda run: run.figures["test"].terms.get(name))


PANELS: dict[str, Callable[[list[Cell], Desk], None]] = {"units": code_units, "phases": pixel_phases}
