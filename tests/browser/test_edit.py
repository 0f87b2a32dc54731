"""The tools Units and Edit in a real Chromium: a code is changed and decoded where the hand is, and a link has it."""

import pytest

from tests.browser.visitor import addressed, at_rest, await_state, awaited, lasting, link, press

pytestmark = pytest.mark.browser

EDIT = ".st-key-explore_edit_box .root"
PIXELS = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join()"
SERVED = "(root) => [...root.view.edited()]"


def ready(tab):
    awaited(tab, lambda: tab.locator(f"{EDIT} input[type=range]").count(), lambda count: count == 4)
    at_rest(tab)
    return tab.locator(EDIT)


def test_a_code_is_edited_by_keys_and_a_link_shows_the_same_picture(open_tab, address):
    tab = open_tab(link(address, 30, **{"architecture.latent": 4}))
    press(tab, "Start training")
    await_state(tab, "finished")
    addressed(tab, "run=")
    run = tab.evaluate("() => new URL(location.href).searchParams.get('run')")
    tab.goto(f"{address}/explore?run={run}&view-tool=Edit&view-image=3")
    view = ready(tab)
    edited = view.locator(".edited canvas")
    rebuilt, code = lasting(tab, lambda: edited.evaluate(PIXELS)), view.evaluate(SERVED)
    slider = view.locator("input[type=range]").first
    slider.press("Home")
    for _ in range(40):
        slider.press("ArrowRight")
    awaited(tab, lambda: edited.evaluate(PIXELS), lambda now: now != rebuilt)
    tile = view.locator(".rows canvas").nth(4)
    tile.press("ArrowLeft")
    tab.keyboard.press("Enter")  # on the tile that has the focus now
    awaited(tab, lambda: tab.url, lambda url: "view-edit=d1_-0.5~" in url)
    at_rest(tab)
    told = tab.evaluate("() => [aedashLab.last('code').from, ...aedashLab.last('code').code]")
    assert told[0] == "edit"
    assert told[1:] == pytest.approx(view.evaluate(SERVED), abs=1e-3)  # the link rounds, and may be drawn by now
    assert told[1:] != pytest.approx(code, abs=1e-3)
    picture, kept = lasting(tab, lambda: edited.evaluate(PIXELS)), tab.url
    other = open_tab(kept)
    there = ready(other)
    awaited(other, lambda: there.locator(".edited canvas").evaluate(PIXELS), lambda now: now == picture)
    there.get_by_role("button", name="Reset").click()
    awaited(other, lambda: other.url, lambda url: "view-edit" not in url)
    awaited(other, lambda: there.evaluate(SERVED), lambda now: now == pytest.approx(code))
    awaited(other, lambda: there.locator(".edited canvas").evaluate(PIXELS), lambda now: now == rebuilt)
