"""Which images and classes a run is good and bad at, by its best weights so far: other views of its reconstructions."""

from functools import partial

import streamlit as st

from aedash import registry
from aedash.analysis.inside import Judged, judged
from aedash.analysis.specimen import Touched
from aedash.analysis.trained import written
from aedash.events import Probes
from aedash.figures import inside as figures
from aedash.formatting import count
from aedash.history import Run
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.shell import address, frame
from aedash.ui.specimen import touch
from aedash.ui.specimen.touch import Place
from aedash.ui.train.view import View
from aedash.ui.widgets import errors

SHOWN = ["Images", "Best, worst", "By class"]
ERRORS, LAST = "view-errors", "errors_last"  # parameter; what was drawn last, shown until newer weights are judged
HEIGHT = 250


def chosen(view: View) -> str:
    """One of SHOWN, before the card is drawn; images alone while a run has no weights."""
    if not _can(view) or view.run is None:
        return SHOWN[0]
    return address.kept(ERRORS, SHOWN[0], dict(zip(SHOWN, SHOWN, strict=True)).__getitem__, view.run.id)


def choose(view: View) -> None:
    """The switch in the head of the card."""
    if _can(view) and view.run is not None:
        address.switch(ERRORS, "Shown", SHOWN, SHOWN[0], view.run.id, "switch-errors")


def _can(view: View) -> bool:
    return view.run is not None and view.history.probes is not None and written(view.run) > 0


def draw(view: View, shown: str, desk: Desk) -> None:
    """What was chosen, of all images of the run's map."""
    run, probes = view.run, view.history.probes
    assert run is not None
    assert probes is not None
    found = _known(run, probes, desk)
    if found is None:
        frame.pending("No errors", "All images of the map are rebuilt.", desk.refusals, HEIGHT)
    elif shown == SHOWN[2]:
        classes = registry.datasets.get(run.config.data.name).info.classes
        errors.by_class(found.mse, probes.labels, classes, _images(view, probes))
    else:
        grid = figures.ranks(probes.images[found.rows], found.outputs, found.mse[found.rows])
        mosaic(grid, key="ranks", on_touch=partial(_open, run, found))
        st.caption(f"Of {_images(view, probes)}, by MSE per pixel on [0, 1].")


def _known(run: Run, probes: Probes, desk: Desk) -> Judged | None:
    root = manager().settings.data_dir
    found = desk.look(("errors", run.id, written(run)), lambda: judged(run, probes, root))
    if found is not None:
        st.session_state[LAST] = run.id, found
    last = st.session_state.get(LAST)
    return last[1] if last and last[0] == run.id else None


def _images(view: View, probes: Probes) -> str:
    """Which images, and by which weights: those of the epoch that was the best, whatever moment the page shows."""
    best = view.history.best()
    epoch = f" (epoch {best.epoch})" if best else ""
    noise = ", with noise" if view.config.corruption.name != "none" else ""
    return f"the first {count(len(probes.labels))} test images{noise}, by the best weights{epoch}"


def _open(run: Run, found: Judged, _row: int, column: int) -> None:
    """Open the card of an image of the grid."""
    if 0 <= column < len(found.rows):
        touch.touch(Place(Touched("dot", int(found.rows[column]))), run.id)
