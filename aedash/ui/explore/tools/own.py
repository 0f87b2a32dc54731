"""Your own image: drawn, painted over a test image or uploaded, laid as the data set's are, and shown to the model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from aedash.analysis.judge import Judge
from aedash.analysis.own_image import NEAREST, Near, Own, Typical, own, typical
from aedash.analysis.specimen import nearest
from aedash.analysis.trained import Trained
from aedash.data.framing import Step
from aedash.events import Bytes
from aedash.figures import own as figures
from aedash.figures.grids import Mosaic, error_map, rgba, sheet
from aedash.formatting import count, number
from aedash.ui.components.canvas import Answer, canvas, drawn
from aedash.ui.components.mosaic import mosaic
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.background import forgotten
from aedash.ui.desk.desk import Desk
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.choice import PATIENCE
from aedash.ui.explore.judging import judge
from aedash.ui.explore.own_start import Start, start
from aedash.ui.shell import frame

KEY, ASKED, FOUND = "own-canvas", "own_asked", "own_found"
COLUMNS = [0.22, 0.36, 0.42]
NEAR = 10  # codes that say where on a map it lies


def draw(bench: Bench, chosen: NDArray[np.int64]) -> None:
    """The tool's content, a fragment of its own: a stroke runs it alone. chosen: is not looked at."""
    st.fragment(lambda: _drawn(replace(bench, desk=Desk(PATIENCE))))()


def _drawn(bench: Bench) -> None:
    with st.container(border=True, key="own_box"):
        begun = start(bench)
        told = drawn(begun.ground, key=KEY)
        picture = told.picture if told.picture is not None or not begun.painted else begun.ground.picture
        usual = bench.ask("usual distances", typical, long=True)  # before the first stroke, since it takes a second
        found = _asked(bench, picture, begun.painted)
        left, middle, right = st.columns(COLUMNS, gap="medium")
        with left:
            waits = picture is not None and found is None and not bench.desk.refusals
            canvas(begun.ground, told.number - waits, _answer(bench, found), key=KEY)
        if found is None:
            with middle:
                _nothing(bench, picture)
        else:
            with middle:
                _seen(bench, begun, found)
            with right:
                _judged(bench, found, usual)
        awaited(bench.desk, "own")


def _asked(bench: Bench, picture: Bytes | None, painted: bool) -> Own | None:
    """The model's answer, of which the desk keeps the last alone; the one before it until it is there."""
    if picture is None:
        st.session_state.pop(FOUND, None)
        return None
    named = (painted, sha256(picture.tobytes()).hexdigest())
    key, last = ("own image", *bench.version, *named), st.session_state.get(ASKED)
    if last not in (None, key):
        forgotten(last)
    st.session_state[ASKED] = key
    found = bench.ask("own image", partial(_judged_by, picture=picture, painted=painted, judge=judge(bench)), *named)
    if found is not None or bench.desk.refusals:
        st.session_state[FOUND] = bench.version, found
    version, shown = st.session_state.get(FOUND, (None, None))
    return shown if version == bench.version else None


def _judged_by(trained: Trained, picture: Bytes, painted: bool, judge: Callable[[], Judge | None]) -> Own:
    return own(trained, picture, painted, judge())


def _answer(bench: Bench, found: Own | None) -> Answer | None:
    return None if found is None else Answer(found.code, found.output, _near(bench, found)[0])


def _near(bench: Bench, found: Own) -> tuple[list[int], NDArray[np.int64]]:
    """(numbers of the test images, their labels) whose codes are nearest; none at another moment than the weights'."""
    survey = bench.survey
    if survey is None or bench.snapshot is not None:
        return [], np.zeros(0, np.int64)
    near = nearest(found.code, survey.codes, survey.labels, count=NEAR)
    return [int(survey.places[one.place]) for one in near], np.array([one.label for one in near])


def _nothing(bench: Bench, picture: Bytes | None) -> None:
    refusals = [*bench.desk.refusals, *bench.desk.absent.values()]
    if picture is not None or refusals:
        frame.pending("No answer", "The model is asked.", dict.fromkeys(refusals), 220)
    else:
        frame.empty("Nothing drawn yet", "Draw one thing, large: it is cut out, scaled and centred for you.", 220)


def _seen(bench: Bench, begun: Start, found: Own) -> None:
    steps = begun.steps or found.steps
    if steps:
        strip = sheet([np.concatenate(figures.tiles(steps))])
        mosaic(Mosaic(strip, len(steps), 1, alt="How it was laid into the field", max_tile=84), key="own-steps")
        st.html(f'<p class="owntold">{escape(_laid(bench, steps, begun.notes))}</p>')
    difference = error_map((found.output.astype(float) - found.given)[None] / 255)
    pictures = [found.given[None], found.output[None], difference]
    strip = sheet([np.concatenate([rgba(each) for each in pictures])])
    foot = ("what it sees", "output", f"error {number(found.mse)}")
    mosaic(Mosaic(strip, 3, 1, foot=foot, alt="Yours, the output and its error", max_tile=112), key="own-output")
    known = np.zeros((0, len(found.code))) if bench.survey is None else bench.survey.codes
    st.html(figures.bars(found.code, found.deviation, known) + f'<p class="owntold">{_legend(found)}</p>')


def _laid(bench: Bench, steps: Sequence[Step], notes: Sequence[str]) -> str:
    told = ", ".join([*notes, *(step.said for step in steps)])
    return f"{told[0].upper()}{told[1:]}: as the images that the model was trained on."


def _legend(found: Own) -> str:
    told = f"Its code, {count(len(found.code))} numbers. The shade holds the middle 90 % of test images."
    if found.deviation is not None:
        told += " The thin line is its spread, one standard deviation each way."
    return told


def _judged(bench: Bench, found: Own, usual: Typical | None) -> None:
    _row("Training images nearest to yours", found.nearest, bench, "own-near")
    _row("Training images nearest to the output", found.copied, bench, "own-copied")
    told = [figures.erring(found, bench.survey.mse)] if bench.survey else []
    if found.read:
        told += [figures.read(*found.read, bench.classes)]
    if usual:
        told += [figures.copying(found, usual), figures.familiar(found, usual)]
    places, labels = _near(bench, found)
    if places and bench.survey:
        told += [figures.placed(labels, bench.classes, len(bench.survey.places))]
    if found.label is not None:
        told += [f"This model is told the class: of all, {bench.classes[found.label]} gives the smallest error."]
    if found.companions:
        told += [f"It codes no image alone: yours got its nearest of {count(found.companions)} test images beside it."]
    st.html("".join(f'<p class="owntold">{escape(each)}</p>' for each in told))


def _row(title: str, images: Sequence[Near], bench: Bench, key: str) -> None:
    strip = sheet([np.stack([one.image for one in images])])
    foot = tuple(number(one.mse) for one in images)
    grid = Mosaic(strip, len(images), 1, foot=foot, alt=f"{title}: {NEAREST}", max_tile=56, min_tile=40)
    st.html(f'<h4 class="owntitle">{escape(title)}</h4>')
    mosaic(grid, key=key)
