"""What is told of a data set: known dimensions, planted duplicates, an entropy by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from aedash.analysis import dimension as d
from aedash.analysis.baselines import references
from aedash.analysis.dimension import Estimate
from aedash.analysis.leaks import leaks, nearest
from aedash.analysis.portrait import SHOWN, entropy_floor, portrait
from aedash.data.image_data import Split
from tests import fakes
from tests.tinted import tinted

CHANCE = np.random.default_rng(5)


def cube(dimension, images=3000, within=40):
    """Points of a cube of that dimension, turned into a space of more."""
    turn, _ = np.linalg.qr(CHANCE.normal(size=(within, dimension)))
    return (CHANCE.uniform(size=(images, dimension)) @ turn.T).astype(np.float32)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_neighbours_find_the_dimension_of_a_cube(size):
    """Within three standard errors and the few per cent by which its faces bias them."""
    distances = d.neighbour_distances(cube(size), d.NEIGHBOURS)
    for found in (d.two_nn(distances), d.maximum_likelihood(distances)):
        assert abs(found.value - size) < 3 * found.error + 0.07 * size


def test_the_standard_error_is_the_spread_over_draws():
    found = [d.two_nn(d.neighbour_distances(cube(2, 600), 2)) for _ in range(30)]
    values = np.array([one.value for one in found])
    assert found[0].error == pytest.approx(values.std(ddof=1), rel=0.5)


def test_equal_images_and_too_few_have_no_dimension():
    same = np.zeros((50, 9), np.float32)
    assert d.two_nn(d.neighbour_distances(same, 20)) is None
    assert d.maximum_likelihood(d.neighbour_distances(same, 20)) is None
    assert d.maximum_likelihood(d.neighbour_distances(same[:1], 20)) is None
    assert d.components(same) == (0, 0)


def test_components_are_those_of_the_singular_values():
    x = CHANCE.normal(size=(80, 30)) * np.arange(1, 31)
    for points in (x, x[:20]):  # more points than axes, and fewer
        energy = np.linalg.svd(points - points.mean(0), compute_uv=False) ** 2
        wanted = tuple(int((np.cumsum(energy) / energy.sum() < share).sum()) + 1 for share in d.SHARES)
        assert d.components(points.astype(np.float32)) == wanted


def test_estimates_within_two_standard_errors_of_their_difference_are_level():
    assert Estimate(10, 0.3).level(Estimate(10.8, 0.3))
    assert not Estimate(10, 0.3).level(Estimate(11, 0.3))


def test_planted_leaks_are_found(digits):
    few = fakes.subset(digits, 200, 40)
    images, labels = few.test.images.clone(), few.test.labels.clone()
    images[7], labels[7] = few.train.images[30], few.train.labels[30]
    images[9], labels[9] = few.train.images[31], (few.train.labels[31] + 1) % 10
    images[11] = few.train.images[32]
    images[11, 0, 0, 0] = 9  # one pixel is another
    found = leaks(replace(few, test=Split(images, labels)))
    assert (found.duplicates, found.conflicts, found.compared) == (2, 1, 40)
    assert set(found.test_places[:3].tolist()) == {7, 9, 11}
    assert dict(zip(found.test_places, found.train_places, strict=True))[11] == 32
    assert found.mse[2] == pytest.approx((9 / 255) ** 2 / 784)
    assert found.test.shape == found.train.shape == (16, 28, 28)


def test_the_nearest_image_is_the_one_that_all_differences_name():
    data = tinted(30, 10, side=8)
    known, sought = data.train.images.numpy(), data.test.images.numpy()
    apart = np.square((sought[:, None].astype(float) - known) / 255).mean((2, 3, 4))
    rows, mse = nearest(known, sought)
    assert np.array_equal(rows, apart.argmin(1))
    np.testing.assert_allclose(mse, apart.min(1))


def test_the_entropy_floor_is_that_of_the_pixels():
    half = np.full((2, 1, 1, 3), 0, np.uint8)
    half[0, 0, 0, 0] = 51  # a fifth
    assert entropy_floor(half) == pytest.approx(-(0.2 * log(0.2) + 0.8 * log(0.8)) / 2)


def test_it_is_the_floor_of_a_run_s_cross_entropy(digits):
    config = fakes.config(
        objective=[{"name": "reconstruction", "loss": "bce"}], data={"name": "digits", "validation": 0}
    )
    [floor] = [line.value for line in references(digits, config, 4).lines if line.kind == "floor"]
    assert entropy_floor(digits.test.images.numpy()) == pytest.approx(floor, rel=1e-4)


@pytest.mark.parametrize("data", [None, tinted(60, 20, side=10)], ids=["grey", "colour"])
def test_a_portrait_counts_and_measures_every_image(data, digits):
    data = data or fakes.subset(digits, 300, 40)
    unit = data.train.images.double().numpy() / 255
    found = portrait(data)
    assert (found.train.sum(), found.test.sum()) == (len(data.train), len(data.test))
    np.testing.assert_allclose(found.mean, unit.mean(0))
    np.testing.assert_allclose(found.spread, unit.std(0), atol=1e-6)
    assert found.variance == pytest.approx(unit.var(0).mean(), rel=1e-5)
    assert found.histogram.sum() == pytest.approx(1)
    assert found.histogram[0] == (unit == 0).mean()
    assert found.near_mse.max() < found.far_mse.min()
    colours = data.train.images.shape[1] == 3
    assert found.sheet.shape == (10, SHOWN, *unit.shape[2:], *[3] * colours)
    first = data.train.images[data.train.labels == 3].movedim(1, -1).squeeze(-1).numpy()
    assert all((first == image).reshape(len(first), -1).all(1).any() for image in found.sheet[3][: len(first)])


def test_a_class_without_images_leaves_its_row_blank(digits):
    fewer = replace(digits, train=digits.train[digits.train.labels != 4])
    found = portrait(fewer)
    assert not found.sheet[4].any()
    assert not found.class_means[4].any()
