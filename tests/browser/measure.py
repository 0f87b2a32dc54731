"""What a person waits for, measured in Chromium against a server of its own; prints one JSON object.

python tests/browser/measure.py [--data DIR]    with DIR: MNIST from there, else the bundled digits
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, DESK, FLAGS
from tests.browser.serving import ROOT, Server

TICKS = 20
LIVE = 12  # runs that train while the Lambda page is measured
CURVE = "[class*=st-key-lambda-curves] .lines path[d]"
POINT = ".st-key-loss_box .lines .train path[d]"
WATCH_SHIFTS = """
    globalThis.shifts = [];
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) globalThis.shifts.push(entry.value);
        }
    }).observe({ type: 'layout-shift', buffered: true });
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
SHIFT = "globalThis.shifts.reduce((sum, value) => sum + value, 0)"


class Wire:
    """Websocket frames of a tab, as (time in seconds, bytes, sent or received), by the browser's own clock."""

    def __init__(self, tab):
        self.frames = []
        session = tab.context.new_cdp_session(tab)
        session.send("Network.enable")
        for kind in ("Sent", "Received"):
            session.on(f"Network.webSocketFrame{kind}", lambda event, kind=kind: self.note(event, kind))

    def note(self, event, kind):
        frame = event["response"]
        size = len(frame["payloadData"]) * (3 / 4 if frame["opcode"] == 2 else 1)
        self.frames.append((event["timestamp"], size, kind))

    def ticks(self):
        """(seconds from request to last answer, bytes received) of each tick: what lies between two requests."""
        asked = [i for i, (_, _, kind) in enumerate(self.frames) if kind == "Sent"]
        found = []
        for start, end in pairwise(asked):
            answers = self.frames[start + 1 : end]
            if answers:
                found.append((answers[-1][0] - self.frames[start][0], sum(size for _, size, _ in answers)))
        return found


def recipe(data):
    """The Train page with a run that takes longer than the measuring."""
    changes = ["epochs=5000"] + ([] if data else ['data.name="digits"'])
    return urlencode([("preset", "R0-simple"), *(("set", change) for change in changes)])


def opened(browser, address, ready):
    """(tab, first paint in ms, layout shift of the load): a new context, so nothing is cached."""
    tab = browser.new_context(viewport=DESK).new_page()
    tab.add_init_script(WATCH_SHIFTS)
    tab.goto(address)
    tab.wait_for_selector(ready, timeout=60_000)
    tab.wait_for_timeout(2000)
    return tab, round(tab.evaluate(PAINT)), round(tab.evaluate(SHIFT), 4)


def press(tab, name, fact):
    """Seconds from a click to a visible fact."""
    button = tab.get_by_role("button", name=name, exact=True)
    button.wait_for()
    begin = time.perf_counter()
    button.click()
    tab.wait_for_selector(fact, state="attached", timeout=60_000)
    return round(time.perf_counter() - begin, 3)


def watched(tab, ready):
    """Shift, bytes and server time of ticks while runs train. ready: what is painted last."""
    tab.wait_for_selector(ready)
    tab.wait_for_timeout(1500)
    before = tab.evaluate(SHIFT)
    wire = Wire(tab)
    tab.wait_for_timeout((TICKS + 2) * 1000)
    ticks = wire.ticks()
    times = sorted(1000 * seconds for seconds, _ in ticks)
    return {
        "ticks": len(ticks),
        "layout_shift_while_training": round(tab.evaluate(SHIFT) - before, 4),
        "bytes_a_tick": round(statistics.median(size for _, size in ticks)),
        "refresh_p50_ms": round(statistics.median(times), 1),
        "refresh_p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
    }


def measure(browser, server, data):
    """All figures, in the order in which a visitor meets them."""
    result = {}
    home = "text=Recent runs"
    tab, result["home_first_paint_ms"], result["home_layout_shift"] = opened(browser, server.address, home)
    tab.context.close()
    address = f"{server.address}/train?{recipe(data)}"
    tab, result["train_first_paint_ms"], result["train_layout_shift"] = opened(
        browser, address, ".st-key-reconstruction_box canvas"
    )
    result["first_start_to_first_point_s"] = press(tab, "Start training", POINT)
    press(tab, "Stop", ".pill.stopped")
    tab.goto(address)
    result["start_to_first_point_s"] = press(tab, "Start training", POINT)
    result |= watched(tab, ".st-key-samples_box canvas")
    result["pause_to_label_s"] = press(tab, "Pause", ".pill.paused")
    result["resume_to_label_s"] = press(tab, "Go on", ".pill.running")
    press(tab, "Stop", ".pill.stopped")
    return result


def measure_lambdas(browser, server, data):
    """The Lambda page while twelve runs train at the same time."""
    tab = browser.new_context(viewport=DESK).new_page()
    tab.add_init_script(WATCH_SHIFTS)
    tab.goto(f"{server.address}/lambda?epochs=3")
    for name, value in (("Lambdas", ", ".join(f"{i / 100}" for i in range(LIVE))), ("Epochs", "100")):
        field = tab.get_by_label(name, exact=True)
        field.fill(value)
        field.press("Enter")
        tab.wait_for_timeout(1500)
    press(tab, f"Train {LIVE} runs", CURVE)
    tab.wait_for_timeout(20_000)  # until all have begun
    counted = tab.locator(CURVE).count()
    if counted < LIVE:
        raise RuntimeError(f"{counted} of {LIVE} curves are drawn")
    result = watched(tab, ".st-key-lambda_rows canvas")
    tab.get_by_role("button", name="Stop all", exact=True).click()
    tab.get_by_role("button", name="Go on", exact=True).wait_for(timeout=60_000)
    return {f"lambda_{name}": value for name, value in result.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the data sets; without it the bundled digits")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder)
        environment = {
            "AEDASH_RUNS_DIR": str(house / "runs"),
            "AEDASH_DATA_DIR": str(data.resolve() if data else house),
            "AEDASH_LOG_FILE": str(house / "aedash.log"),
        }
        crowd = {"AEDASH_EXECUTOR": "process", "AEDASH_MAX_CONCURRENT_RUNS": str(LIVE), "AEDASH_THREADS": "1"}
        result = served(measure, data, house, **environment) | served(
            measure_lambdas, data, house, **environment, **crowd
        )
        print(json.dumps(result, indent=1))


def served(measuring, data, house, **environment):
    """What is measured on a server of its own."""
    server = Server(ROOT / "app.py", house / "log.txt", **environment)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            found = measuring(browser, server, data)
            browser.close()
            return found
    finally:
        server.stop()


if __name__ == "__main__":
    main()
