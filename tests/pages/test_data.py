"""The page of a data set: every figure of it on screen, with split, unit and number of images; a name is only text."""

from argparse import Namespace
from dataclasses import replace

import pytest

from aedash import registry
from aedash.analysis.dimension import Dimension, Estimate, dimension
from aedash.analysis.leaks import leaks
from aedash.analysis.portrait import portrait
from aedash.commands import data as command
from aedash.figures import portrait as figures
from aedash.ui.desk import background
from tests import fakes
from tests.tinted import registered, tinted


def opened(open_page, name):
    session = open_page("data", data=name)
    background.settle()
    return session.again()


def test_the_page_shows_what_the_command_prints(open_page, capsys):
    said = opened(open_page, "digits").text
    found = command.run(Namespace(name="digits"))
    assert f"{found['entropy_floor_nats']:.0f} nats an image (360 test images)" in said
    assert f"{found['two_nn'][0]:.1f} ± {found['two_nn'][1]:.1f}" in said
    assert "of 360, is a training image to the pixel" in said
    assert "1,437 training images and 360 test images, 28 × 28 pixels, grey, 10 classes." in said
    command.show(found)
    assert "entropy floor nats" in capsys.readouterr().out


def test_a_set_in_colour_has_the_same_page_and_its_name_is_only_text(open_page):
    data = tinted(60, 20, side=10)
    named = replace(data, info=replace(data.info, title="<b>Mine</b>", classes=("<i>a</i>", *data.info.classes[1:])))
    with registered(named):
        session = opened(open_page, "tinted")
    assert "10 × 10 pixels, in colour" in session.text
    assert "&lt;i&gt;a&lt;/i&gt;" in session.html
    assert "<i>a</i>" not in session.html
    assert "the class of their nearest" in session.text


@pytest.mark.parametrize("name", ["mnist", "nothing", "../etc", "own-0000000000000000"])
def test_a_set_that_is_not_here_is_one_sentence_or_another_set(open_page, name):
    text = opened(open_page, name).text
    assert ("is not on this machine" in text) == (name == "mnist")
    assert ("28 × 28 pixels, grey" in text) or "own" in name


def test_sentences_tell_level_from_apart_and_planted_leaks_from_none(digits):
    level = Dimension(Estimate(9, 1), Estimate(10, 1), (5, 9), 100, 784)
    assert "level" in figures.sheeted(level)
    assert "more than two standard errors" in figures.sheeted(replace(level, many=Estimate(30, 1)))
    assert "Too few" in figures.sheeted(replace(level, two=None))
    few = fakes.subset(digits, 100, 20)
    assert "<b>No</b> test image, of 20" in figures.leaking(leaks(few), 20)
    copied = replace(few, test=few.train[slice(0, 20)], info=replace(few.info, test=20))
    assert "<b>20</b> of 20 test images are training images to the pixel" in figures.leaking(leaks(copied), 20)


def test_a_set_of_one_class_and_of_equal_images_is_shown_too(digits):
    one = replace(digits, info=replace(digits.info, classes=("all",)))
    blank = one.train[slice(0, 30)]
    same = replace(one, train=replace(blank, images=blank.images * 0, labels=blank.labels * 0))
    same = replace(same, test=same.train[slice(0, 5)])
    found = portrait(same)
    assert figures.balance(found).startswith("One class")
    assert "100.0 % pure black" in figures.ends(found)
    assert figures.rulers(dimension(same)).count("–") == 2
    for draw in (figures.drawn, figures.moments, figures.extremes, figures.class_means):
        assert draw(found).image.startswith("data:image/png")


def test_every_registered_set_has_a_link_on_home(open_page):
    home = open_page("home").html
    assert all(f"data?data={name}" in home for name in registry.datasets.names())
