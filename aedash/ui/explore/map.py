"""Map: a card of Explore. Where the test images lie, and which of them are chosen."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.survey import Survey
from aedash.figures.cloud import Cloud, Linear
from aedash.figures.units import unit_name
from aedash.formatting import many, setting
from aedash.ui.components.cloud import cloud
from aedash.ui.explore import choice, coloring, files, selecting, trust_line
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import NAMES, PERPLEXITIES, Projected, View, projected, spaces
from aedash.ui.explore.selecting import Selected
from aedash.ui.shell import address, frame

HEIGHT = 390  # pixels of its picture
ROW = 42  # of the second row of choices, where units or neighbours are chosen; half of it has the names of two maps
MOST_LINEAR = 256  # numbers of a code
ALONE = "alone"
SPACE_WORDS = {"code": "the code", "pixels": "the raw pixels", "PCA": "PCA of equal size"}


def card(bench: Bench) -> NDArray[np.int64]:
    """Draw it; the rows of the survey that are selected on it, none where nothing is."""
    with frame.card("Map", "Near dots have like codes. Draw around some.", "explore_map"):
        if bench.survey is None:
            frame.pending("No map", "A dot for each test image.", bench.desk.refusals, HEIGHT)
            return np.zeros(0, np.int64)
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="explore_map_row"):
            view = _view(bench, bench.survey)
            color = coloring.choose(bench, bench.survey)
            pictures = address.switch("view-dots", "As", ["dots", "pictures"], "dots", bench.run.id) == "pictures"
            beside = _beside(bench)
        selected = selecting.selected(bench, bench.survey)
        draw = partial(_draw, bench, bench.survey, selected, color, pictures)
        if beside is None:
            draw(view, HEIGHT - (ROW if view.name in ("Units", "t-SNE") else 0))
            st.html(trust_line.line(bench, view))
        else:
            for column, shown in zip(st.columns(2, gap="small"), (view, view.beside(beside)), strict=True):
                with column:
                    words = SPACE_WORDS[shown.space]
                    st.html(f'<p class="map-title">{words[0].upper()}{words[1:]}</p>')
                    draw(shown, HEIGHT - ROW // 2)
                    st.html(trust_line.short(bench, shown))
        if found := projected(bench, view):
            shades = coloring.shades(bench, bench.survey, color, view, found)
            files.offer_map(bench, bench.survey, view, found, shades, selected.rows)
        return selected.rows


def _view(bench: Bench, survey: Survey) -> View:
    """Draws the choice of a projection, and of its axes where those are units."""
    size = survey.codes.shape[1]
    names = [name for name in NAMES if size >= {"PCA 3-D": 3, "Units": 2}.get(name, 1)]
    how: dict[str, Any] = {"label_visibility": "collapsed", "width": 92}
    name = address.select("view-map", "Projection", names, "PCA", bench.run.id, **how)
    if name == "t-SNE":
        return View(name, perplexity=_perplexity(bench))
    return View(name, _axes(bench, survey)) if name == "Units" else View(name)


def _perplexity(bench: Bench) -> float:
    """Draws the choice of about how many neighbours each image keeps on a t-SNE."""
    options = [setting(each) for each in PERPLEXITIES]
    how: dict[str, Any] = {"label_visibility": "collapsed", "width": 92, "format_func": "{} near".format}
    return float(
        address.select("view-perplexity", "Perplexity", options, setting(View.perplexity), bench.run.id, **how)
    )


def _axes(bench: Bench, survey: Survey) -> tuple[int, int]:
    """Draws the choice of two units, first those that spread most; both stand in one parameter, "4 8": people count
    from 1.
    """
    size, key = survey.codes.shape[1], f"explore-axes-{bench.run.id}#{address.version()}"

    def read(text: str) -> tuple[int, int]:
        across, up = (int(word) - 1 for word in text.split(" "))
        if not (0 <= across < size and 0 <= up < size):
            raise ValueError(text)
        return across, up

    def changed() -> None:
        address.keep("view-axes", _pair(*(st.session_state[f"{key}-{i}"] for i in (0, 1))), bench.run.id)

    first, second = np.argsort(-survey.codes.var(0), kind="stable")[:2]
    default = int(first), int(second)
    units = address.kept("view-axes", default, read, bench.run.id)
    for i, (label, unit) in enumerate(zip(("Across", "Up"), units, strict=True)):
        how: dict[str, Any] = {"format_func": unit_name, "label_visibility": "collapsed", "width": 92}
        st.selectbox(label, range(size), unit, key=f"{key}-{i}", on_change=changed, **how)
    address.look("view-axes", None if units == default else _pair(*units))
    return units


def _pair(across: int, up: int) -> str:
    return f"{across + 1} {up + 1}"


def _beside(bench: Bench) -> str | None:
    """Draws the choice of what stands beside the code's map; None: nothing."""
    options = [ALONE, *spaces(bench)[1:]]
    how: dict[str, Any] = {"label_visibility": "collapsed", "width": 112}
    told = {ALONE: ALONE, "pixels": "with pixels", "PCA": "with PCA"}
    space = address.select(
        "view-beside", "Beside it", options, ALONE, bench.run.id, format_func=told.__getitem__, **how
    )
    return None if space == ALONE else space


def _draw(
    bench: Bench, survey: Survey, selected: Selected, color: str, pictures: bool, view: View, height: int
) -> None:
    """One map, and what is to be known of it."""
    found, pack = projected(bench, view), bench.pack()
    if found is None or pack is None:
        frame.empty("No map yet", "It is being computed.", height)
        return
    picture = Cloud(
        found.points,
        selecting.word(view) if view.space == "code" else f"{view.space}-{selecting.word(view)}",
        pack,
        bench.atlas(),
        bench.classes,
        found.axes,
        equal=view.name != "Units",
        shades=coloring.shades(bench, survey, color, view, found),
        pictures=pictures,
        pinned=bench.place,
        choice=selected.choice,
        inside=selected.inside,
        turn=selected.turn if selected.drawn_on == view else None,
        linear=_linear(found) if view.space == "code" else None,
        alt=_alt(survey, view, color),
        note=_note(found),
        aside=view.space != "code",
    )
    cloud(
        picture,
        key=f"explore-map-{view.space}",
        height=height,
        on_pin=partial(_pin, bench, survey),
        on_choose=partial(selecting.choose, bench),
    )


def _alt(survey: Survey, view: View, color: str) -> str:
    images = many(len(survey.places), "test image")
    return f"Map of {images}, {view.name} of {SPACE_WORDS[view.space]}, coloured by {color}"


def _linear(found: Projected) -> Linear | None:
    """What a browser needs to mark a code, where that is not too much."""
    return Linear(*found.linear) if found.linear and len(found.linear[0]) <= MOST_LINEAR else None


def _note(found: Projected) -> str:
    """What the picture itself cannot say: the axes of a map in space."""
    if found.points.shape[1] != 3:
        return ""
    *others, last = filter(None, found.axes)
    return "; ".join([*(name.removesuffix(" of the variance") for name in others), last])


def _pin(bench: Bench, survey: Survey, place: Any) -> None:
    """A dot was clicked. place: whatever the browser sent."""
    if isinstance(place, int) and survey.row(place) is not None:
        choice.choose_image(bench.run, place)
