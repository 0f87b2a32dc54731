"""The Lambda page in a real Chromium: its rows fit a desk and a phone, the noise slider repaints them, and while runs
train everything moves without a script.
"""

import pytest

from tests.browser.test_app import PHONE, awaited

pytestmark = pytest.mark.browser

SETTINGS = {"AEDASH_MAX_CONCURRENT_RUNS": "2"}
OPEN = "() => globalThis.aedashWire.stream !== null"
CURVE = "[class*=st-key-lambda-curves] .lines path.line[d^=M]"
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


def settled(tab, sent):
    """How many messages the page has sent once the curve has moved three times without another: the runs have begun,
    and what it asked of their weights is there.
    """
    for _ in range(20):
        before = len(sent)
        for _ in range(3):
            shown = tab.locator(CURVE).first.get_attribute("d")
            awaited(tab, lambda: tab.locator(CURVE).first.get_attribute("d"), lambda now, shown=shown: now != shown)
        if len(sent) == before:
            return before
    raise AssertionError("the page never came to rest")


def test_a_live_page_moves_without_a_script_also_while_somebody_else_s_measures(open_tab, address, browser):
    tab, sent = open_tab("about:blank"), []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    tab.goto(f"{address}/lambda?lambdas=0,+1&epochs=100")
    tab.get_by_role("button", name="Train 2 runs", exact=True).click()
    until(tab, lambda: tab.locator(CURVE).count() >= 2)
    tab.wait_for_function(OPEN)
    tiles = rows(tab, 8)
    until(tab, lambda: tiles.nth(16).evaluate(OPAQUE) and tiles.nth(32).evaluate(OPAQUE))
    before, other = settled(tab, sent), browser.new_context()
    second = other.new_page()
    second.goto(tab.url)
    rows(second, 24)  # asked of the weights, beside that visitor's page
    shown = [
        tab.locator(CURVE).first.get_attribute("d"),
        tiles.nth(16).evaluate(PICTURE),
        tiles.nth(24).evaluate(PICTURE),
    ]
    awaited(tab, lambda: tab.locator(CURVE).first.get_attribute("d"), lambda now: now != shown[0])
    awaited(tab, lambda: tiles.nth(16).evaluate(PICTURE), lambda now: now != shown[1])
    awaited(tab, lambda: tiles.nth(24).evaluate(PICTURE), lambda now: now != shown[2])
    assert len(sent) == before
    other.close()
    tab.get_by_role("button", name="Stop all", exact=True).click()
    tab.get_by_role("button", name="Go on", exact=True).wait_for()
    tab.wait_for_function("() => globalThis.aedashWire.stream === null", timeout=60_000)
