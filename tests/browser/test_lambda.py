"""The Lambda page in a real Chromium: its rows fit a desk and a phone, and the noise slider repaints them."""

import pytest

from tests.browser.test_app import PHONE

pytestmark = pytest.mark.browser

OPAQUE = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3] === 255"
PICTURE = "c => c.toDataURL()"


@pytest.fixture
def page(address):
    return f"{address}/lambda?epochs=3"


def until(tab, true, seconds=60):
    for _ in range(5 * seconds):
        if true():
            return
        tab.wait_for_timeout(200)
    raise TimeoutError


def rows(tab, noisy):
    """The tiles of the rows, once the first noisy input is painted; noisy: its number."""
    tiles = tab.locator(".st-key-lambda_rows canvas")
    tiles.nth(noisy).wait_for(state="attached", timeout=60_000)
    until(tab, lambda: tiles.nth(noisy).evaluate(OPAQUE))
    return tiles


def test_clean_and_noisy_lie_side_by_side_and_the_slider_repaints(open_tab, page):
    tab = open_tab(page)
    tiles = rows(tab, 8)
    assert tab.locator(".st-key-lambda_rows .between").count() == 0
    assert tab.locator(".st-key-lambda_rows .swatched i").count() == 6
    assert tiles.nth(0).bounding_box()["y"] == tiles.nth(8).bounding_box()["y"]
    clean, noisy = (tiles.nth(i).evaluate(PICTURE) for i in (0, 8))
    switch = tab.locator("[class*='st-key-switch-noise--']")
    assert switch.bounding_box()["width"] > 150
    switch.get_by_role("slider").first.focus()
    tab.keyboard.press("End")
    until(tab, lambda: tiles.nth(8).evaluate(PICTURE) != noisy)
    assert tiles.nth(0).evaluate(PICTURE) == clean


def test_on_a_phone_noisy_lies_below_clean_and_nothing_is_wider_than_the_screen(open_tab, page):
    tab = open_tab(page, viewport=PHONE)
    tiles = rows(tab, 7 * 8)
    assert tab.locator(".st-key-lambda_rows .between").count() == 1
    assert tiles.nth(56).bounding_box()["y"] > tiles.nth(55).bounding_box()["y"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
