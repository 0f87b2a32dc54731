"""The card says what was measured: pictures in the model's order, units in use, neighbours with class and distance."""

import base64
import io

import numpy as np
from PIL import Image

from aedash.analysis.specimen import Neighbour, Specimen, Touched
from aedash.figures.specimen import LEAST, card

CLASSES = ("zero", "one")
IMAGES = np.stack([np.full((4, 4), value, np.uint8) for value in (0, 50, 100)])
NEAR = (Neighbour(2, 1, 0.5), Neighbour(0, 0, 1.25))
DOT = Touched("dot", 1)


def specimen(**fields):
    known = {"image": IMAGES[1], "output": IMAGES[2], "mse": 0.0384, "code": np.array([1.0, -0.2]), "label": 1}
    return Specimen(**{**known, "reach": 2.0, "nearest": NEAR, **fields})


def test_pictures_and_neighbours_lie_in_one_sheet():
    shown = card(DOT, specimen(input=IMAGES[0]), IMAGES, CLASSES, "now")
    page = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.sheet.split(",")[1]))))
    assert page.shape == (4, 6 * 4, 4)
    assert page[0, ::4, 0].tolist()[:3] == [50, 0, 100]
    assert page[0, ::4, 0].tolist()[4:] == [100, 0]
    assert [picture.label for picture in shown.pictures] == ["clean", "input", "output", "error"]
    assert shown.pictures[-1].note == "MSE per pixel 0.0384"
    assert [(near.place, near.label, near.distance) for near in shown.nearest] == [
        (2, "one", "0.500"),
        (0, "zero", "1.25"),
    ]
    assert shown.title == "Test image 1, class one"


def test_a_sample_has_no_original():
    shown = card(Touched("sample", 4), Specimen(output=IMAGES[1], nearest=NEAR), IMAGES, CLASSES, "now")
    assert [picture.label for picture in shown.pictures] == ["decoded"]
    assert shown.title == "Sample 5"
    assert shown.place is None
    assert "not known" in shown.units


def test_units_are_told_and_a_dead_code_is_not_drawn_large():
    some = card(DOT, specimen(in_use=np.array([True, False])), IMAGES, CLASSES, "now")
    assert (some.units, some.in_use, some.reach) == ("2 numbers, 1 in use", "10", 2.0)
    dead = card(DOT, specimen(code=np.full(2, 0.01), reach=0.01, in_use=np.zeros(2, bool)), IMAGES, CLASSES, "now")
    assert dead.reach == LEAST
    assert "none in use" in dead.units


def test_words_stand_for_a_discrete_code():
    shown = card(DOT, specimen(words=np.array([[3, 1], [0, 3]])), IMAGES, CLASSES, "now")
    assert shown.words == ((3, 1), (0, 3))
    assert shown.units.startswith("4 words")
