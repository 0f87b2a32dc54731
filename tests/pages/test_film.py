"""Film, on Explore and from Train: the file that is shown is the one that is downloaded."""

import re

import pytest

from aedash.ui.desk.manager import manager
from aedash.ui.desk.parcels import parcels
from tests import fakes
from tests.pages.test_explore import settled


@pytest.fixture
def run(house):
    identifier = manager().submit(fakes.config())
    fakes.over(manager(), identifier)
    return identifier


def preview(tab):
    """The file whose picture is on screen."""
    return parcels.get(re.search(r'src="wire/parcel/([0-9a-f]{32})"', tab.html)[1])


def test_train_leads_to_the_film_of_its_run(open_page, run):
    tab = settled(open_page("train", run=run).click("Film").visit("explore"))
    assert tab.query["run"] == [run]
    assert preview(tab).content.startswith(b"GIF89a")
    assert "recorded moments" in tab.text


def test_kind_and_form_are_in_the_address(open_page, run):
    look = {"view-tool": "Film", "view-film": "Samples", "view-form": "WebP"}
    tab = settled(open_page("explore", run=run, **look))
    assert not tab.problem
    assert preview(tab).kind == "image/webp"
    assert preview(tab).content[8:12] == b"WEBP"
    tab = settled(open_page("explore", run=run, **{**look, "view-form": "exe"}))
    assert tab.problem == "The link's form could not be read and was left out."
    assert preview(tab).kind == "image/gif"
