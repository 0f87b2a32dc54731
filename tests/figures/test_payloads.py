"""What the components send: the nearest frame, the hover atlas and the packed lines."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from aedash.figures import payloads
from aedash.figures.atlas import webp
from aedash.figures.curves import Level, Line, LossChart
from aedash.ui.components.status import nearest


@pytest.mark.parametrize(
    ("frames", "position", "index"),
    [
        ((0.0, 0.1, 0.5), None, None),
        ((), 0.3, None),
        ((0.2,), 0.3, None),
        ((0.0, 0.1, 0.5), 0.2, 1),
        ((0.0, 0.1, 0.5), 0.9, 2),
        ((0.0, 0.25, 0.5, 0.75), 0.24, 1),
    ],
)
def test_position_finds_its_frame(frames, position, index):
    assert nearest(frames, position) == index


def test_thinned_frames_leave_the_moment_where_it_was():
    before = tuple(i / 40 for i in range(40))
    after = before[::2]
    seen = nearest(before, 0.5)
    assert seen is not None
    assert after[nearest(after, before[seen])] == before[seen]


def test_atlas_holds_the_images_in_rows():
    images = np.zeros((5, 28, 28), np.uint8)
    images[4] = 255
    page = np.asarray(Image.open(io.BytesIO(webp(images))).convert("L"))
    assert page.shape == (84, 56)
    assert page[70, 14] > 250
    assert page[14, 14] < 5


MARKS = ((2, "lr 0.0005"),)


def test_chart_payload_is_small_and_plain():
    x = np.linspace(0, 25, 100_000)
    line = Line("train", x, np.sin(x), "train", "train")
    payload = payloads.curve(
        LossChart((line,), (Level("floor", 1.0),), 25, "MSE", False, "a chart", (3, 0.5), marks=MARKS)
    )
    assert len(payload["lines"][0]["x"]) <= 3200
    assert np.frombuffer(base64.b64decode(payload["lines"][0]["x"]), "<f4")[-1] == 25
    assert payload["best"] == [3.0, 0.5]
    assert payload["marks"] == [[2.0, "lr 0.0005"]]
    assert payload["marker"] is None
