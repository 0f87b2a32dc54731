"""Every page at any width: nothing sticks out, nothing is a slit, nothing lies on something else, no text is lost."""

from pathlib import Path

import pytest

from tests.browser.visitor import at_rest, await_state, own, press

pytestmark = pytest.mark.browser

# CSS pixels; 320 is 1280 at 400 %, 720 is 1440 at 200 %
WIDTHS = (320, 360, 641, 768, 900, 1024, 1440, 1920, 2560)
FAULTS = (Path(__file__).parent / "widths.js").read_text()
PAGES = ("", "train", "experiments", "lambda", "noise", "sweeps", "twins", "compare", "runs")


def faults(tab):
    """A line a fault, with the widths at which it is seen; empty for a sound page."""
    found = {}
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        at_rest(tab)
        for fault in tab.evaluate(FAULTS):
            found.setdefault(fault, []).append(width)
    return "\n".join(f"{fault} at {widths}" for fault, widths in found.items())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_at_any_width(open_tab, address, page):
    tab = open_tab(f"{address}/{page}")
    tab.locator("h1, .st-key-live").first.wait_for(state="attached")
    assert faults(tab) == ""


def test_a_finished_run_is_sound_at_any_width(open_tab, address):
    tab = open_tab(own(address, 2))
    press(tab, "Start training")
    await_state(tab, "finished")
    tab.get_by_role("button", name="Train again", exact=True).wait_for()
    assert faults(tab) == ""
