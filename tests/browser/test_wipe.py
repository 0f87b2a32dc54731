"""The wipe slider in a real Chromium: the cut follows pointer and keys, and stays where it is when sheets change."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.serving import ROOT
from tests.browser.visitor import awaited, places

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, browser):
    if browser is None:
        yield ""
        return
    home = tmp_path_factory.mktemp("wipe")
    (home / "app.py").symlink_to(ROOT / "tests/browser/wipe_app.py")
    for folder in ("static", ".streamlit"):
        (home / folder).symlink_to(ROOT / folder)
    with serve(home / "app.py", home / "log.txt", cwd=home, PYTHONPATH=str(ROOT)) as server:
        yield server.address


@pytest.fixture
def page(open_tab, address):
    tab = open_tab(address)
    tab.wait_for_function(
        """() => {
            const root = document.querySelector('.st-key-wipe [data-testid=stBidiComponentRegular], .st-key-wipe *');
            const images = [...document.querySelectorAll('.st-key-wipe *')]
                .flatMap(node => [node, ...(node.shadowRoot?.querySelectorAll('img') ?? [])])
                .filter(node => node.tagName === 'IMG');
            return root && images.length === 2 && images.every(image => image.naturalWidth > 0);
        }"""
    )
    return tab


def cut(page):
    """Share of the frame, 0 to 1, at which black gives way to white in the picture on screen."""
    frame = page.locator(".st-key-wipe .frame")
    row = Image.open(io.BytesIO(frame.screenshot())).convert("L")
    middle = row.height // 4  # between the gutters, away from the thumb
    pixels = [row.getpixel((x, middle)) for x in range(row.width)]
    tiles = [x for x, value in enumerate(pixels) if value < 8]
    return (max(tiles) + 1) / row.width if tiles else 0.0


def await_cut(page, share, within=0.03):
    awaited(page, lambda: cut(page), lambda found: found == pytest.approx(share, abs=within))


def drag_to(page, share):
    [box] = places(page, ".st-key-wipe .frame")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"], y, steps=5)
    page.mouse.up()


def test_the_cut_follows_the_pointer(page):
    await_cut(page, 0.5)
    drag_to(page, 0.8)
    await_cut(page, 0.8)
    drag_to(page, 0.0)
    page.locator(".st-key-wipe input").press("Home")
    await_cut(page, 0, 0.05)


def test_it_is_worked_by_keys_and_says_what_it_does(page):
    divider = page.get_by_role("slider", name="Divider between A and B")
    divider.press("End")
    expect(divider).to_have_attribute("aria-valuetext", "100 % A, the rest B")
    await_cut(page, 1, 0.05)
    divider.press("ArrowLeft")
    expect(divider).to_have_value("99.5")


def test_the_place_is_kept_when_other_sheets_come(page):
    drag_to(page, 0.25)
    page.locator(".st-key-wipe .frame").evaluate("node => node.kept = true")
    page.get_by_role("button", name="Others").click()
    page.get_by_text("C <b>x</b>", exact=True).wait_for()
    assert page.locator(".st-key-wipe .frame").evaluate("node => node.kept")
    await_cut(page, 0.25)
    expect(page.locator(".st-key-wipe .names i:visible")).to_have_count(1)
