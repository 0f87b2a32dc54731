"""Further panels of the Sweeps page, for questions that the error alone does not answer."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from aedash import registry
from aedash.analysis.checkerboard import Phases, Untrained, error_phases, untrained
from aedash.analysis.latent import Units, units
from aedash.analysis.trained import Trained
from aedash.events import Bytes, Floats
from aedash.figures.grids import Mosaic, sheet
from aedash.figures.lines import Axis, heat_map, scatter_chart
from aedash.ui import frame
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk import Desk
from aedash.ui.sweeps import Cell, Column, mean_of, number, table

IMAGES = 1000
PLAIN = {"displayModeBar": False}


def _units(trained: Trained) -> Units:
    return units(trained, IMAGES)


def _phases(trained: Trained) -> Phases:
    return error_phases(trained, IMAGES)


def _pattern(trained: Trained) -> Untrained:
    info = registry.datasets.get(trained.config.data.name).info
    return untrained(trained.config.architecture, info, trained.config.seed)


def code_units(found: list[Cell]) -> None:
    """KL of each unit of the code, largest first, a row a value; and what reconstruction costs in KL."""
    desk = Desk()
    measured = [(cell, desk.ask(cell.finished[0], "units", _units)) for cell in found if cell.finished]
    nats = [(cell.group.label, -np.sort(-of.nats)) for cell, of in measured if of is not None and of.nats is not None]
    left, right = st.columns(2, gap="small")
    with left, frame.card("KL of each unit", "Nats, largest first; below 0.01 a unit carries nothing.", "units"):
        if nats:
            shown = np.stack([row[:20] for _, row in nats])
            names = [str(i + 1) for i in range(shown.shape[1])]
            titles = ("unit, by its KL", "beta")
            figure = heat_map(shown, [label for label, _ in nats], names, titles, _dark(), height=260)
            st.plotly_chart(figure, theme=None, key="units", config=PLAIN)
        else:
            frame.empty("No figures yet", "Each finished run is asked for its code.", 260)
    with right, frame.card("Reconstruction against KL", "Down is a better image, left a shorter message.", "tradeoff"):
        points = [
            (cell.group.label, kl, error)
            for cell in found
            if (kl := _term(cell, "kl")) is not None and (error := _term(cell, "reconstruction")) is not None
        ]
        if points:
            axes = Axis("KL, nats per image"), Axis("reconstruction per image")
            st.plotly_chart(scatter_chart(points, [], *axes, _dark(), 260), theme=None, key="tradeoff", config=PLAIN)
        else:
            frame.empty("No figures yet", "Each run is measured at its end.", 260)


def pixel_phases(found: list[Cell]) -> None:
    """What each untrained decoder draws of a constant code, and how its error depends on a pixel's place."""
    desk = Desk()
    runs = [(cell, cell.finished[0]) for cell in found if cell.finished]
    patterns = {cell.group.label: desk.ask(run, "pattern", _pattern) for cell, run in runs}
    errors = {cell.group.label: desk.ask(run, "phases", _phases) for cell, run in runs}
    with frame.card("Checkerboard", "Untrained decoders on a constant code: any pattern is the layers' own.", "phases"):
        drawn = {label: _stretched(of.picture) for label, of in patterns.items() if of is not None}
        if not drawn:
            frame.empty("No figures yet", "Each finished run is asked for its decoder.", 220)
            return
        alt = f"What {' and '.join(drawn)} draw before any training, contrast stretched"
        rows = [picture[None] for picture in drawn.values()]
        mosaic(Mosaic(sheet(rows), 1, len(rows), tuple(drawn), alt=alt, max_tile=112, min_tile=80), key="patterns")
        columns: list[Column] = [
            ("untrained, variance over phases", partial(_variance, patterns)),
            *((f"error at {i}, {j}", partial(_error, errors, i, j)) for i in (0, 1) for j in (0, 1)),
            ("unevenness of the error", partial(_unevenness, errors)),
        ]
        st.html(table(found, columns, "decoder"))
        st.caption("Phase i, j: pixels whose row and column leave i and j when divided by 2. Contrast is stretched.")


def _variance(of: dict[str, Untrained | None], cell: Cell) -> str:
    found = of.get(cell.group.label)
    return number(found.variance if found else None, ".1e")


def _error(of: dict[str, Phases | None], i: int, j: int, cell: Cell) -> str:
    found = of.get(cell.group.label)
    return number(float(found.values[i, j]) if found else None, ".5f")


def _unevenness(of: dict[str, Phases | None], cell: Cell) -> str:
    found = of.get(cell.group.label)
    return number(found.unevenness if found else None, ".1%")


def _term(cell: Cell, name: str) -> float | None:
    return mean_of(cell, lambda run: run.figures["test"].terms.get(name))


def _stretched(picture: Floats) -> Bytes:
    """(H, W) uint8 from darkest to brightest. picture: (C, H, W)."""
    grey = picture.mean(0)
    low, high = grey.min(), grey.max()
    return ((grey - low) / max(high - low, 1e-12) * 255).round().astype(np.uint8)


def _dark() -> bool:
    return st.context.theme.type == "dark"


PANELS: dict[str, Callable[[list[Cell]], None]] = {"units": code_units, "phases": pixel_phases}
