"""The pad: a plane through code space on which one points, and what lies there is decoded at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.events import Bytes, Floats
from aedash.figures.payloads import packed
from aedash.ui.components.source import script, style

BEHIND = ("density", "holes", "stretch", "pictures")
WAYS = ("straight", "spherical", "through data")
MOST_ANCHORS = 8
FILM = 12  # pictures of the film strip

Spot = tuple[float, float]

_mount = st.components.v2.component("aedash.pad", html='<div class="root"></div>', css=style("pad"), js=script("pad"))


@dataclass(frozen=True, eq=False)
class Pad:
    """One plane, see `analysis.plane.Plane`; places on it are in code units.

    edition: names the plane and what the address asks for: with another one spot, anchors, behind and way are taken
    from here. decoder: the parcel's name; empty where the server decodes. shape: (channels, height, width) of a
    picture. fields: {"density", "common", "prior", "stretch": (side, side)}, what is measured behind it, as in
    `analysis.plane.Ground`; words: {what lies behind: a sentence}. marks: test images that lie on it, (place, spot).
    pack, atlas: of the survey, where it may be shown. spot_picture, film, lattice: what the server decoded, (1, 12 or
    rows x columns pictures in one array of bytes); None where the browser does.
    """

    edition: str
    decoder: str
    shape: tuple[int, int, int]
    origin: Floats
    across: Floats
    up: Floats
    low: Floats
    high: Floats
    fields: Mapping[str, Floats]
    words: Mapping[str, str]
    marks: tuple[tuple[int, Spot], ...]
    classes: tuple[str, ...]
    colors: tuple[str, ...]
    note: str
    alt: str
    behind: str
    way: str
    spot: Spot
    anchors: tuple[Spot, ...]
    pack: str | None = None
    atlas: dict[str, Any] | None = None
    spot_picture: Bytes | None = None
    film: Bytes | None = None
    lattice: Bytes | None = None


def pad(view: Pad, *, key: str, height: int, on: Mapping[str, Callable[[str], None]]) -> None:
    """Draw it, `height` CSS pixels high. on: {"spot", "anchors", "behind", "way"}: called with what a person chose, as
    text, before the page runs again.
    """

    def told(name: str) -> Callable[[], None]:
        return lambda: on[name](str(st.session_state[key][name]))

    acts: dict[str, Any] = {f"on_{name}_change": told(name) for name in on}
    _mount(key=key, data=payload(view) | {"height": height}, height=height, **acts)


def payload(view: Pad) -> dict[str, Any]:
    """What the browser needs, as plain JSON."""
    lattice = view.lattice
    return {
        "edition": view.edition,
        "decoder": view.decoder,
        "shape": list(view.shape),
        **{name: packed(getattr(view, name), "<f4") for name in ("origin", "across", "up")},
        "low": [float(edge) for edge in view.low],
        "high": [float(edge) for edge in view.high],
        "flat": not view.up.any(),
        "fields": {name: field(values) for name, values in view.fields.items()},
        "words": dict(view.words),
        "marks": [{"place": place, "at": list(at)} for place, at in view.marks],
        "classes": list(view.classes),
        "colors": list(view.colors),
        "note": view.note,
        "alt": view.alt,
        "behind": view.behind,
        "way": view.way,
        "spot": list(view.spot),
        "anchors": [list(at) for at in view.anchors],
        "most": MOST_ANCHORS,
        "pack": view.pack,
        "atlas": view.atlas,
        "spotPicture": _bytes(view.spot_picture),
        "film": _bytes(view.film),
        "lattice": None
        if lattice is None
        else {"columns": lattice.shape[1], "rows": lattice.shape[0], "packed": _bytes(lattice)},
    }


def field(values: NDArray[Any]) -> dict[str, Any] | None:
    """Values of a mesh as bytes between their lowest and highest; what is not finite is the lowest, all of it None.

    >>> field(np.array([[0.0, 10.0], [-np.inf, 5.0]], np.float32))["high"]
    10.0
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    shares = (np.where(np.isfinite(values), values, low) - low) / ((high - low) or 1.0)
    return {"low": low, "high": high, "packed": packed(np.round(255 * shares), "u1")}


def _bytes(pictures: Bytes | None) -> str | None:
    return None if pictures is None else packed(pictures, "u1")
