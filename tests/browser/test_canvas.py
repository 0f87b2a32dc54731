"""The canvas in a real Chromium: finger, mouse and keys paint the same squares, and what is undone is gone."""

import numpy as np
import pytest

from tests.browser.serving import ROOT
from tests.browser.visitor import at_rest, places

pytestmark = pytest.mark.browser
CELL = 10  # CSS pixels of a square


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, browser):
    if browser is None:
        yield ""
        return
    home = tmp_path_factory.mktemp("canvas")
    (home / "app.py").symlink_to(ROOT / "tests/browser/canvas_app.py")
    for folder in ("static", ".streamlit"):
        (home / folder).symlink_to(ROOT / folder)
    with serve(home / "app.py", home / "log.txt", cwd=home, PYTHONPATH=str(ROOT)) as server:
        yield server.address


@pytest.fixture
def page(open_tab, address):
    tab = open_tab(address)
    tab.locator(".stage .ink").wait_for()
    return tab


def told(page, when):
    """(28, 28) of what the server was told last, None of nothing drawn, once `when` holds for it."""
    told = page.wait_for_function(
        f"() => {{ const told = JSON.parse(document.querySelector('.told').textContent); return ({when}) && told; }}"
    )
    ink = told.json_value()["ink"]
    return None if ink is None else np.array(ink)


def squares(page):
    """at(column, row): the middle of that square on screen."""
    [box] = places(page, ".stage")
    return lambda column, row: (box["x"] + (column + 0.5) * CELL, box["y"] + (row + 0.5) * CELL)


def test_a_stroke_a_rubber_and_their_undoing(page):
    at = squares(page)
    page.mouse.move(*at(5, 14))
    page.mouse.down()
    page.mouse.move(*at(22, 14), steps=34)
    page.mouse.up()
    first = told(page, "told.ink && told.ink[14][20] > 250")
    assert (first[14, 6:20] > 250).all()
    assert first[2, 3] == 200  # the ground is told, too
    assert first[20:].max() == first[:2].max() == 0
    page.get_by_role("button", name="Erase").click()
    at = squares(page)
    page.mouse.move(*at(14, 8))
    page.mouse.down()
    page.mouse.move(*at(14, 20), steps=24)
    page.mouse.up()
    second = told(page, "told.ink && told.ink[14][14] < 5")
    assert second[14, 8] > 250
    page.get_by_role("button", name="Undo").click()
    undone = told(page, "told.ink && told.ink[14][14] > 250")
    assert (undone >= first - 30).all()  # drawn again, the pen's width differs by a breath
    page.get_by_role("button", name="Clear").click()
    assert told(page, "told.ink === null") is None


def test_keys_paint_and_what_was_painted_is_there_after_another_page(page):
    stage = page.get_by_role("application")
    at_rest(page)
    for key in ("ArrowRight", "Space", "Shift+ArrowDown", "ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        stage.press(key)
    painted = told(page, "told.ink && told.ink[18][14] > 200")
    assert painted[14, 14] > 200
    stage.press("Control+z")
    undone = told(page, "told.ink && told.ink[18][14] < 200")
    page.get_by_text("Another page").click()
    page.locator(".stage").wait_for(state="detached")
    page.get_by_text("Another page").click()
    page.locator(".stage").wait_for()
    assert np.array_equal(told(page, "told.ink && told.ink[14][14] > 200"), undone)


def test_a_finger_draws_and_the_page_stays_where_it_is(page):
    assert page.locator(".ink").evaluate("node => getComputedStyle(node).touchAction") == "none"
    client = page.context.new_cdp_session(page)
    at = squares(page)
    points = [at(column, 6) for column in range(8, 19)]
    for kind, fingers in (
        ("touchStart", points[:1]),
        *(("touchMove", [point]) for point in points[1:]),
        ("touchEnd", []),
    ):
        touches = [{"x": x, "y": y} for x, y in fingers]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    assert (told(page, "told.ink && told.ink[6][16] > 250")[6, 9:16] > 250).all()
    assert squares(page)(8, 6) == points[0]
