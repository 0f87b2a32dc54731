"""Your own image: what is drawn, painted or uploaded is answered, and whatever cannot be is one sentence."""

import base64
import io

import numpy as np
import pytest
import streamlit as st
from PIL import Image, ImageDraw

from aedash.config import vary_all
from aedash.presets.base import preset
from aedash.ui.components import canvas
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager
from tests import fakes
from tests.pages.conftest import SMALL
from tests.pages.test_explore import settled

OWN = {"view-tool": "Your own image"}


@pytest.fixture
def trained(house):
    """trained(*changes, base=): id of a finished run on digits."""

    def run(*changes, base="R0-simple"):
        small = [*SMALL[: None if base == "R0-simple" else 1], ("epochs", 1), ("optimizer.batch_size", 128), *changes]
        made = manager().submit(vary_all(preset(base).config, small))
        fakes.over(manager(), made)
        return made

    return run


def seven():
    picture = Image.new("L", (112, 112))
    ImageDraw.Draw(picture).line([(30, 25), (80, 25), (50, 95)], fill=255, width=9)
    return np.asarray(picture)


@pytest.fixture
def draws(monkeypatch):
    """draws(picture): what the browser has told of the canvas, whatever its ground is; None: nothing yet."""

    def tell(picture):
        real = canvas.drawn

        def told(ground, *, key):
            ink = base64.b64encode(picture.tobytes()).decode()
            st.session_state["told"] = {"drawing": {"key": ground.key, "number": 7, "ink": ink}}
            return real(ground, key="told")

        monkeypatch.setattr("aedash.ui.explore.tools.own.drawn", told)

    return tell


def png(picture):
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def test_nothing_is_asked_of_a_blank_canvas(open_page, trained):
    tab = settled(open_page("explore", run=trained(), **OWN))
    assert "Nothing drawn yet" in tab.text
    (drawn,) = tab.live("canvas")
    assert (drawn["shape"], drawn["answered"]) == ([28, 28], 0)
    assert "code" not in drawn
    assert not tab.problem


def test_a_drawing_is_answered_and_judged(open_page, trained, draws):
    draws(seven())
    tab = settled(open_page("explore", run=trained(), **OWN))
    (drawn,) = tab.live("canvas")
    assert drawn["answered"] == 7
    assert len(np.frombuffer(base64.b64decode(drawn["code"]), "<f4")) == 4
    assert len(drawn["near"]) == 10
    for told in ("Cut out, longer side 32 pixels", "MSE per pixel", "of 360 test images", "training image"):
        assert told in tab.text
    assert not tab.problem


def test_of_many_strokes_one_answer_is_kept(open_page, trained, draws):
    run = trained()
    for shift in range(4):
        draws(np.roll(seven(), shift, axis=1))
        settled(open_page("explore", run=run, **OWN))
    kept = [key for key in background._results if key[0] == "own image"]
    assert len(kept) <= 4  # one a session, and four tabs are open
    tab = open_page("explore", run=run, **OWN)
    for shift in range(4):
        draws(np.roll(seven(), 10 + shift, axis=1))
        settled(tab)
    assert len([key for key in background._results if key[0] == "own image"]) <= 1 + len(kept)


def test_one_paints_on_the_chosen_image_as_it_is(open_page, trained):
    tab = settled(open_page("explore", run=trained(), **OWN, **{"view-own": "Chosen image", "view-image": "5"}))
    (drawn,) = tab.live("canvas")
    assert base64.b64decode(drawn["ground"]) != bytes(784)
    assert drawn["near"][0] == 5
    assert "Cut out" not in tab.text
    assert "Error" in tab.text


def test_an_image_that_is_not_there_is_one_sentence(open_page, trained):
    tab = settled(open_page("explore", run=trained(), **OWN, **{"view-own": "Chosen image", "view-image": "999"}))
    assert tab.problem == "The link's image could not be read and was left out."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (png(Image.fromarray(255 - seven())), "inverted"),
        (png(Image.new("L", (1, 1))), "one single grey"),
        (b"nonsense", "cannot be read as an image"),
    ],
)
def test_an_upload_is_laid_into_the_field_or_refused(open_page, trained, content, told):
    tab = settled(open_page("explore", run=trained(), **OWN, **{"view-own": "Upload"}))
    tab.app.file_uploader[0].set_value(("mine.png", content, "image/png")).run()
    settled(tab)
    assert told in tab.text
    assert len(tab.live("canvas")) == 1


@pytest.mark.parametrize(
    ("base", "told"), [("aedash-conditional", "This model is told the class"), ("R4-graph", "It codes no image alone")]
)
def test_a_model_that_needs_more_than_the_image_says_what_it_was_given(open_page, trained, draws, base, told):
    draws(seven())
    tab = settled(open_page("explore", run=trained(base=base), **OWN))
    assert told in tab.text
    assert not tab.problem


def test_a_telling_that_cannot_be_read_is_nothing(monkeypatch):
    ground = canvas.Ground("a", np.zeros((28, 28), np.uint8))
    for told in (None, {}, {"drawing": {"key": "a", "number": 1, "ink": "!"}}, {"drawing": {"key": "a"}}):
        monkeypatch.setattr(st, "session_state", {"canvas": told})
        assert canvas.drawn(ground, key="canvas").picture is None
    short = {"drawing": {"key": "a", "number": 3, "ink": base64.b64encode(b"abc").decode()}}
    monkeypatch.setattr(st, "session_state", {"canvas": short})
    assert canvas.drawn(ground, key="canvas").picture is None
