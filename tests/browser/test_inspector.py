"""Explore's card of an image in a real Chromium: what is hovered is shown at once, and is what it is said to be."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from aedash.data.image_data import load
from tests.browser.visitor import SECONDS, addressed, at_rest, await_state, awaited, link, press

pytestmark = pytest.mark.browser

CARD = ".st-key-explore_image_box"
GREY = """node => {
  const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


@pytest.fixture(scope="module")
def images():
    found = load("digits", Path()).test
    return found.images.numpy().reshape(len(found.images), -1), found.labels.numpy()


@pytest.fixture(scope="module")
def run(address, browser):
    """Id of a run on digits that has ended."""
    tab = browser.new_page()
    tab.set_default_timeout(1000 * SECONDS)
    tab.goto(link(address, 1))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    yield re.search(r"run=(\w+)", tab.url)[1]
    tab.close()


@pytest.fixture
def card(open_tab, address, run):
    """A tab with the run's card, once all is there that hovering needs."""
    tab = open_tab(f"{address}/explore?run={run}&view-image=7")
    tab.locator(f"{CARD} .near button canvas").first.wait_for()
    tab.wait_for_function(f"() => {VIEW}?.decoder && {VIEW}?.exact?.output && {VIEW}?.atlas")
    at_rest(tab)
    return tab


VIEW = f"""[...document.querySelectorAll("{CARD} *")].map((node) => node.shadowRoot?.querySelector(".root")?.view)
  .find((view) => view?.figures)"""


def painted(tab, name):
    return np.array(tab.locator(f"{CARD} figure.{name} canvas").evaluate(GREY))


def agrees(tab, name, wanted, most=0):
    """Wait until the picture of that name differs from another by no more, in any pixel."""
    awaited(tab, lambda: np.abs(painted(tab, name) - wanted).max(), lambda apart: apart <= most)


def number(tab):
    return tab.locator(f"{CARD} input")


def hover(tab, place):
    tab.evaluate("(place) => aedashLab.tell('hover', place)", place)
    wanted = "null" if place is None else place
    tab.wait_for_function(f"() => {VIEW}.hovered === {wanted} && !{VIEW}.ticket")


def chosen(tab, place):
    """Type a number, and wait for the server's own pictures of that image."""
    tab.locator(f"{CARD} input").fill(str(place))
    tab.locator(f"{CARD} input").press("Enter")
    tab.wait_for_function(f"() => {VIEW}?.exact?.place === {place} && {VIEW}.exact.output")
    tab.locator(f"{CARD} input").blur()


def test_what_is_hovered_is_that_image_and_what_the_model_makes_of_it(card, images):
    known, labels = images
    for place in (0, 131, len(known) - 1):
        hover(card, place)
        nearest = lambda: np.abs(known - painted(card, "original")).sum(1).argmin()  # noqa: E731
        awaited(card, nearest, lambda found, place=place: found == place)  # the atlas is a lossy picture
        made = painted(card, "output")
        expect(number(card)).to_have_value(str(place))
        expect(card.locator(f"{CARD} h3 span")).to_have_text(f"class {labels[place]}")
        assert card.locator(f"{CARD} .root").get_attribute("class").split() == ["root", "away"]
        told = card.locator(f"{CARD} .facts").inner_text()
        hover(card, None)
        chosen(card, place)
        agrees(card, "original", known[place])
        agrees(card, "output", made, 3)  # code and decoder travel in half precision
        awaited(card, lambda: card.locator(f"{CARD} .facts").inner_text(), lambda now, told=told: now == told)
        chosen(card, 7)


def test_the_next_error_and_a_neighbour_are_one_press_away_and_the_pad_s_picture_stands_beside(card, images):
    card.locator(f"{CARD} button[title='The next higher error']").click()
    card.wait_for_function(f"() => {VIEW}?.exact && {VIEW}.exact.place !== 7 && {VIEW}.data.place !== 7")
    expect(number(card)).not_to_have_value("7")
    card.locator(f"{CARD} button[title='The next lower error']").click()
    card.wait_for_function(f"() => {VIEW}?.exact?.place === 7 && {VIEW}.data.place === 7")
    expect(number(card)).to_have_value("7")
    at_rest(card)
    expect(card.locator(f"{CARD} figure.decoded.empty")).to_have_count(1)
    code = card.evaluate(f"() => [...{VIEW}.chosen().code]")
    card.evaluate("(code) => aedashLab.tell('code', { code: Float32Array.from(code), from: 'pad' })", code)
    card.locator(f"{CARD} figure.decoded:not(.empty)").wait_for(state="attached")
    agrees(card, "decoded", painted(card, "output"), 3)
    near = card.locator(f"{CARD} .near button").first
    name = near.get_attribute("aria-label")
    near.press("Enter")
    place = re.match(r"Test image (\d+), class (\d)", name)
    card.wait_for_function(f"() => {VIEW}?.exact?.place === {place[1]}")
    assert str(images[1][int(place[1])]) == place[2]
