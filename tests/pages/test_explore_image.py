"""Explore's card of an image and of a selection: each picture on it is of the test image that it names."""

import base64
import csv
import io
import re

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist

from aedash.analysis.trained import trained as by_weights
from aedash.data.image_data import load
from aedash.ui.desk.manager import manager
from aedash.ui.explore import choice, files, map, selection
from tests import fakes
from tests.fakes import unpacked
from tests.pages.test_explore import settled


@pytest.fixture
def select(monkeypatch):
    """select(rule): what rule(labels) says is selected on the map."""

    def by(rule):
        none = np.zeros(0, np.int64)
        found = lambda bench: none if bench.survey is None else np.flatnonzero(rule(bench.survey.labels))  # noqa: E731
        monkeypatch.setattr(map, "card", found)

    return by


@pytest.fixture
def grids(monkeypatch):
    """Every grid that was drawn last, by its key: (grid, what a touch does)."""
    drawn = {}
    monkeypatch.setattr(selection, "mosaic", lambda grid, key, on_touch=None: drawn.update({key: (grid, on_touch)}))
    return drawn


def sheet(uri):
    """(H, W) the first channel of a data URI."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGBA"))[..., 0]


@pytest.fixture
def images(house):
    return load("digits", manager().settings.data_dir).test


@pytest.mark.parametrize("points", ["700", "2,000"])
@pytest.mark.parametrize("place", [0, 17, 255])
def test_the_card_is_of_the_chosen_image(open_page, trained, images, place, points):
    tab = settled(open_page("explore", run=trained, **{"view-image": str(place), "view-points": points}))
    (card,) = tab.live("inspector")
    original = images.images[place, 0].numpy()
    assert card["place"] == place
    assert card["label"] == images.labels[place]
    assert np.array_equal(sheet(card["sheet"])[:, : original.shape[1]], original)
    assert card["made"]
    assert card["whole"]
    assert len(unpacked(card["code"])) == 4
    assert place not in [one["place"] for row in card["near"] for one in row["images"]]
    for row in card["near"]:
        for one in row["images"]:
            assert one["label"] == str(int(images.labels[one["place"]]))
            assert one["same"] == (images.labels[one["place"]] == images.labels[place])


def test_at_a_moment_the_code_is_of_then_and_the_output_says_whose_it_is(open_page, trained, images):
    tab = settled(open_page("explore", run=trained, **{"view-image": "17", "view-at": "0"}))
    (card,) = tab.live("inspector")
    probes = manager().history(manager().run(trained)).probes
    assert np.array_equal(sheet(card["sheet"])[:, :28], images.images[17, 0])
    assert card["by"] == ("" if 17 in probes.shown else "best weights")
    assert not card["whole"]
    assert any("moment" in note for note in card["notes"])


def test_a_selection_at_a_moment_has_what_was_kept_of_it(open_page, trained, images, grids, written):
    tab = settled(open_page("explore", run=trained, **{"view-at": "0", "view-class": "4"}))
    assert "only errors of the grid's images were kept" in tab.text
    assert "The mean code of this moment is not decoded" in tab.text
    few = [int(line["test image"]) for line in lines(written["selection.csv"])]
    assert few == np.flatnonzero(images.labels == 4).tolist()
    grid, _ = grids["explore-middle"]
    assert np.abs(sheet(grid.image) - images.images.numpy()[few, 0].mean(0)).max() <= 0.51


def test_kept_images_stand_side_by_side_each_with_its_own_output(open_page, trained, images, monkeypatch):
    tab = settled(open_page("explore", run=trained, **{"view-pins": "3-17-200", "view-image": "17"}))
    (card,) = tab.live("inspector")
    assert card["pinned"]
    (grid,) = [grid for grid in tab.live("mosaic") if grid["alt"] == "Kept: test images 3, 17, 200"]
    whole = sheet(grid["image"])
    for column, place in enumerate((3, 17, 200)):
        original, output = (whole[28 * row : 28 * row + 28, 28 * column : 28 * column + 28] for row in (0, 1))
        assert np.array_equal(original, images.images[place, 0])
        error = np.square((output.astype(float) - original) / 255).mean()
        assert error == pytest.approx(seen_alone(trained, place)[1], rel=0.02)
    assert tab.query["view-pins"] == ["3-17-200"]


@pytest.mark.parametrize("text", ["1-2-3-4-5", "-1", "x", "10000", "360"])
def test_nonsense_is_not_kept(open_page, trained, text):
    tab = settled(open_page("explore", run=trained, **{"view-pins": text}))
    assert tab.problem == "The link's pins could not be read and was left out."


def test_a_number_beyond_the_split_is_refused_in_a_sentence(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-image": "360"}))
    assert tab.problem == "The link's image could not be read and was left out."
    (card,) = tab.live("inspector")
    assert (card["place"], card["made"]) == (0, True)


def test_of_a_moment_only_the_first_images_were_kept(open_page, house, monkeypatch):
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))
    tab = settled(open_page("explore", **{"view-image": "4321"}))
    (card,) = tab.live("inspector")
    assert (card["label"], card["made"]) == (None, False)
    assert "only the codes of test images 0 to" in card["notes"][0]


@pytest.mark.parametrize("label", [3, 8])
@pytest.mark.parametrize("points", ["700", "2,000"])
def test_each_picture_of_a_selection_opens_the_image_that_it_shows(
    open_page, trained, images, select, grids, monkeypatch, label, points
):
    opened = []
    monkeypatch.setattr(choice, "choose_image", lambda run, place: opened.append(place))
    select(lambda labels: labels == label)
    tab = settled(open_page("explore", run=trained, **{"view-points": points}))
    assert re.search(rf"{(images.labels == label).sum()} of {len(images.labels)} test images", tab.text)
    for name in ("worst", "best", "chosen"):
        grid, touch = grids[f"explore-{name}"]
        whole = sheet(grid.image)
        for row in range(grid.rows):
            for column in range(grid.columns):
                tile = whole[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28]
                touch(row, column)
                place = opened.pop()
                assert images.labels[place] == label
                assert np.array_equal(tile, images.images[place, 0]), f"{name} {row} {column}: image {place}"


def test_the_selection_opens_when_something_is_selected_and_closes_with_it(open_page, trained, select):
    select(lambda labels: labels < 0)
    tab = settled(open_page("explore", run=trained))
    assert tab.live("inspector")
    select(lambda labels: labels == 1)
    assert not settled(tab.again()).live("inspector")
    select(lambda labels: labels < 0)
    assert tab.again().live("inspector")
    assert "view-card" not in tab.query


def test_a_link_says_which_of_the_two_is_shown(open_page, trained, select):
    select(lambda labels: labels == 1)
    tab = settled(open_page("explore", run=trained, **{"view-card": "Image"}))
    assert tab.live("inspector")
    assert tab.query["view-card"] == ["Image"]
    tab = settled(open_page("explore", run=trained, **{"view-card": "x"}))
    assert tab.problem == "The link's card could not be read and was left out."


@pytest.fixture
def written(monkeypatch):
    """Every file that was offered last, by its name: what makes it."""
    made = {}
    monkeypatch.setattr(files, "_button", lambda label, make, name, told: made.update({name.rpartition("-")[2]: make}))
    return made


def lines(make):
    """The lines of a CSV, {heading: text} each."""
    return list(csv.DictReader(io.StringIO(make())))


def seen_alone(run, place):
    """(code, MSE per pixel) of one test image, by the run's weights and nothing else."""
    found = by_weights(manager().run(run), manager().settings.data_dir)
    image = found.data.test.images[place : place + 1].float() / 255
    code = found.model.encode(image).mean
    return code[0].numpy(), float((found.model.decode(code) - image).square().mean())


@pytest.mark.parametrize("view", ["PCA", "PCA 3-D", "Units", "t-SNE"])
def test_each_line_of_a_map_is_of_the_image_that_it_names_in_every_projection(
    open_page, trained, images, written, view
):
    settled(open_page("explore", run=trained, **{"view-map": view, "view-axes": "3 2"}))
    found = lines(written["map.csv"])
    assert [int(line["test image"]) for line in found] == list(range(len(images)))  # the digits have fewer than 2,000
    codes = np.array([[float(line[f"code {unit}"]) for unit in range(1, 5)] for line in found])
    points = np.array([[float(line[f"map {axis}"]) for axis in "xy"] for line in found])
    for place in range(0, len(images), 23):
        code, error = seen_alone(trained, place)
        assert found[place]["label"] == found[place]["class"] == str(int(images.labels[place]))
        assert float(found[place]["MSE per pixel"]) == pytest.approx(error, rel=1e-4)
        np.testing.assert_allclose(codes[place], code, atol=1e-5)
    if view == "t-SNE":  # who is near in the code is near on it
        near, there = (cdist(x, x).argsort(1)[:, 1:11] for x in (codes, points))
        assert np.mean([len(set(a) & set(b)) for a, b in zip(near, there, strict=True)]) > 4  # of ten; by chance 0.3
    elif view == "Units":
        np.testing.assert_allclose(points, codes[:, [2, 1]], rtol=1e-5)
    else:
        centred = np.column_stack([codes, np.ones(len(codes))])
        np.testing.assert_allclose(centred @ np.linalg.lstsq(centred, points, rcond=None)[0], points, atol=1e-3)


@pytest.mark.parametrize("points", ["700", "10,000"])
def test_what_a_lasso_selects_are_the_images_inside_it(open_page, trained, images, written, points):
    settled(open_page("explore", run=trained, **{"view-points": points}))
    whole = lines(written["map.csv"])
    x, y = (np.array([float(line[f"map {axis}"]) for line in whole]) for axis in "xy")
    (left, right), (low, high) = np.quantile(x, [0.2, 0.6]), np.quantile(y, [0.3, 0.9])
    corners = f"pca 0 0 {left} {low} {right} {low} {right} {high} {left} {high}"
    tab = settled(open_page("explore", run=trained, **{"view-points": points, "view-lasso": corners}))
    inside = [line for line, a, b in zip(whole, x, y, strict=True) if left < a < right and low < b < high]
    assert not tab.problem
    chosen = lines(written["selection.csv"])
    assert [line["test image"] for line in chosen] == [line["test image"] for line in inside]
    assert [line["code 1"] for line in chosen] == [line["code 1"] for line in inside]
    assert f"{len(inside)} of {len(images)} test images" in tab.text
    whole_map, selection = written["map.png"](), written["selection.png"]()
    assert Image.open(io.BytesIO(whole_map)).width == Image.open(io.BytesIO(selection)).width


@pytest.mark.parametrize("view", ["PCA", "t-SNE"])
def test_a_class_in_the_legend_selects_that_class_in_every_projection(open_page, trained, images, written, view):
    settled(open_page("explore", run=trained, **{"view-map": view, "view-class": "6", "view-color": "error"}))
    found = [int(line["test image"]) for line in lines(written["selection.csv"])]
    assert found == np.flatnonzero(images.labels == 6).tolist()
