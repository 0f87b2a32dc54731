"""Projections: what learning added to the map, what of t-SNE is chance, and along how many directions codes spread."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.projection import turned
from aedash.analysis.spectrum import Spectrum
from aedash.analysis.survey import Survey, survey
from aedash.analysis.trust import judged, kept, within
from aedash.events import Floats
from aedash.figures.cloud import Cloud
from aedash.figures.scree import scree
from aedash.formatting import count, number, percent, setting
from aedash.ui.components.cloud import cloud
from aedash.ui.explore import choice, selecting, trust_line
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import NAMES, PERPLEXITIES, SPACES, Projected, View, projected, spaces, spread
from aedash.ui.shell import address, frame

COLUMNS = [0.68, 0.32]
HEIGHT = 230  # pixels of a map
MOST = 2000  # images: six maps of more would be heavy, and trust is judged on as many
SEEDS = (0, 1, 2)
KINDS = (NAMES[0], NAMES[3])
ENOUGH = 0.9  # of the variance
LEAST = 0.001  # share that is written


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The tool's content. chosen: rows of the survey that are selected on the map."""
    few = _few(bench)
    if few.survey is None:
        frame.pending("No map", "A dot for each test image.", bench.desk.refusals, HEIGHT)
        return
    linked = _linked(bench, few.survey)
    left, right = st.columns(COLUMNS, gap="small")
    with left:
        _learnt(few, linked)
        _starts(few, linked)
    with right:
        _directions(few)


def _few(bench: Bench) -> Bench:
    """The same with 2,000 images at most, spread evenly."""
    if bench.snapshot is not None or bench.points <= MOST:
        return bench
    few = bench.ask("survey", lambda trained: survey(trained, MOST), MOST)
    return replace(bench, survey=few, points=MOST, of=bench.version)


def _linked(bench: Bench, few: Survey) -> dict[str, Any]:
    """What is chosen on the large map is chosen here; the lasso is that map's, and knows its images by their places."""
    if bench.survey is None:
        return {}
    chosen = selecting.selected(bench, bench.survey)
    within = None if chosen.inside is None else np.isin(few.places, bench.survey.places[chosen.inside])
    return {"choice": chosen.choice, "inside": within}


def _learnt(bench: Bench, linked: dict[str, Any]) -> None:
    with frame.card("What did learning add?", "The same images by the code, as raw pixels, and by PCA.", "added"):
        kind = address.switch("view-added", "Map", KINDS, KINDS[0], bench.run.id, "switch-added")
        views = [View(kind).beside(name) for name in spaces(bench)]
        names = trust_line.named(bench)
        _maps(bench, views, [names[view.space] for view in views], "added", linked)
        found = trust_line.judgement(bench, views[0], *spaces(bench)[1:])
        told = trust_line.verdict(found, {name: names[name] for name in SPACES[1:]}) if found else ""
        st.html(f'<p class="hint">{escape(told)}</p>')


def _starts(bench: Bench, linked: dict[str, Any]) -> None:
    with frame.card("Three starts of t-SNE", "What all three agree on is real, the rest is chance.", "starts"):
        options = [setting(each) for each in PERPLEXITIES]
        chosen = address.switch("view-starts", "Perplexity", options, "30", bench.run.id, "switch-starts")
        views = [View("t-SNE", perplexity=float(chosen), seed=seed) for seed in SEEDS]
        starts = ["From the main axes", *(f"From chance, seed {seed}" for seed in SEEDS[1:])]
        _maps(bench, views, starts, "starts", linked)
        st.html(f'<p class="hint">{escape(_agreed(bench, views))}</p>')


def _maps(bench: Bench, views: list[View], names: list[str], key: str, linked: dict[str, Any]) -> None:
    """Side by side, each turned to agree best with the first, its trust below it."""
    seen = [projected(bench, view) for view in views]
    for i, (column, view, name) in enumerate(zip(st.columns(len(views), gap="small"), views, names, strict=True)):
        with column:
            st.html(f'<div class="mapname">{escape(name[0].upper() + name[1:])}</div>')
            _map(bench, _like(seen[i], seen[0]), f"{key}-{i}", f"{view.name}, {name}", linked)
            st.html(trust_line.short(bench, view))


def _like(seen: Projected | None, first: Projected | None) -> Floats | None:
    if seen is None or first is None:
        return None if seen is None else seen.points
    return turned(seen.points, first.points)


def _map(bench: Bench, points: Floats | None, key: str, alt: str, linked: dict[str, Any]) -> None:
    pack = bench.pack()
    if points is None or pack is None or bench.survey is None:
        frame.empty("No map yet", "It is being computed.", HEIGHT)
        return
    how: dict[str, Any] = {"equal": True, "pinned": bench.place, "alt": alt, "aside": True}
    picture = Cloud(points, key, pack, bench.atlas(), bench.classes, **how, **linked)
    acts = {"on_pin": partial(_pin, bench), "on_choose": partial(selecting.choose, bench)}
    cloud(picture, key=f"tool-{key}", height=HEIGHT, **acts)


def _pin(bench: Bench, place: object) -> None:
    """place: whatever the browser sent."""
    if isinstance(place, int) and bench.survey is not None and bench.survey.row(place) is not None:
        choice.choose_image(bench.run, place)


def _agreed(bench: Bench, views: Iterable[View]) -> str:
    """How much of the neighbourhoods does not depend on the start."""
    seen, survey = [projected(bench, view) for view in views], bench.survey
    maps = [each.points for each in seen if each is not None and each.done == 1]
    if survey is None or len(maps) < len(seen) or not trust_line.spreads(bench, "code"):
        return ""
    key = ("agreed", *bench.surveyed, *views)
    same = bench.desk.look(key, lambda: kept([points[judged(survey.codes)] for points in maps]))
    if same is None:
        return ""
    near, images = within(len(same)), len(same)
    chance = (near / (images - 1)) ** (len(maps) - 1)
    drawn = percent(chance) if chance > LEAST else f"under {percent(LEAST)}"
    return (
        f"Of an image's {near} nearest on the map {percent(float(same.mean()), 0)} are the same from all three starts; "
        f"places drawn by chance would share {drawn}. Groups that keep together in all three are real; where they lie "
        "and what lies beside them is not."
    )


def _directions(bench: Bench) -> None:
    with frame.card("How many directions?", "A steep fall: few carry the code.", "directions"):
        ours = spread(bench, "code")
        theirs = spread(bench, "pixels") if "pixels" in spaces(bench) else None
        if ours is None or bench.survey is None:
            frame.empty("No axes yet", "They are being computed.", HEIGHT)
            return
        pixels = [] if theirs is None else [float(share) for share in theirs.shares]
        st.html(scree([float(share) for share in ours.shares], pixels, "raw pixels"))
        rows = [("Code", bench.survey.codes.shape[1], ours)]
        if theirs is not None:
            rows.append(("Raw pixels", len(theirs.centre), theirs))
        st.html(_table(rows) + f'<p class="hint">{_meant(bench)}</p>')


def _table(rows: list[tuple[str, int, Spectrum]]) -> str:
    head = '<tr><th class="text"></th><th>numbers</th><th>effective</th><th>for 90 %</th></tr>'
    body = "".join(
        f'<tr><td class="text">{name}</td><td>{count(size)}</td><td>{number(found.effective)}</td>'
        f"<td>{_enough(found)}</td></tr>"
        for name, size, found in rows
    )
    return f'<div class="scroll"><table class="table">{head}{body}</table></div>'


def _enough(found: Spectrum) -> str:
    """How many axes hold 90 % of the variance."""
    if not found.total:
        return "0"
    sums = np.cumsum(found.shares)
    reached = int(np.searchsorted(sums, ENOUGH)) + 1
    return count(reached) if reached <= len(sums) else f"over {count(len(sums))}"


def _meant(bench: Bench) -> str:
    images = 0 if bench.survey is None else len(bench.survey.places)
    return (
        "Each bar is the share of the variance on one principal axis. Effective: the participation ratio, as many axes "
        f"of equal spread would do the same. For 90 %: axes that hold as much of the variance, on {count(images)} test "
        "images."
    )
