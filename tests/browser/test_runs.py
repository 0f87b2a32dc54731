"""The Runs page in a real Chromium: one click on a title opens its run, ticks choose, tabs say what they show."""

from dataclasses import replace

import pytest

from aedash.config import vary_all
from aedash.events import RunState
from aedash.presets.base import preset
from aedash.store import Store
from tests.browser.serving import ROOT, environment

pytestmark = pytest.mark.browser

HEADING, LINE, TICK = 33, 33, 18  # CSS pixels of the table


def press(tab, x, line):
    """Click in the table, x CSS pixels from its left, on a line counted from 0 in the middle of the first as 0.5."""
    box = tab.locator(".st-key-runs_table canvas").first.bounding_box()
    tab.mouse.click(box["x"] + x, box["y"] + HEADING + line * LINE)


def test_a_click_on_a_title_opens_its_run_and_ticks_choose(open_tab, serve, tmp_path):
    store = Store(tmp_path / "runs")
    for size in (4, 8, 12):
        config = vary_all(preset("R0-simple").config, [("data.name", "digits"), ("architecture.latent", size)])
        run = replace(store.create(config), state=RunState.STOPPED)
        store.update(run)
    store.close()
    with serve(ROOT / "app.py", tmp_path / "log.txt", **environment(tmp_path)) as server:
        tab = open_tab(f"{server.address}/runs")
        tab.wait_for_function("document.title === 'Runs · aedash'")
        tab.wait_for_selector(".st-key-runs_table canvas")
        press(tab, TICK, 1.5)
        tab.locator(".slot", has_text="R0-simple, code size 8").wait_for()
        press(tab, TICK, 2.5)
        tab.get_by_text("2 chosen").wait_for()
        press(tab, 120, 0.5)
        tab.wait_for_url(f"**/train?run={run.id}")
        tab.wait_for_function("document.title === 'R0-simple, Digits, code size 12 · Train · aedash'")
        assert tab.locator("h1").inner_text() == "Train: R0-simple, Digits, code size 12"
        tab.go_back()
        tab.get_by_text("2 chosen").wait_for()
