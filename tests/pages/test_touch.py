"""What is touched opens one card, the address says which, and it is of the moment that is on show."""

import re

import pytest

from aedash.store.gallery import identity, pretrained, read_history
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from aedash.ui.specimen.touch import Place
from tests import fakes


@pytest.fixture(autouse=True)
def gallery(house, monkeypatch):
    """The models that come with the app, whose data set is not there."""
    monkeypatch.setenv("AEDASH_GALLERY_DIR", str(fakes.GALLERY))


@pytest.fixture
def model():
    return pretrained(fakes.GALLERY)["R0-vae-meant"]


def settled(tab):
    """With the answer of the weights."""
    background.settle()
    return tab.again()


def test_a_link_opens_the_card_of_a_dot(open_page, model):
    tab = settled(open_page("train", run=model.id, **{"view-touch": "dot-77"}))
    (card,) = tab.live("specimen")
    label = read_history(model.folder).probes.labels[77]
    assert card["title"] == f"Test image 77, class {label}"
    assert card["moment"] == "At its end, after 25 epochs."
    assert [picture["label"] for picture in card["pictures"]] == ["image", "output", "error"]
    assert len(card["nearest"]) == 5
    assert card["units"] == "20 numbers, all in use"
    assert tab.live("scatter")[0]["touched"] == 77
    assert tab.query["view-touch"] == ["dot-77"]


def test_the_card_is_of_the_moment_that_is_travelled_to(open_page, model):
    tab = settled(open_page("train", run=model.id, **{"view-touch": "dot-3", "view-at": "0.04"}))
    (card,) = tab.live("specimen")
    assert card["moment"] == "At epoch 0.99."
    now = settled(open_page("train", run=model.id, **{"view-touch": "dot-3"}))
    assert now.live("specimen")[0]["sheet"] != card["sheet"]
    assert now.live("mosaic")[0]["touched"] == read_history(model.folder).probes.shown.tolist().index(3)


def test_a_sample_has_its_random_code(open_page, model):
    tab = settled(open_page("train", run=model.id, **{"view-touch": "sample-44"}))
    (card,) = tab.live("specimen")
    assert card["title"] == "Sample 45"
    assert card["code"]
    assert [grid["touched"] for grid in tab.live("mosaic")] == [None, 44]


@pytest.mark.parametrize("text", ["dot-500", "sample-45", "dot-x", "<b>", "000000000000.dot-1"])
def test_what_is_not_there_opens_nothing(open_page, model, text):
    tab = open_page("train", run=model.id, **{"view-touch": text})
    assert tab.live("specimen") == []
    assert "view-touch" not in tab.query


def test_without_the_data_set_the_record_must_do(open_page):
    run = pretrained(fakes.GALLERY)["R2-denoising"]
    tab = settled(open_page("train", run=run.id, **{"view-touch": "dot-77"}))
    (card,) = tab.live("specimen")
    assert card["notes"][0].startswith("MNIST is not on this machine yet")
    assert [picture["label"] for picture in card["pictures"]] == ["image"]
    assert len(card["nearest"]) == 5


def test_a_run_that_learns_shows_its_newest_moment(quick, open_page):
    tab = quick(epochs=5000).click("Start training")
    assert manager().wait(tab.run, lambda history: history.probes is not None and bool(history.ends), fakes.LIMIT)
    (card,) = settled(open_page("train", run=tab.run, **{"view-touch": "dot-5"})).live("specimen")
    assert card["moment"].startswith("At epoch ")
    tab.again().click("Stop").until("stopped")


def test_followed_dots_are_listed_and_have_their_way(open_page, model):
    tab = open_page("train", run=model.id, **{"view-follow": "12-40"})
    (shown,) = tab.live("scatter")
    assert shown["followed"] == [12, 40]
    assert [trail["index"] for trail in shown["trails"]] == [12, 40]
    assert tab.query["view-follow"] == ["12-40"]
    (shown,) = open_page("train", run=model.id, **{"view-follow": "12-x"}).live("scatter")
    assert shown["followed"] == []


def test_a_place_is_read_as_it_is_written():
    place = Place.read("0123456789ab.dot-7")
    assert (place.run, place.touched.place) == ("0123456789ab", 7)
    assert str(place) == "0123456789ab.dot-7"
    assert str(Place.read("sample-7")) == "sample-7"


def test_a_tile_of_compare_opens_the_card_of_its_model(open_page):
    runs = [pretrained(fakes.GALLERY)[name].id for name in ("R0-simple", "R0-vae-meant")]
    tab = settled(open_page("compare", run=runs, **{"view-touch": f"{runs[1]}.dot-3"}))
    (card,) = tab.live("specimen")
    assert re.fullmatch(r"R0-vae.*\. At its end, after 25 epochs\.", card["moment"])
    assert not card["follow"]
    (rows,) = tab.live("mosaic")
    assert rows["touchable"]
    assert rows["touched"] == 3
    assert tab.query["view-touch"] == [f"{runs[1]}.dot-3"]


@pytest.mark.parametrize("place", ["<b>", "dot-9999", "sample-99", "000000000000.dot-1"])
@pytest.mark.parametrize("page", ["train", "twins", "compare"])
def test_a_link_to_what_is_not_there_is_told_at_once(page, place, open_page, model):
    query = {"train": {"run": model.id}, "twins": {"sweep": identity("twins")}, "compare": {"run": [model.id]}}[page]
    tab = open_page(page, **query, **{"view-touch": place})
    assert tab.problem == "The link's touch could not be read and was left out."
    assert "view-touch" not in tab.query
    assert tab.live("specimen") == []
