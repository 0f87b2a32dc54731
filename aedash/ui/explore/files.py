"""Files: what stands on the map, or is selected on it, as a table and as a picture; made when one asks for it."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import registry
from aedash.analysis.survey import Survey
from aedash.figures import stills
from aedash.figures.cloud import Shades
from aedash.figures.tables import codes_csv, most
from aedash.formatting import count, many
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.originals import originals
from aedash.ui.explore.projections import Projected, View
from aedash.ui.widgets.run_words import title


def offer(bench: Bench, survey: Survey, rows: NDArray[np.int64]) -> None:
    """Buttons for a selection of the survey's rows: its table, and its images."""
    lines = min(len(rows), most(survey))
    with st.container(horizontal=True, gap="small", key="explore_files"):
        _button(
            "CSV" if lines == len(rows) else f"CSV, first {count(lines)}",
            partial(codes_csv, survey, np.sort(rows), bench.classes),
            f"{_name(bench)}-selection.csv",
            "Number in the test split, label, class, error and code of each, unrounded.",
        )
        _button(
            "PNG",
            partial(_images, bench, survey, np.sort(rows)),
            f"{_name(bench)}-selection.png",
            f"Their images, up to {stills.MOST_IMAGES}, with a caption.",
        )


def offer_map(
    bench: Bench, survey: Survey, view: View, found: Projected, shades: Shades | None, rows: NDArray[np.int64]
) -> None:
    """The same for the whole map, behind a button in the card's head. shades: what colours it, None: the classes; rows:
    those that are selected.
    """
    lines, every = min(len(survey.places), most(survey)), np.arange(len(survey.places))
    with (
        st.container(key="explore_map_files"),
        st.popover(":material/download:", type="tertiary", help="This map as a table or a picture"),
    ):
        _button(
            "Map as CSV" if lines == len(every) else f"Map as CSV, first {count(lines)}",
            partial(codes_csv, survey, every, bench.classes, found.points),
            f"{_name(bench)}-map.csv",
            "Number in the test split, label, class, error, place on this map and code of each image, unrounded.",
        )
        _button(
            "Map as PNG",
            partial(_map, bench, survey, view, found, shades, rows),
            f"{_name(bench)}-map.png",
            "This map with a caption; of one in space its first two axes.",
        )


def _map(
    bench: Bench, survey: Survey, view: View, found: Projected, shades: Shades | None, rows: NDArray[np.int64]
) -> bytes:
    key = stills.by_class(survey.labels, bench.classes) if shades is None else stills.by_number(shades)
    axes = "; ".join(filter(None, found.axes[:2]))
    of = f"{view.name} of the codes of {many(len(survey.places), 'test image')}{f': {axes}' if axes else ''}."
    selected = [f"Selected: {many(len(rows), 'image')}."] if len(rows) else []
    return stills.map_picture(found.points[:, :2], key, rows, [caption(bench), of, *selected])


def _button(label: str, make: partial[str] | partial[bytes], name: str, told: str) -> None:
    st.download_button(
        label,
        make,
        name,
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help=told,
        key=f"explore-file-{name}",
    )


def _name(bench: Bench) -> str:
    return f"{registry.datasets.get(bench.run.config.data.name).info.name}-{bench.run.id}"


def _images(bench: Bench, survey: Survey, rows: NDArray[np.int64]) -> bytes:
    shown = survey.places[rows][: stills.MOST_IMAGES]
    of = f"{many(len(rows), 'test image')} of {count(len(survey.places))}"
    first = f", the first {count(len(shown))}" if len(shown) < len(rows) else ""
    return stills.images(originals(bench, shown), [caption(bench), f"Selected: {of}{first}."])


def caption(bench: Bench) -> str:
    """Model and data, in a line; of which moment."""
    data = registry.datasets.get(bench.run.config.data.name).info.title
    moment = "" if bench.step is None else f", step {count(bench.step)}"
    return f"{title(bench.run)}, {data}{moment}"
