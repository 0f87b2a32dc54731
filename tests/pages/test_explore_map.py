"""Explore's map: what a link chooses on it, and that it stays with the images whatever else is changed."""

import numpy as np
import pytest

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.desk.manager import manager
from aedash.ui.explore import board
from tests import fakes
from tests.pages.conftest import SMALL
from tests.pages.test_explore import settled


@pytest.fixture
def told(monkeypatch):
    """What the map told the image card last: bench, and the rows that are chosen."""
    seen = []
    monkeypatch.setattr(board.image, "card", lambda *what: seen.append(what))
    return seen


def places(told):
    """Places of the chosen images."""
    bench, rows = told[-1]
    return bench.survey.places[rows].tolist()


def test_a_class_a_lasso_and_picks_choose_together(open_page, trained, told):
    everything = "pca 0 0 -1e9 -1e9 1e9 -1e9 1e9 1e9 -1e9 1e9"
    open_ = lambda **looks: settled(open_page("explore", run=trained, **looks))  # noqa: E731
    open_()
    survey = told[-1][0].survey
    assert places(told) == []
    open_(**{"view-class": "3"})
    threes = survey.places[survey.labels == 3].tolist()
    assert places(told) == threes
    tab = open_(**{"view-class": "3", "view-lasso": everything, "view-picks": f"{threes[0]} 0 99999"})
    other = [0] if survey.labels[0] != 3 else []
    assert sorted(places(told)) == sorted(other + threes[1:])
    assert not tab.problem


@pytest.mark.parametrize("view", ["pca", "pca3", "units-2-4", "tsne"])
def test_a_lasso_chooses_the_same_images_on_every_map_and_in_every_colour(open_page, trained, told, view):
    settled(open_page("explore", run=trained))
    edge = np.median(told[-1][0].survey.codes[:, 1]) if view.startswith("units") else 0
    half = f"{view} 0 0 {edge:.6f} -1e9 1e9 -1e9 1e9 1e9 {edge:.6f} 1e9"
    looks = [
        {},
        {"view-map": "PCA 3-D", "view-dots": "pictures"},
        {"view-map": "Units", "view-axes": "3 1", "view-color": "error"},
        {"view-map": "t-SNE", "view-color": "density"},
        {"view-beside": "pixels", "view-color": "unit 2"},
    ]
    found = []
    for look in looks:
        tab = settled(open_page("explore", run=trained, **{"view-lasso": half, **look}))
        assert not tab.problem
        found.append(places(told))
    assert 0 < len(found[0]) < len(told[-1][0].survey.places)
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view-map", "mds"),
        ("view-axes", "1 99"),
        ("view-axes", "0 1"),
        ("view-axes", "1"),
        ("view-color", "unit 0"),
        ("view-color", "unit 77"),
        ("view-dots", "<b>"),
        ("view-beside", "moon"),
        ("view-class", "12"),
        ("view-picks", "1 -3"),
        ("view-lasso", "pca 0 0 1 1"),
        ("view-lasso", "mds 0 0 0 0 1 1 2 0"),
    ],
)
def test_nonsense_in_a_link_is_left_out_in_one_sentence(open_page, trained, name, value):
    looks = {"view-map": "Units"} if name == "view-axes" else {}
    tab = settled(open_page("explore", run=trained, **looks, **{name: value}))
    assert tab.problem == f"The link's {name.removeprefix('view-')} could not be read and was left out."


def test_a_code_of_one_number_has_a_line_for_a_map(open_page, house, told):
    changes = [*SMALL[:2], ("architecture.latent", 1), ("epochs", 1)]
    run = manager().submit(vary_all(preset("R0-simple").config, changes), "R0-simple")
    fakes.over(manager(), run)
    tab = settled(open_page("explore", run=run, **{"view-class": "1"}))
    assert not tab.problem
    assert len(places(told)) == np.sum(told[-1][0].survey.labels == 1)
    assert settled(open_page("explore", run=run, **{"view-map": "PCA 3-D"})).problem.startswith("The link's map")


def test_a_unit_has_one_number_on_every_card(open_page, trained, told, monkeypatch):
    drawn = []
    monkeypatch.setattr(board.map, "cloud", lambda cloud, **_: drawn.append(cloud))
    tab = settled(open_page("explore", run=trained, **{"view-color": "unit 2", "view-unit": "2", "view-map": "Units"}))
    survey = told[-1][0].survey
    assert "Unit 2" in tab.text
    assert drawn[-1].shades.name == "value of unit 2"
    np.testing.assert_array_equal(drawn[-1].shades.values, survey.codes[:, 1])
