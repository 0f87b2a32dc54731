"""Pad: a card of Explore. What lies under the pointer is decoded, by the browser where the decoder can travel."""

from functools import partial
from typing import cast

import numpy as np
import streamlit as st

from aedash import registry
from aedash.analysis.plane import RARE, pictures, stretch
from aedash.analysis.survey import Survey, survey
from aedash.events import Bytes
from aedash.figures.theme import class_color
from aedash.formatting import count, many, number, percent
from aedash.ui.components.pad import FILM, Pad, Spot, pad
from aedash.ui.explore import planes, travelling
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.held import Held, held, keepers
from aedash.ui.explore.planes import Asked, Laid
from aedash.ui.shell import address, frame

HEIGHT = 535  # pixels of its picture
ROW = 76  # of them, for the two numbers that some planes are chosen by
LATTICE = 8  # pictures a side of the lattice, where the server decodes them
LAST = "explore_pad_last"
NOTHING = "No pad", "It needs the codes of the test images, and the weights that decode."


def card(bench: Bench) -> None:
    """Draw it."""
    with frame.card("Decode", "Point: the decoder draws.", "explore_pad"):
        asked = planes.choice(bench)
        if asked is None:
            frame.pending(*NOTHING, bench.desk.refusals, HEIGHT)
            return
        now = held(bench.run.id, str(asked))  # what a link asks for is taken in the first pass, or lost
        height = HEIGHT - (ROW if asked.second else 0)
        view = _latest(bench, _view(bench, asked, now))
        if view is None:
            frame.pending(*NOTHING, bench.desk.refusals, height)
            return
        pad(view, key=f"explore-pad-{bench.run.id}", height=height, on=keepers(bench.run.id, str(asked)))


def _latest(bench: Bench, view: Pad | None) -> Pad | None:
    """What was drawn last of this run stays until the next plane is there, unless there will be none."""
    if view is not None:
        st.session_state[LAST] = bench.run.id, view
    elif not bench.desk.refusals and (last := st.session_state.get(LAST)) and last[0] == bench.run.id:
        return cast(Pad, last[1])
    return view


def _view(bench: Bench, asked: Asked, now: Held) -> Pad | None:
    """What is drawn; None until all that it needs is there."""
    seen = bench.ask("survey", lambda trained: survey(trained, bench.points), bench.points)
    decoder = travelling.decoder(bench)
    if seen is None or decoder is None:
        return None
    shared = bench.ask("scene", lambda _: planes.scene(seen), bench.points)
    laid = shared and bench.ask("plane", partial(planes.laid, seen, shared, asked), bench.points, asked)
    return _drawn(bench, seen, laid, decoder, now) if laid else None


def _drawn(bench: Bench, seen: Survey, laid: Laid, decoder: str, now: Held) -> Pad:
    plane, ground = laid.plane, laid.ground
    fields = {"density": ground.density, "common": ground.common, "prior": ground.prior}
    stretched = None
    if now.behind == "stretch":
        label = laid.label
        stretched = bench.ask("stretch", lambda t: stretch(t, plane, label), bench.points, laid.asked)
        fields |= {} if stretched is None else {"stretch": stretched}
    live = bench.snapshot is None
    return Pad(
        edition=f"{bench.version} {laid.asked} {address.version()}",
        decoder=decoder,
        shape=_shape(bench),
        origin=plane.origin,
        across=plane.across,
        up=plane.up,
        low=plane.low,
        high=plane.high,
        fields=fields,
        words=_words(bench, laid, len(seen.codes), stretched),
        marks=laid.marks,
        classes=bench.classes,
        colors=tuple(class_color(index) for index in range(len(bench.classes))),
        note=_note(bench, laid, decoder),
        alt=f"A plane through the code, {laid.asked.words(bench.place)}.",
        behind=now.behind,
        way=now.way,
        spot=now.spot or laid.marks[0][1],
        anchors=now.anchors,
        pack=bench.pack() if live else None,
        atlas=bench.atlas() if live else None,
        **({} if decoder else _decoded(bench, laid, now)),
    )


def _shape(bench: Bench) -> tuple[int, int, int]:
    channels, height, width = registry.datasets.get(bench.run.config.data.name).info.shape
    return channels, height, width


# -- what the server decodes, of a model that cannot travel


def _decoded(bench: Bench, laid: Laid, now: Held) -> dict[str, Bytes | None]:
    film = None if len(now.anchors) < 2 else _pictures(bench, laid, along(now.anchors, FILM))
    lattice = None
    if now.behind == "pictures":
        tiles = _pictures(bench, laid, [(float(x), float(y)) for x, y in laid.plane.mesh(LATTICE)])
        # the mesh begins at the bottom, a picture at the top
        lattice = None if tiles is None else tiles.reshape(LATTICE, LATTICE, *tiles.shape[1:])[::-1]
    return {"spot_picture": _pictures(bench, laid, [now.spot or laid.marks[0][1]]), "film": film, "lattice": lattice}


def _pictures(bench: Bench, laid: Laid, spots: list[Spot]) -> Bytes | None:
    codes = laid.plane.codes(np.array(spots, np.float32))
    return bench.ask("decoded", lambda t: pictures(t, codes, laid.label), bench.points, laid.asked, tuple(spots))


def along(anchors: tuple[Spot, ...], total: int) -> list[Spot]:
    """So many places on the straight way from anchor to anchor, evenly by its length.

    >>> along(((0.0, 0.0), (3.0, 0.0), (3.0, 1.0)), 3)
    [(0.0, 0.0), (2.0, 0.0), (3.0, 1.0)]
    """
    corners = np.array(anchors)
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    shares = np.linspace(0, lengths[-1], total)
    return [(float(np.interp(s, lengths, corners[:, 0])), float(np.interp(s, lengths, corners[:, 1]))) for s in shares]


# -- words


def _words(bench: Bench, laid: Laid, images: int, stretched: object) -> dict[str, str]:
    """A sentence for each thing that can lie behind the plane: what to look for."""
    seen = many(min(images, laid.most), "test image")
    ground = laid.ground
    here = f", {percent(ground.holes_here, 0)} on this plane" if laid.asked.kind else ""
    most, free = percent(1 - RARE, 0), "" if _has_prior(bench) else " Nothing pulled the codes to it."
    return {
        "density": f"Blue: where codes of {seen} lie. Where it is pale, the decoder was hardly asked to draw.",
        "holes": f"Orange: holes, where N(0, I) draws and data are sparser than around {most} of {seen}: "
        f"{percent(ground.holes, 0)} of its draws{here}.{free}",
        "stretch": _stretch_words(stretched),
        "pictures": "Each tile is the code at its middle, decoded: look where one kind of picture turns into another.",
    }


def _has_prior(bench: Bench) -> bool:
    """Whether training pulls the codes to N(0, I): a KL does, and so does the MMD of a Wasserstein autoencoder."""
    config = bench.run.config
    return config.architecture.variational or any(term.name == "mmd" for term in config.objective)


def _stretch_words(stretched: object) -> str:
    if not isinstance(stretched, np.ndarray):
        return "How much pictures change by a small step: it is being measured."
    finite = stretched[np.isfinite(stretched)]
    if not finite.size:
        return "No small step changes the picture: codes are rounded before they are decoded."
    middle = float(np.median(finite))
    low, high = (10 ** (float(edge) - middle) for edge in (finite.min(), finite.max()))
    return (
        "The darker, the more a small step changes the picture: log det J'J of the decoder along the plane. Areas grow "
        f"{number(low)} to {number(high)} times as much as in the plane's median."
    )


def _note(bench: Bench, laid: Laid, decoder: str) -> str:
    said = []
    if not decoder:
        said.append(f"Decoded by the server, when the pointer rests: {travelling.stays(bench) or travelling.STAYS}")
    if laid.classed:
        said.append(f"Drawn as class {bench.classes[laid.label]}, that of test image {count(bench.place)}.")
    elif beside := bench.run.config.architecture.beside():
        said.append(f"The code alone draws here, without {beside}.")
    if bench.snapshot is not None:
        said.append("By the best weights, whichever moment the map shows.")
    return " ".join(said)
