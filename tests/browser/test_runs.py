"""The Runs page in a real Chromium: headings sort, ticks outlive a turned page, keys do what the mouse does."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from aedash.config import vary_all
from aedash.events import RunState
from aedash.presets.base import preset
from aedash.store import Store
from tests.browser.serving import ROOT, environment
from tests.browser.visitor import at_rest

pytestmark = pytest.mark.browser
RUNS = 53  # two pages


def test_titles_open_headings_sort_and_ticks_outlive_pages(open_tab, serve, tmp_path):
    store = Store(tmp_path / "runs")
    for seed in range(RUNS):
        config = vary_all(preset("R0-simple").config, [("data.name", "digits"), ("seed", seed)])
        run = replace(store.create(config), state=RunState.STOPPED, epochs_done=seed)
        store.update(run)
    store.mark(run.id, name="<img src=x onerror=document.title='hacked'>")
    store.close()
    with serve(ROOT / "app.py", tmp_path / "log.txt", **environment(tmp_path)) as server:
        tab = open_tab(f"{server.address}/runs")
        line = tab.locator("tbody tr")
        line.nth(1).locator("input").click()
        tab.get_by_text("1 chosen").wait_for()
        line.nth(2).locator("button.open").press("Space")
        tab.get_by_text("2 chosen").wait_for()
        tab.keyboard.press("PageDown")
        tab.get_by_text("Page 2 of 2").wait_for()
        expect(line).to_have_count(RUNS - 50)
        tab.get_by_text("2 chosen").wait_for()
        tab.get_by_role("button", name="Epochs").click()
        tab.wait_for_url("**/runs?view-sort=-epochs**")
        at_rest(tab)
        tab.get_by_role("button", name="Epochs").click()
        tab.locator("tbody tr", has_text="R0-simple, seed 0").first.wait_for()
        expect(tab.locator("th[aria-sort=ascending]")).to_have_text("Epochs")
        expect(tab.locator("table img")).to_have_count(0)
        line.nth(0).locator("button.open").click()
        tab.wait_for_url("**/train?run=*")
        tab.get_by_role("heading", name="seed 0").wait_for()
        tab.go_back()
        tab.get_by_text("2 chosen").wait_for()
