"""A picture from elsewhere is laid into the field as the set's own images were: framing one of them gives it back."""

import numpy as np
import pytest
from PIL import Image

from aedash import registry
from aedash.data.framing import FAINT, cut, framed
from aedash.data.image_data import load
from aedash.registry import Refused
from aedash.settings import Settings

FIELD = (28, 28)


def of(name, picture):
    return registry.datasets.get(name).framing(picture, FIELD)[-1].picture


def off(one, other):
    return float(np.square(one / 255.0 - other / 255.0).mean())


def enlarged(image, times):
    size = (times * image.shape[1], times * image.shape[0])
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


@pytest.mark.parametrize(("name", "most"), [("digits", 0.012), pytest.param("mnist", 0.01, marks=pytest.mark.mnist)])
def test_an_image_of_the_set_comes_back_from_any_size_place_and_ink(name, most, require):
    root = Settings().data_dir
    require(name, registry.datasets.get(name).present(root), f"{name} is not in the data root (AEDASH_DATA_DIR)")
    images = load(name, root).test.images[:60, 0].numpy()
    spread = float((images / 255.0).var(0).mean())
    for times, change in ((1, lambda x: x), (5, lambda x: np.pad(x, ((40, 3), (0, 90)))), (3, lambda x: 255 - x)):
        errors = [off(of(name, change(enlarged(image, times))), image) for image in images]
        assert np.mean(errors) < most < spread / 2, times


def test_mass_and_box_are_where_they_are_said_to_be():
    triangle = np.tril(np.full((60, 30), 200, np.uint8))
    picture = np.pad(triangle, ((7, 90), (200, 11)))
    by_mass = framed(picture, FIELD, 20 / 28, "mass")[-1].picture.astype(float)
    by_box = framed(picture, FIELD)[-1].picture
    for axis in (0, 1):
        weight = by_mass.sum(1 - axis)
        assert abs((np.arange(28) * weight).sum() / weight.sum() - 14) <= 0.5
    rows, columns = np.flatnonzero(by_box.any(1)), np.flatnonzero(by_box.any(0))
    assert (rows[0], rows[-1]) == (0, 27)
    assert len(columns) == pytest.approx(14, abs=1)
    assert abs(columns[0] + columns[-1] - 27) <= 1


def test_dark_ink_on_grey_paper_is_inverted_and_the_paper_s_grain_is_ground():
    paper = np.random.default_rng(0).integers(170, 178, (90, 70)).astype(np.uint8)
    paper[30:60, 20:40] = 40
    step = cut(paper)
    assert "inverted" in step.said
    assert step.picture.shape == (30, 20)
    assert (step.picture > 250).all()
    assert FAINT > (174 - 170) / (174 - 40)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (28, 28)])
@pytest.mark.parametrize("name", registry.datasets.names())
def test_one_single_grey_is_refused_in_one_sentence(name, shape):
    with pytest.raises(Refused, match="one single grey"):
        registry.datasets.get(name).framing(np.full(shape, 99, np.uint8), FIELD)


@pytest.mark.parametrize("name", registry.datasets.names())
@pytest.mark.parametrize("shape", [(1, 400), (400, 1), (2, 2), (448, 448)])
def test_any_shape_fills_the_field(name, shape):
    picture = np.zeros(shape, np.uint8)
    picture[-1, -1] = 255
    picture[shape[0] // 2, shape[1] // 2] = 255
    steps = registry.datasets.get(name).framing(picture, FIELD)
    assert steps[-1].picture.shape == FIELD
    assert steps[-1].picture.max() == 255


def test_a_lone_pixel_of_ink_among_faint_ones_is_not_lost():
    picture = np.zeros((448, 448), np.uint8)
    picture[200, 200] = 255
    picture[[10, 440], [10, 440]] = 40  # which span a rectangle that is made 22 times smaller
    for name in registry.datasets.names():
        assert registry.datasets.get(name).framing(picture, FIELD)[-1].picture.max() > 100
