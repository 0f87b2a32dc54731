"""Image: the card of Explore that shows one test image, and what is selected of them."""

from dataclasses import replace
from functools import partial
from zlib import crc32

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash import registry
from aedash.analysis.neighbourhood import Inspection, beside, inspected, near_in_code, near_in_pixels, reach
from aedash.analysis.specimen import Specimen, Touched, asked, recorded
from aedash.analysis.survey import Survey
from aedash.analysis.trained import written
from aedash.events import Probes, Snapshot
from aedash.figures import inspector as figures
from aedash.figures.payloads import Payload
from aedash.formatting import count
from aedash.ui.components.inspector import inspector
from aedash.ui.desk.manager import manager
from aedash.ui.explore import choice, files, pins, selection, travelling
from aedash.ui.explore.bench import Bench
from aedash.ui.shell import address, frame

HEIGHT = 520  # CSS pixels, before anything is there
IMAGE, SELECTION = "Image", "Selection"
TAB, SEEN = "view-card", "explore_card"


def card(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """Draw it. chosen: rows of the survey that are selected on the map."""
    with st.container(border=True, height="stretch", key="explore_image_box"):
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="small", key="explore_tabs"):
            tab = _tab(bench, chosen)
            if bench.survey is not None and tab == SELECTION and len(chosen):
                files.offer(bench, bench.survey, chosen)
        if bench.survey is None:
            frame.pending("No image", "It comes with the map.", bench.desk.refusals, HEIGHT)
        elif tab == SELECTION:
            selection.draw(bench, bench.survey, chosen)
        else:
            _image(bench, bench.survey)


def _tab(bench: Bench, chosen: NDArray[np.int64]) -> str:
    """Which of the two is shown: the selection as soon as something is selected, the image as soon as one is chosen."""
    now = (bench.run.id, crc32(chosen.tobytes()) if len(chosen) else 0, bench.place)
    before = st.session_state.get(SEEN) or now
    if bench.survey is not None:  # before it is there nothing can be selected
        st.session_state[SEEN] = now
        if before[0] == now[0] and before[1] != now[1]:
            address.keep(TAB, None, bench.run.id)
        elif before[0] == now[0] and before[2] != now[2]:
            address.keep(TAB, IMAGE, bench.run.id)
    key = f"explore-card-{now[1]}-{now[2]}"  # another widget, which takes what is kept
    first = SELECTION if len(chosen) else IMAGE
    return address.switch(TAB, "Card", [IMAGE, SELECTION], first, bench.run.id, key)


def _image(bench: Bench, survey: Survey) -> None:
    if bench.snapshot is not None and survey.row(bench.place) is None:
        highest = count(len(survey.places) - 1)
        payload = figures.absent(f"Of this moment only the codes of test images 0 to {highest} were kept.")
    elif bench.snapshot is not None:
        payload = _of_moment(bench, survey, bench.snapshot)
    else:
        payload = _by_weights(bench, survey) or figures.absent(" ".join(bench.desk.refusals))
    # of a moment the errors of the grid's images are known, and those of the best weights are no match for them
    lower, higher = beside(survey, bench.place, payload["mse"] if bench.snapshot is None else None)
    kept = pins.pinned(bench.run)
    last = registry.datasets.get(bench.run.config.data.name).info.test - 1
    inspector(
        payload
        | {"place": bench.place, "lower": lower, "higher": higher, "last": last, "classes": list(bench.classes)}
        | {"pack": bench.pack(), "atlas": bench.atlas(), "pinned": bench.place in kept, **_decoder(bench)},
        key=f"inspector-{bench.run.id}",
        on_go=partial(choice.choose_image, bench.run),
        on_pin=partial(pins.pin, bench.run),
    )
    if bench.snapshot is None:
        found = {place: one for place in kept if (one := _inspected(bench, survey, place))}
        pins.draw(bench.run, found)


def _decoder(bench: Bench) -> Payload:
    """The decoder that travels; whole: whether it makes of a code alone what the model makes of its image."""
    told = bench.run.config.architecture.beside()
    return {"decoder": travelling.decoder(bench) or "", "whole": not told and bench.snapshot is None}


def _inspected(bench: Bench, survey: Survey, place: int) -> Inspection | None:
    stamp = crc32(survey.mse.tobytes())  # of better weights the last survey may still be on the page
    return bench.ask("inspected", partial(inspected, survey=survey, place=place), bench.points, stamp, place)


def _by_weights(bench: Bench, survey: Survey) -> Payload | None:
    """What the best weights say; of an image of the map at first what the survey has. None where there is neither."""
    found, row = _inspected(bench, survey, bench.place), survey.row(bench.place)
    if found is not None:
        return figures.inspector(found, bench.classes) | {"notes": _notes(bench, found.coupled)}
    if row is None:
        return None
    label, mse = int(survey.labels[row]), float(survey.mse[row])
    own = Specimen(mse=mse, code=survey.codes[row], reach=reach(survey), label=label)
    return figures.inspector(Inspection(own, ()), bench.classes) | {"notes": []}


def _of_moment(bench: Bench, survey: Survey, snapshot: Snapshot) -> Payload:
    """What was kept of a moment: code and neighbours; of the images of the grid the output, too. Of any other the best
    weights make one.
    """
    probes, place = bench.history.probes, bench.place
    assert probes is not None
    own, by = recorded(Touched("dot", place), probes, snapshot), ""
    if own.output is None and (exact := _exact(bench, probes)):
        own, by = replace(own, output=exact.output, mse=exact.mse), "best weights"
    assert own.code is not None
    own = replace(own, nearest=near_in_code(survey, own.code, place))
    found = Inspection(own, near_in_pixels(survey, probes.images, probes.images[place], place))
    notes = ["Code and neighbours are of the moment that the page shows."]
    if len(snapshot.components) < len(snapshot.centre):
        notes += [f"Of the code its {count(len(snapshot.components))} main directions are kept."]
    if bench.run.config.corruption.name != "none":
        notes += ["The output is of the noisy image, as the run recorded it."]
    return figures.inspector(found, bench.classes, by) | {"notes": notes}


def _exact(bench: Bench, probes: Probes) -> Specimen | None:
    run, touched, root = bench.run, Touched("dot", bench.place), manager().settings.data_dir
    if not written(run):
        return None
    return bench.desk.look(("explore image", *bench.version, touched), lambda: asked(run, touched, probes, None, root))


def _notes(bench: Bench, coupled: bool) -> list[str]:
    """What else the picture depends on than the code, and the code than the image."""
    beside = bench.run.config.architecture.beside()
    told = [f"Beside the code, this decoder is told {beside}."] if beside else []
    return [*told, "Encoded with the other images of the map, its neighbours among them."] if coupled else told
