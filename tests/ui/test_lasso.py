"""A lasso: what a text of the address draws, and which points lie in it."""

import numpy as np
import pytest

from aedash.ui.explore import lasso
from aedash.ui.explore.projections import View
from aedash.ui.explore.selecting import viewed, word


def test_points_in_a_polygon_that_folds_in_on_itself():
    corners = np.array([[0.0, 0], [4, 0], [4, 4], [2, 1], [0, 4]])
    points = np.array([[1.0, 0.5], [3.5, 2], [2, 3], [5, 1], [0.2, 3], [-1, 0]])
    assert lasso.inside(corners, points).tolist() == [True, True, False, False, True, False]


def test_it_agrees_with_a_kept_library():
    from skimage.measure import points_in_poly

    generator = np.random.default_rng(0)
    points = generator.normal(size=(500, 2))
    for corners in (3, 7, 24):
        polygon = generator.normal(size=(corners, 2))
        assert (lasso.inside(polygon, points) == points_in_poly(points, polygon)).all()


def test_what_is_enclosed_does_not_depend_on_the_order_of_the_images():
    points = np.random.default_rng(1).normal(size=(200, 2))
    drawn = lasso.read("pca 0 0 -1 -1 1 -1 1 1 -1 1")
    order = np.random.default_rng(2).permutation(200)
    found = lasso.enclosed(drawn, points)
    assert 0 < found.sum() < 200
    assert (lasso.enclosed(drawn, points[order]) == found[order]).all()


def test_a_map_in_space_is_enclosed_as_it_was_seen():
    points = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert lasso.turned(points, 0, 0) == pytest.approx(points[:, :2])
    assert lasso.turned(points, 90, 0) == pytest.approx(np.array([[0, 0], [1, 0], [0, 1]]))
    around_right = lasso.read("pca3 90 0 0.5 -0.5 1.5 -0.5 1.5 0.5 0.5 0.5")
    assert lasso.enclosed(around_right, points).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pca",
        "pca 0 0 1 1 2 2",
        "pca 0 0 1 1 2 2 3",
        "pca 0 0 nan 1 2 2 3 3",
        "pca 0 0 1e300 1 2 2 3 3",
        "pca 0 0 a 1 2 2 3 3",
        "pca 0 0" + 25 * " 1 1",
        "pca 0 0 1 1 2 2 3." + 1000 * "3" + " 3",
    ],
)
def test_nonsense_is_no_lasso(text):
    with pytest.raises(ValueError, match=r"no lasso|to float"):
        lasso.read(text)


def test_a_map_s_word_names_it_and_no_other_word_does():
    for view in (View(), View("PCA 3-D"), View("Units", (3, 7)), View("t-SNE"), View("t-SNE", perplexity=5.0)):
        assert viewed(word(view)) == view


@pytest.mark.parametrize(
    "text",
    [
        "",
        "units",
        "units-1",
        "pca-1-2",
        "units--1-2",
        "units-0-1",
        "units-a-b",
        "mds",
        "tsne-31",
        "tsne-30",
        "tsne-nan",
        "tsne-5-1",
    ],
)
def test_nonsense_names_no_map(text):
    with pytest.raises((ValueError, KeyError)):
        viewed(text)
