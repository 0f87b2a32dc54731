"""Planes: which cut through the code the pad shows, as a person chooses it, and what is known of it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aedash import registry
from aedash.analysis.plane import (
    CENTRES,
    Cloud,
    Ground,
    Plane,
    code_of,
    drawn,
    ground,
    pictures,
    principal_axes,
    spanned,
)
from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.events import Floats, Snapshot
from aedash.registry import Refused
from aedash.ui.components.pad import Spot
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.travelling import label_of
from aedash.ui.shell import address

AXES, UNITS, IMAGES = "axes", "units", "images"


@dataclass(frozen=True)
class Asked:
    """kind: AXES, UNITS, IMAGES; empty for a code of one or two numbers, which is shown whole. place: of the image
    that the plane goes through; first, second: units, from 1, or places of test images.
    """

    kind: str
    place: int
    first: int = 0
    second: int = 0

    def words(self, place: int) -> str:
        """Which plane it is."""
        through = f"through test image {place}"
        if self.kind == UNITS:
            return f"units {self.first} and {self.second} {through}"
        if self.kind == IMAGES:
            return f"{through} and test images {self.first} and {self.second}"
        return f"principal axes 1 and 2 {through}" if self.kind else "which is all of it"


@dataclass(frozen=True, eq=False)
class Laid:
    """A plane with what lies behind it. marks: test images on it; label: the class that is drawn where one is told,
    which `classed` says; most: images that its density is made of, at most.
    """

    asked: Asked
    plane: Plane
    ground: Ground
    marks: tuple[tuple[int, Spot], ...]
    label: int
    classed: bool
    most: int = CENTRES


def choice(bench: Bench) -> Asked | None:
    """Draw what there is to choose; None where what was typed is out of bounds, which the desk tells."""
    latent = size(bench)
    if latent is None:
        return None
    if latent <= 2:
        return Asked("", bench.place)
    with st.container(key="switch-plane"):
        told = "The plane leads through the chosen image, along principal axes, two units, or to two other images"
        kind = address.switch("view-plane", "Plane", [AXES, UNITS, IMAGES], AXES, bench.run.id, help=told)
    if kind == AXES:
        return Asked(kind, bench.place)
    last = registry.datasets.get(bench.run.config.data.name).info.test - 1
    noun, low, high = ("unit", 1, latent) if kind == UNITS else ("test image", 0, last)
    with st.container(horizontal=True, gap="small", key="explore_plane"):
        try:
            pair = [_number(noun, i, (low, high), f"{bench.run.id}-{kind}") for i in (1, 2)]
        except Refused as error:
            bench.desk.refusals[str(error)] = None
            return None
    return Asked(kind, bench.place, *pair)


def _number(noun: str, which: int, bounds: tuple[int, int], context: str) -> int:
    """The unit, or the test image, of one direction. Raises Refused out of bounds."""
    label = f"{noun.capitalize()} {('across', 'up')[which - 1]}"
    return int(address.within(label, address.number(f"view-plane-{which}", label, which, context), *bounds))


def size(bench: Bench) -> int | None:
    """Numbers of a code; None where nothing of the run is known yet."""
    snapshot: Snapshot | None = next(iter(bench.history.snapshots), None)
    return None if snapshot is None else len(snapshot.centre)


@dataclass(frozen=True, eq=False)
class Scene:
    """What all planes of a survey share: the density of its codes, and the axes along which they vary most."""

    cloud: Cloud
    axes: tuple[Floats, ...]


def scene(survey: Survey) -> Scene:
    """Half a second; each plane then takes a tenth."""
    return Scene(Cloud(drawn(survey)), tuple(principal_axes(survey.codes)))


def laid(survey: Survey, shared: Scene, asked: Asked, trained: Trained) -> Laid:
    """The plane and what lies on it. Raises Refused for a test image that there is not."""
    plane, marks = _plane(survey, shared, asked, trained)
    label = label_of(trained, asked.place)
    here = plane.origin[None]
    other = 0 if label else min(1, len(trained.data.info.classes) - 1)
    classed = not np.array_equal(pictures(trained, here, label), pictures(trained, here, other))
    return Laid(asked, plane, ground(plane, shared.cloud), marks, label, classed)


def _plane(survey: Survey, shared: Scene, asked: Asked, trained: Trained) -> tuple[Plane, tuple[tuple[int, Spot], ...]]:
    shown = drawn(survey)
    chosen = code_of(trained, survey, asked.place)
    if not asked.kind:
        plane = spanned(np.zeros_like(chosen), list(np.eye(len(chosen), dtype=np.float32)), shown, chosen[None])
        return plane, _marked(plane, (asked.place,), chosen[None])
    if asked.kind == IMAGES:
        others = np.stack([code_of(trained, survey, place) for place in (asked.first, asked.second)])
        plane = spanned(chosen, [*(others - chosen), *shared.axes], shown, others)
        return plane, _marked(plane, (asked.place, asked.first, asked.second), np.stack([chosen, *others]))
    if asked.kind == UNITS:
        units = np.eye(len(chosen), dtype=np.float32)
        directions = [units[asked.first - 1], units[asked.second - 1]]
    else:
        directions = list(shared.axes)
    return (plane := spanned(chosen, directions, shown)), _marked(plane, (asked.place,), chosen[None])


def _marked(plane: Plane, places: tuple[int, ...], codes: Floats) -> tuple[tuple[int, Spot], ...]:
    feet = plane.places(codes)
    return tuple((place, (float(x), float(y))) for place, (x, y) in zip(places, feet, strict=True))
