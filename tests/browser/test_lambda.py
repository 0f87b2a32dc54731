"""The Lambda page in a real Chromium: its rows fit a desk and a phone, the noise slider repaints them, and while runs
train everything moves without a script.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE, SEEDS, at_rest, awaited, counted, lasting, places

pytestmark = pytest.mark.browser

SETTINGS = {"AEDASH_MAX_CONCURRENT_RUNS": "2"}
OPEN = "() => globalThis.aedashWire.stream !== null"
CURVE = "[class*=st-key-lambda-curves] .lines path.line[d^=M]"
OPAQUE = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3] === 255"
PICTURE = "c => c.toDataURL()"


@pytest.fixture
def page(address):
    return f"{address}/lambda?epochs=3"


def rows(tab, noisy):
    """The tiles of the rows, once the first clean and the first noisy input are painted; noisy: its number."""
    tiles = tab.locator(".st-key-lambda_rows canvas")
    tiles.nth(noisy).wait_for(state="attached")
    for place in (0, noisy):
        painted(tab, tiles.nth(place))
    return tiles


def painted(tab, tile):
    awaited(tab, lambda: tile.evaluate(OPAQUE), bool)


def changed(tab, read, before):
    awaited(tab, read, lambda now: now != before)


def test_clean_and_noisy_lie_side_by_side_and_the_slider_repaints(open_tab, page):
    tab = open_tab(page)
    tiles = rows(tab, 8)
    expect(tab.locator(".st-key-lambda_rows .between")).to_have_count(0)
    expect(tab.locator(".st-key-lambda_rows .swatched i")).to_have_count(6)
    switch = tab.locator("[class*='st-key-switch-noise--']")
    left, right, slider = places(tab, tiles.nth(0), tiles.nth(8), switch)
    assert left["y"] == right["y"]
    assert slider["width"] > 150
    clean, noisy = (lasting(tab, lambda i=i: tiles.nth(i).evaluate(PICTURE)) for i in (0, 8))
    switch.get_by_role("slider").first.press("End")
    changed(tab, lambda: tiles.nth(8).evaluate(PICTURE), noisy)
    assert tiles.nth(0).evaluate(PICTURE) == clean


def test_on_a_phone_noisy_lies_below_clean_and_nothing_is_wider_than_the_screen(open_tab, page):
    tab = open_tab(page, viewport=PHONE)
    tiles = rows(tab, 7 * 8)
    expect(tab.locator(".st-key-lambda_rows .between")).to_have_count(1)
    last, below = places(tab, tiles.nth(55), tiles.nth(56))
    assert below["y"] > last["y"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def curve(tab):
    return tab.locator(CURVE).first.get_attribute("d")


def settled(tab, sent):
    """How many messages the page has sent once the curve has moved three times without another: the runs have begun,
    and what it asked of their weights is there.
    """
    for _ in range(20):
        before = len(sent)
        for _ in range(3):
            changed(tab, lambda: curve(tab), curve(tab))
        at_rest(tab)
        if len(sent) == before:
            return before
    raise AssertionError("the page never came to rest")


def test_a_live_page_moves_without_a_script_also_while_somebody_else_s_measures(open_tab, address):
    tab = open_tab("about:blank")
    sent = counted(tab)
    tab.goto(f"{address}/lambda?lambdas=0,+0.{next(SEEDS):03}&encoder=R1-conv&epochs=100")  # slow, and nobody's
    tab.get_by_role("button", name="Train 2 runs", exact=True).click()
    awaited(tab, lambda: tab.locator(CURVE).count(), lambda count: count >= 2)
    tab.wait_for_function(OPEN)
    tiles = rows(tab, 8)
    for place in (16, 24, 32):
        painted(tab, tiles.nth(place))
    before, second = settled(tab, sent), open_tab(tab.url)
    rows(second, 24)  # asked of the weights, beside that visitor's page
    changed(tab, lambda: curve(tab), curve(tab))
    for place in (16, 24):
        changed(tab, lambda place=place: tiles.nth(place).evaluate(PICTURE), tiles.nth(place).evaluate(PICTURE))
    assert len(sent) == before
    tab.get_by_role("button", name="Stop all", exact=True).click()
    tab.get_by_role("button", name="Go on", exact=True).wait_for()
    tab.wait_for_function("() => globalThis.aedashWire.stream === null")
