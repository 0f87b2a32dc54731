"""Pins: up to four test images that are kept beside the chosen one, to be compared with it and with one another."""

from functools import partial

import numpy as np

from aedash import registry
from aedash.analysis.neighbourhood import Inspection
from aedash.figures.grids import Mosaic, error_map, sheet
from aedash.formatting import number
from aedash.history import Run
from aedash.ui.components.mosaic import mosaic
from aedash.ui.explore import choice
from aedash.ui.shell import address

PINS, MOST = "view-pins", 4


def pinned(run: Run) -> list[int]:
    """Their places in the test split, in the order in which they were kept; written into the address."""
    none: list[int] = []
    places = address.kept(PINS, none, partial(_read, run), run.id)
    address.look(PINS, "-".join(map(str, places)) or None)
    return places


def pin(run: Run, place: int) -> None:
    """Keep an image, or no longer; the oldest of more than four is let go."""
    none: list[int] = []
    places = address.kept(PINS, none, partial(_read, run), run.id)
    now = [other for other in places if other != place] if place in places else [*places, place][-MOST:]
    address.keep(PINS, "-".join(map(str, now)) or None, run.id)


def draw(run: Run, found: dict[int, Inspection]) -> None:
    """Original, output and error of each, side by side. found: {place: what is known of it}, those that are there."""
    known = [(place, one.own) for place, one in found.items()]
    images = [own.image for _, own in known if own.image is not None]
    outputs = [own.output for _, own in known if own.output is not None]
    if not known or len(images) < len(known) or len(outputs) < len(known):
        return
    places = [place for place, _ in known]
    original, output = np.stack(images), np.stack(outputs)
    grid = Mosaic(
        sheet([original, output, error_map((output.astype(np.float32) - original) / 255)]),
        len(places),
        3,
        ("kept", "output", "error", "MSE"),
        tuple(number(own.mse) for _, own in known),
        f"Kept: test images {', '.join(map(str, places))}",
        max_tile=60,
        min_tile=40,
        room=3.4,
    )
    mosaic(grid, key="explore-pins", on_touch=lambda _, column: _choose(run, places, column))


def _choose(run: Run, places: list[int], column: int) -> None:
    if column < len(places):
        choice.choose_image(run, places[column])


def _read(run: Run, text: str) -> list[int]:
    there = registry.datasets.get(run.config.data.name).info.test
    places = [int(part) for part in text.split("-")]
    if len(places) > MOST or any(not 0 <= place < there for place in places):
        raise ValueError(text)
    return list(dict.fromkeys(places))
