"""Inside: errors by class and by rank, the code channel by channel, the first weights, and every layer of one image."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.inside import RANKED, RANKS, Layer, activations, filters, ranked, rebuilt
from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import at_image, shown
from aedash.events import Bytes, Floats
from aedash.figures import inside as figures
from aedash.formatting import count
from aedash.ui.components.mosaic import mosaic
from aedash.ui.explore import choice
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.tools.units import fired, latent_shape, seen_by, surveyed
from aedash.ui.shell import frame
from aedash.ui.widgets import errors

HEIGHT = 230
COLUMNS = [0.4, 0.6]
RANKS_HINT = f"{RANKED} of each, by MSE per pixel. Light images make small errors: what fails beyond that?"


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """Errors of the selected images, of all where none is; then the layers. chosen: rows of the survey."""
    seen = surveyed(bench)
    part = seen if seen is None or not len(chosen) or bench.snapshot is not None else seen.only(chosen)
    left, right = st.columns(COLUMNS, gap="small")
    with left, frame.card("Error by class", "Which kinds of image are hard?", "inside_classes"):
        if part is None:
            frame.pending("No errors", "Test images are rebuilt.", bench.desk.refusals, HEIGHT)
        else:
            kind = "the selected" if part is not seen else "spread evenly"
            images = f"{count(len(part.mse))} test images, {kind}, clean, by the best weights"
            errors.by_class(part.mse, part.labels, bench.classes, images)
    with right, frame.card("Best, median, worst", RANKS_HINT, "inside_ranks"):
        _ranks(bench, part)
    if seen is not None:
        _code(bench, seen)
    _filters(bench)
    _layers(bench)


def _ranks(bench: Bench, seen: Survey | None) -> None:
    rows = None if seen is None else ranked(seen.mse)
    if seen is None or rows is None or len(rows) < len(RANKS):
        frame.pending("No images", "The best and worst are sought.", bench.desk.refusals, HEIGHT)
        return
    places = seen.places[rows]
    work = partial(_compared, places=places, codes=seen.codes[rows])
    found = bench.ask("ranks", work, *seen_by(bench), *places.tolist())
    if found is None:
        frame.pending("No images", "They are rebuilt.", bench.desk.refusals, HEIGHT)
        return
    mosaic(
        figures.ranks(*found, seen.mse[rows]),
        key="inside-ranks",
        on_touch=lambda _, column: choice.choose_image(bench.run, int(places[column])),
    )
    st.caption(f"Of {count(len(seen.mse))} test images. Touch one to choose it.")


def _compared(trained: Trained, places: NDArray[np.int64], codes: Floats) -> tuple[Bytes, Bytes]:
    """(N, H, W) uint8 each: images and what the model makes of them."""
    return shown(trained, places), rebuilt(trained, places, codes)


def _code(bench: Bench, seen: Survey) -> None:
    """Of a convolutional model, channel by channel."""
    shape, units = latent_shape(bench), fired(bench, seen)
    if shape is None or units is None or len(shape) != 3:
        return
    hint = f"{count(shape[0])} channels of {shape[1]} × {shape[2]} numbers, of test image {bench.place}, on one scale."
    with frame.card("The code, channel by channel", hint, "inside_code"):
        row = seen.row(bench.place)
        code = None if row is None else seen.codes[row]
        found = bench.ask(
            "code", lambda trained: at_image(trained, bench.place, code).code.numpy(), *seen_by(bench), bench.place
        )
        if found is None:
            frame.pending("No code", "The image is encoded.", bench.desk.refusals, 100)
            return
        live = [bool(channel.any()) for channel in units.active.reshape(shape[0], -1)]
        mosaic(figures.channels(found.reshape(shape), live), key="inside-code")
        more = f" The first {figures.CODE_CHANNELS} channels." if shape[0] > figures.CODE_CHANNELS else ""
        st.caption(f"Black is 0 where no number is negative; else blue is below 0, orange above it.{more}")


def _filters(bench: Bench) -> None:
    with frame.card("First weights", "What each unit of the first layer looks for.", "inside_filters"):
        found = bench.ask("filters", filters)
        if found is None:
            frame.pending("No weights", "They are read.", bench.desk.refusals, HEIGHT)
            return
        mosaic(figures.filters(found), key="inside-filters")
        kind = "units, each a picture of all its weights" if found.dense else "kernels, channels averaged"
        st.caption(
            f"{count(len(found.units))} of {count(found.count)} {kind}, the largest first. Blue pulls the unit down, "
            "orange up. Strokes and spots have been learnt; grey noise has not."
        )


def _layers(bench: Bench) -> None:
    hint = f"What each layer says of test image {bench.place}: from the image to the code, and back to an image."
    with frame.card("Layer by layer", hint, "inside_layers"):
        found = bench.ask("layers", partial(_said, place=bench.place), bench.place)
        if found is None:
            frame.pending("No layers", "The image goes through.", bench.desk.refusals, HEIGHT)
            return
        if not found:
            st.caption("This model is one product with a matrix: it has no layers in between.")
        with st.container(gap="xxsmall"):
            for i, one in enumerate(found):
                mosaic(figures.layer(one), key=f"inside-layer-{i}")
        st.caption(
            "Each row has its own scale. The last layer of the encoder gives the code; all black is a dead unit."
        )


def _said(trained: Trained, place: int) -> tuple[Layer, ...]:
    return activations(trained, place)
