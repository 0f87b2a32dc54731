"""Units: one bar a unit of the code, and what one of them does."""

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.firing import Firing, by_class, firing, loudest, most
from aedash.analysis.survey import Survey, survey
from aedash.analysis.trained import Trained
from aedash.analysis.traversal import Origin, UnitEffect, at_image, at_mean_code, shown, unit_effect
from aedash.events import Floats
from aedash.figures import units as figures
from aedash.formatting import count, many, number
from aedash.registry import Refused
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.units import ridges, units
from aedash.ui.explore import choice
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame

FIRED = 12  # test images that fire a unit most
HEIGHT = 180
LARGEST = 2**20  # numbers of a code that an address may name
UNIT = "view-unit"
COLUMNS = [0.37, 0.33, 0.3]
SPREAD = "A few tall bars and many flat ones: the code needs fewer numbers than it has."


@dataclass(frozen=True, eq=False)
class Close:
    """One unit from near. effects: (label, effect) from the chosen image, where it has a code, and from the mean code;
    code: (latent,) of the image, or None; why: a sentence where it has none, or where something goes round the code.
    """

    effects: tuple[tuple[str, UnitEffect], ...]
    code: Floats | None
    why: str


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The bars, and the chosen unit's own view. chosen: rows of the survey, not looked at here."""
    asked, seen = _asked(bench), surveyed(bench)
    found = fired(bench, seen) if seen else None
    if seen is None or found is None:
        frame.pending("No units", "Each unit's part, over test images.", bench.desk.refusals, HEIGHT)
        return
    unit = _chosen(bench, found, asked)
    near = bench.ask("unit", partial(close, seen=seen, units=found, unit=unit, place=bench.place), *_of(bench, unit))
    _bars(bench, found, unit, near)
    if near is None:
        frame.pending("No pictures", "What this unit draws.", bench.desk.refusals, HEIGHT)
    else:
        _view(bench, seen, found, unit, near)


def surveyed(bench: Bench) -> Survey | None:
    """Test images by the best weights, whichever moment the map shows: what is decoded is decoded by these."""
    if bench.snapshot is None:
        return bench.survey
    return bench.ask("survey", lambda trained: survey(trained, bench.points), bench.points)


def seen_by(bench: Bench) -> tuple[Any, ...]:
    """Names what `surveyed` gives: for a while beside newer weights the survey of those before them."""
    return bench.points, bench.of


def fired(bench: Bench, seen: Survey) -> Firing | None:
    """What each unit does over those images."""
    sigmoid = getattr(bench.run.config.architecture, "code_activation", "") == "sigmoid"
    on = sigmoid and not bench.run.config.architecture.variational
    return bench.ask("firing", lambda _: firing(seen.codes, seen.log_var, on), *seen_by(bench))


def latent_shape(bench: Bench) -> tuple[int, ...] | None:
    """Shape of a code; None until the model is read."""
    return bench.ask("latent shape", lambda trained: trained.model.latent_shape)


def close(trained: Trained, seen: Survey, units: Firing, unit: int, place: int) -> Close:
    """All that one unit's view shows of a test image."""
    row, code = seen.row(place), None
    low, high, deviation = (float(each[unit]) for each in (units.low, units.high, units.deviation))
    mean = at_mean_code(trained, seen.codes, place)
    origins, why = [("mean code", mean)], _beside(trained, mean, place)
    try:
        own = at_image(trained, place, None if row is None else seen.codes[row])
        origins, code = [(f"image {place}", own), *origins], own.code.numpy()
    except Refused as error:
        why = str(error)
    effects = tuple((label, unit_effect(trained, origin, unit, low, high, deviation)) for label, origin in origins)
    return Close(effects, code, why)


def _beside(trained: Trained, mean: Origin, place: int) -> str:
    """What the decoder is given beside the code, and whose it is here; empty for most models."""
    told = trained.config.architecture.beside()
    if not told:
        return ""
    whose = "which a mean code has none of" if mean.context is None else "in both rows"
    return f"This decoder is also given {told}: here that of image {place}, {whose}."


def _of(bench: Bench, unit: int) -> tuple[Any, ...]:
    return *seen_by(bench), bench.place, unit


def _asked(bench: Bench) -> int | None:
    """The number of the unit that the address asks for, from 0, and counts from 1, as people do; None: the strongest.

    Read before anything is computed: a wish is forgotten by the time that all is there.
    """

    def read(text: str) -> int | None:
        if not 1 <= int(text) <= LARGEST:
            raise ValueError(text)
        return int(text) - 1

    return address.kept(UNIT, None, read, bench.run.id)


def _chosen(bench: Bench, units: Firing, asked: int | None) -> int:
    """The unit that is looked at; one that the code has not is left out, and told."""
    if asked is not None and asked >= len(units.strength):
        address.keep(UNIT, None, bench.run.id)
        address.leave_out(UNIT)
        asked = None
    address.look(UNIT, None if asked is None else str(asked + 1))
    return int(units.order[0]) if asked is None else asked


def choose(bench: Bench, unit: int) -> None:
    """Look at this unit."""
    address.keep(UNIT, str(unit + 1), bench.run.id)


def _bars(bench: Bench, found: Firing, unit: int, near: Close | None) -> None:
    shape = latent_shape(bench) or (len(found.strength),)
    size = len(found.strength)
    few = f"The {figures.BARS} strongest of " if size > figures.BARS else ""
    hint = f"{few}{many(size, 'number')} over {count(found.images)} test images, best weights. {SPREAD}"
    with frame.card("Units", hint, "explore_units"):
        loud = loudest(near.code, found) if near and near.code is not None else []
        units(
            figures.bars(found, shape),
            unit,
            [(each, f"{figures.name(each, shape)} ({_signed(far)})") for each, far in loud],
            f"image {bench.place}, in deviations from the mean",
            figures.MEASURES[found.measure],
            key=f"units-{bench.run.id}",
            on_choose=partial(choose, bench),
        )
        disputed = " Outlined bars are not active; a diamond marks where the rules differ."
        st.caption(figures.rules(found, shape) + disputed)


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)


def _view(bench: Bench, seen: Survey, found: Firing, unit: int, near: Close) -> None:
    shape = latent_shape(bench) or (len(found.strength),)
    left, middle, right = st.columns(COLUMNS, gap="small")
    title = figures.name(unit, shape).capitalize()
    with left, frame.card(title, "From 5 to 95 % of its values: what does it turn into what?", "explore_unit"):
        _number(bench, unit, shape)
        mosaic(figures.strips(near.effects), key="unit-strip")
        if near.why:
            st.caption(near.why)
    with middle, frame.card("Without it, and more", "Blue is darker, orange brighter.", "explore_unit_change"):
        mosaic(figures.changes(near.effects), key="unit-changes")
        st.caption("The last picture, what one deviation more adds, is drawn from its strongest pixel on.")
    with right, frame.card("Its values", _values_hint(found), "explore_unit_values"):
        values = seen.codes[:, unit]
        edges, images = by_class(values, seen.labels, len(bench.classes))
        own = None if near.code is None else float(near.code[unit])
        ridges(figures.histogram(edges, images, bench.classes, values, seen.labels, found, own), key="unit-values")
    values = seen.codes[:, unit]
    high, low = most(values, FIRED), most(-values, FIRED)
    if found.measure == "rate":
        _ends(bench, seen, unit, high, "Fire it most", "The largest values first. What do these images share?")
        return
    left, right = st.columns(2, gap="small")
    with left:
        _ends(bench, seen, unit, high, "Largest values", "The largest first. What do these images share?")
    with right:
        _ends(bench, seen, unit, low, "Smallest values", "The smallest first: the other end of what it tells.")


def _ends(bench: Bench, seen: Survey, unit: int, rows: NDArray[np.int64], title: str, hint: str) -> None:
    """The test images at one end of a unit's values; a click chooses one."""
    places, values, key = seen.places[rows], seen.codes[rows, unit], f"unit-{title.split()[0].lower()}"
    with frame.card(title, hint, key):
        pictures = bench.ask("images", partial(shown, places=places), *places.tolist())
        if pictures is None:
            frame.pending("No images", "They are read.", bench.desk.refusals, 70)
            return
        mosaic(
            figures.row_of(pictures, [number(float(value)) for value in values], f"{title}, test images."),
            key=f"{key}-images",
            on_touch=lambda _, column: choice.choose_image(bench.run, int(places[column])),
        )


def _values_hint(found: Firing) -> str:
    told = "share that fires it" if found.measure == "rate" else "mean"
    return f"By class, {told} at the right; the line is the chosen image."


def _number(bench: Bench, unit: int, shape: tuple[int, ...]) -> None:
    """Any unit, by its number; of a convolutional code by channel and place. What is out of bounds is refused."""
    place = [int(each) for each in np.unravel_index(unit, shape)]
    names = ["Unit"] if len(shape) == 1 else ["Channel", "Row", "Column"]
    if prod(shape) <= figures.BARS:
        return
    with st.container(horizontal=True, gap="small"):
        keys = [f"unit-{name}-{bench.run.id}-{unit}" for name in names]
        for name, key, value, most_of in zip(names, keys, place, shape, strict=True):
            st.number_input(
                f"{name}, 1 to {most_of}",
                1,
                most_of,
                value + 1,
                key=key,
                width=130,
                on_change=lambda: choose(
                    bench, int(np.ravel_multi_index([int(st.session_state[each]) - 1 for each in keys], shape))
                ),
            )
