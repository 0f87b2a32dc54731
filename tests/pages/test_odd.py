"""Odd one out, on Explore: what is drawn of a run without a class, and the way there from a run that saw all."""

import numpy as np
import pytest
from safetensors.numpy import load

from aedash.config import vary
from aedash.store.gallery import pretrained
from aedash.ui.desk.manager import manager
from aedash.ui.desk.parcels import parcels
from aedash.ui.explore.tools import odd as odd_tool
from tests import fakes
from tests.pages.test_explore import settled

SHORT = fakes.config(data={"name": "digits", "validation": 0})


@pytest.fixture
def whole(house):
    run = manager().submit(SHORT)
    fakes.over(manager(), run)
    return run


@pytest.fixture
def odd(house):
    run = manager().submit(vary(SHORT, "data.without", 3))
    fakes.over(manager(), run)
    return run


def shown(open_page, run, **look):
    tab = settled(open_page("explore", run=run, **{"view-tool": "Odd one out", **look}))
    return tab, tab.live("odd")


def test_a_model_that_saw_all_classes_leads_to_one_that_did_not(open_page, whole):
    tab, drawn = shown(open_page, whole)
    assert not drawn
    assert "none of them is odd to it" in tab.text
    assert "never saw" not in tab.text
    tab.choose("Leave out", "7").click("odd-train")
    assert tab.recipe == vary(SHORT, "data.without", 7)


def test_it_leads_to_the_trained_one_too_where_that_and_its_images_are_there(open_page, whole, odd, monkeypatch):
    shelf = pretrained(fakes.GALLERY)
    monkeypatch.setattr(type(manager()), "gallery", lambda self: shelf)
    assert "never saw" not in shown(open_page, whole)[0].text  # MNIST is not there
    shelf = {odd_tool.READY: manager().run(odd)}
    tab, _ = shown(open_page, whole)
    assert "One that comes with the app never saw a 3: look at it" in tab.text
    assert f'href="explore?run={odd}&amp;view-tool=Odd+one+out"' in tab.html


def test_a_model_without_a_class_opens_on_what_it_was_trained_for(open_page, odd, whole):
    assert settled(open_page("explore", run=odd)).live("odd")
    assert not settled(open_page("explore", run=whole)).live("odd")


def test_all_test_images_are_there_by_three_scores_and_the_pictured_by_their_place(open_page, odd, digits):
    tab, [drawn] = shown(open_page, odd)
    assert not tab.problem
    assert drawn["names"] == ["this model", "PCA, 4 numbers", "distance to the mean image"]
    assert drawn["threshold"] is None
    pack = load(parcels.get(drawn["pack"]).content)
    assert pack["odd"].tolist() == (digits.test.labels == 3).tolist()
    assert pack["errors"].shape == (3, 360)
    assert pack["places"].tolist() == list(range(360))  # so few that all have a picture
    assert drawn["atlas"]["count"] == 360
    pixels = digits.train.images.flatten(1).numpy() / 255
    mean = pixels[digits.train.labels != 3].mean(0)
    test = digits.test.images.flatten(1).numpy() / 255
    np.testing.assert_allclose(pack["errors"][2], ((test - mean) ** 2).mean(1), rtol=1e-4)
    assert f"AUC {drawn['areas'][0]:.3f}" in tab.text


def test_score_and_threshold_are_in_the_address(open_page, odd):
    tab, [drawn] = shown(open_page, odd, **{"view-score": "PCA, 4 numbers", "view-threshold": "0.02"})
    assert (drawn["score"], drawn["threshold"]) == (1, 0.02)
    assert tab.query["view-threshold"] == ["0.02"]
    tab.settle(tab.field(tab.app.segmented_control, "Error of").set_value("this model").run())
    [drawn] = tab.live("odd")
    assert (drawn["score"], drawn["threshold"]) == (0, None)  # an error of PCA says nothing of the model's


@pytest.mark.parametrize("value", ["cat", "nan", "-1", "1e99"])
def test_a_threshold_that_is_none_is_left_out(open_page, odd, value):
    tab, [drawn] = shown(open_page, odd, **{"view-threshold": value})
    assert tab.problem == "The link's threshold could not be read and was left out."
    assert drawn["threshold"] is None
