"""The four cards of the live board: reconstruction, latent map, loss, samples."""

from functools import partial
from typing import Literal

import streamlit as st

from aedash import registry
from aedash.analysis.moments import basis_sentence
from aedash.analysis.snapshots import MAP_POINTS
from aedash.analysis.specimen import Touched
from aedash.data.image_data import Unavailable
from aedash.events import Bytes, Probes, RunState, Snapshot
from aedash.figures import board
from aedash.figures.grids import Mosaic
from aedash.formatting import count
from aedash.history import Run
from aedash.ui.components.curve import curve
from aedash.ui.components.live import STILL, words
from aedash.ui.components.mosaic import mosaic
from aedash.ui.components.scatter import scatter
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.images import fixed_images, noisy_images
from aedash.ui.shell import address, frame
from aedash.ui.specimen import touch
from aedash.ui.specimen.touch import Place
from aedash.ui.train import errors, pictures, sampling
from aedash.ui.train.broadcast import feed
from aedash.ui.train.embedding import PROJECTIONS, ROW_HEIGHT, choose_projection, embedding, projection
from aedash.ui.train.formula import objective_line, split_sentence
from aedash.ui.train.view import View
from aedash.ui.widgets import identity

MAP_HEIGHT = 250
SAMPLES_HEIGHT = 252
LOSS_HEIGHT = 236
UPLOADED = "These weights were uploaded: how they were trained, and on which images, nobody can tell."
EXHIBIT_KEY = "exhibit"


def reconstruction(view: View, desk: Desk) -> None:
    originals, inputs = None, None
    noise = view.config.corruption.name != "none"
    if view.history.probes is not None:
        probes = view.history.probes
        originals = probes.originals
        inputs = probes.inputs if noise else None
    else:
        try:
            originals = fixed_images(view.config.data.name)
            inputs = noisy_images(view.config) if noise else None
        except Unavailable:
            originals = None
    noisier = view.in_force.corruption != view.config.corruption
    same = "The same test images, with the noise of the start," if noisier else "The same test images"
    if view.snapshot:
        hint = _kept(view, desk) or f"{same} all along. Error: blue is too dark, orange too bright."
    else:
        hint = "Test images, clean and with the noise." if noise else "Test images, never trained on."
    shown = errors.chosen(view)
    hint = hint if shown == errors.SHOWN[0] else "Where does it fail, and where is it at its best?"
    with frame.card("Reconstruction", hint, "reconstruction"):
        errors.choose(view)
        if originals is None:
            frame.empty("The images are not here yet", "Download the data set above.", MAP_HEIGHT)
        elif shown != errors.SHOWN[0]:
            errors.draw(view, shown, desk)
        else:
            mosaic(
                _grid(view, originals, inputs),
                key="reconstruction",
                on_touch=partial(_image, view) if view.snapshot else None,
                touched=_column(view),
                feed=feed(view, "reconstruction"),
            )


def _kept(view: View, desk: Desk) -> str:
    """What a classifier still reads in the reconstructions of a run that is over, in one line; empty till then."""
    found = identity.kept(view.run, desk) if view.run and view.over and view.run.figures else None
    return f"{identity.sentence(found, view.config)} Blue: too dark." if found else ""


def _grid(view: View, originals: Bytes, inputs: Bytes | None) -> Mosaic:
    """Of a run made once for all who look at it."""
    if view.history.probes is None:
        return board.reconstruction(originals, inputs, None)
    return pictures.reconstruction(view.history.probes, view.snapshot, inputs is not None)


def _image(view: View, _row: int, column: int) -> None:
    """Open the card of an image of the grid."""
    probes = view.history.probes
    if view.run and probes is not None and 0 <= column < len(probes.shown):
        _touch(view.run, "dot", int(probes.shown[column]))


def _column(view: View) -> int | None:
    """Where the image whose card is open stands in the grid."""
    if view.run is None or view.history.probes is None:
        return None
    shown = view.history.probes.shown.tolist()
    dot = touch.dot(view.run.id, len(view.history.probes.labels))
    return shown.index(dot) if dot in shown else None


def _touch(run: Run, kind: Literal["dot", "sample"], place: int) -> None:
    touch.touch(Place(Touched(kind, place)), run.id)


def latent_map(view: View) -> None:
    info = registry.datasets.get(view.config.data.name).info
    shown = len(view.history.probes.labels) if view.history.probes else min(MAP_POINTS, info.test)
    dots = _dots(shown, info.test)
    with frame.card("Latent map", _map_hint(view), "map"):
        probes = view.history.probes
        if view.snapshot is None or probes is None or view.run is None:
            soon = view.run is not None and view.history.state.state is RunState.RUNNING
            frame.empty("The map appears in the first second" if soon else "No map yet", dots, MAP_HEIGHT)
            return
        _map(view.run, view, probes, view.snapshot, info.classes)


def _map(run: Run, view: View, probes: Probes, snapshot: Snapshot, classes: tuple[str, ...]) -> None:
    """t-SNE where it is asked for and there, else PCA."""
    height, points = MAP_HEIGHT, None
    if view.over and choose_projection(run.id) != PROJECTIONS[0]:
        points = embedding(run.id, snapshot)
        height -= ROW_HEIGHT
    followed = touch.followed(run.id, len(probes.labels))
    if points is None:
        drawn, source = pictures.plan(run, view.history, snapshot, followed), feed(view, "map")
    else:
        drawn, source = board.embedding_map(points, probes, classes, run.id), STILL
    scatter(
        drawn,
        key=f"map-{run.id}",
        height=height,
        touched=touch.dot(run.id, len(probes.labels)),
        followed=followed,
        on_touch=partial(_touch, run, "dot"),
        on_unfollow=partial(_unfollow, run.id),
        feed=source,
    )


def _unfollow(run: str, dot: int) -> None:
    if dot < 0:
        touch.follow_none(run)
    else:
        touch.follow(run, dot)


def _dots(shown: int, test: int) -> str:
    """How many of the test images are on the map."""
    images = f"the {count(test)} test images"
    return f"One dot for each of {images}." if shown == test else f"{count(shown)} of {images}, a dot each."


def _map_hint(view: View) -> str:
    """What its axes mean."""
    if view.snapshot is None or view.run is None:
        return "Codes seen along their two main directions."
    if view.over and projection(view.run.id) != PROJECTIONS[0]:
        return "Near dots have alike codes; how far apart others lie says little."
    return basis_sentence(view.history)


def loss(view: View, earlier: board.Earlier | None) -> None:
    with frame.card("Loss", split_sentence(view.config, pictures.sourced(view)), "loss"):
        st.html(words(objective_line(view), feed(view, "objective")))
        if view.run and view.run.uploaded:
            frame.empty("No curves", UPLOADED, LOSS_HEIGHT)
            return
        name = view.run.id if view.run else "none"
        curve(pictures.chart(view, earlier), key=f"loss-{name}", height=LOSS_HEIGHT, feed=feed(view, "loss"))


def samples(view: View) -> None:
    title, about = registry.architectures.get(view.config.architecture.name).card.exhibit
    exhibit = False
    with frame.card("Samples", sampling.hint(view.config), "samples"):
        if title:
            options = ["Samples", title]
            exhibit = address.switch("view-samples", "Shown", options, "Samples", key=EXHIBIT_KEY) == title
        if view.snapshot is None:
            frame.empty("No samples yet", "Random codes, decoded as the model learns.", SAMPLES_HEIGHT)
        elif exhibit and not view.snapshot.exhibit.size:
            frame.empty("Not kept at this moment", "It is there at the end of the run.", SAMPLES_HEIGHT)
        elif exhibit:
            mosaic(board.exhibit(view.snapshot), key="own_pictures", feed=feed(view, "exhibit"))
        else:
            mosaic(
                board.samples(view.snapshot),
                key="samples",
                on_touch=partial(_sample, view),
                touched=_tile(view),
                feed=feed(view, "samples"),
            )
        if exhibit:
            st.caption(about)


def _sample(view: View, row: int, column: int) -> None:
    if view.run:
        _touch(view.run, "sample", row * board.SAMPLE_COLUMNS + column)


def _tile(view: View) -> int | None:
    """The sample whose card is open."""
    place = touch.touched(view.run.id) if view.run else None
    return place.touched.place if place and place.touched.kind == "sample" else None
