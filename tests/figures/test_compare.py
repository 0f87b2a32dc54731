"""Figures of the Compare page: colours, places of names, sheets and charts."""

import numpy as np
import pytest

from aedash.figures.compare import Mark, Track, colors, contact, image_rows, plane, spread


def test_eight_models_have_eight_colours():
    assert len(set(colors(8))) == 8
    assert colors(9)[8] == colors(1)[0]


@pytest.mark.parametrize("wanted", [[10, 10, 10], [50, 0, 52, 55], [3], []])
def test_names_are_pushed_apart_in_their_order(wanted):
    places = spread(wanted, gap=14)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(np.array(places)[order]) >= 14 - 1e-9) if wanted else places == []
    assert np.mean(places or [0]) == pytest.approx(np.mean(wanted or [0]), abs=14)


def test_far_names_stay_where_they_are():
    assert spread([0, 40, 90], gap=14) == [0, 40, 90]


def test_a_sheet_is_enlarged_row_by_row():
    images = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((6, 28, 28), np.uint8) * 40
    assert contact(images, 3).startswith("data:image/png;base64,")
    assert contact(images[:5], 3) == contact(images[:3], 3)


def test_rows_keep_their_place_while_a_model_is_at_work():
    images = np.zeros((10, 8, 8), np.uint8)
    waiting = image_rows(None, [("A", "#123456", None), ("B", "#654321", None)], 10)
    some = image_rows(images, [("A", "#123456", images), ("B", "#654321", None)], 10)
    assert (waiting.image, waiting.rows, waiting.columns) == ("", some.rows, some.columns)
    assert some.labels == ("test image", "A", "B")
    assert image_rows(images, [("A", "#123456", images[:3])], 10).rows == 2  # of some images only
    assert some.swatches == ("", "#123456", "#654321")


@pytest.mark.parametrize("dark", [False, True])
def test_points_and_ends_of_lines_are_named(dark):
    pca = Track("PCA", [1, 10, 100], [0.06, 0.03, 0.004])
    figure = plane([Mark("<b>A", 20, 0.007, "#123456"), Mark("gone", 0, 0.1, "#123456")], [pca], ("x", "y, unit"), dark)
    assert [note.text for note in figure.layout.annotations] == ["&lt;b&gt;A", "PCA"]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert "y, unit" in figure.layout.yaxis.title.text
    low, high = figure.layout.yaxis.range
    assert low < np.log10(0.004) < np.log10(0.06) < high


@pytest.mark.parametrize(("count", "columns", "tile"), [(3, 10, 80), (4, 12, 62), (5, 12, 62), (6, 16, 46)])
def test_more_models_have_more_and_smaller_images(count, columns, tile):
    grid = image_rows(None, [("A", "#123456", None)] * count)
    assert (grid.columns, grid.max_tile) == (columns, tile)


@pytest.mark.parametrize("error", [5e-324, 1.7e308])
def test_an_error_at_the_end_of_what_a_number_can_be_is_a_point_like_others(error):
    figure = plane([Mark("one", 10, error, "#111111"), Mark("two", 20, 0.1, "#222222")], [], ("x", "y"), False)
    assert all(0 < tick < float("inf") for tick in figure.layout.yaxis.tickvals)
