"""What a person waits for, measured in Chromium against a server of its own; prints JSON.

python tests/browser/measure.py [--data DIR] [--only train|lambda|pad|map|moves]

With a DIR: MNIST from there, else the bundled digits, and without the parts of Explore (pad, map, moves), which are
measured on the gallery's models of MNIST.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, DESK, FLAGS
from tests.browser.measure_explore import measure_map, measure_moves, measure_pad
from tests.browser.serving import ROOT, Server

SECONDS = 20  # that are watched
EXPLORE = {"pad": measure_pad, "map": measure_map, "moves": measure_moves}
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
WATCH_DELAYS = """
    globalThis.delays = [];
    globalThis.EventSource = class extends EventSource {
        constructor(...about) {
            super(...about);
            this.addEventListener('message', ({ data }) => {
                const { stamp } = JSON.parse(data);
                requestAnimationFrame(() => setTimeout(() => globalThis.delays.push(Date.now() - 1000 * stamp)));
            });
        }
    };
"""
SHIFT = "globalThis.shifts.reduce((sum, value) => sum + value, 0)"


class Wire:
    """What a tab gets while it stays open: websocket frames of scripts, and events of the stream, in bytes."""

    def __init__(self, tab):
        self.frames, self.events, self.asked = 0.0, [], 0
        session = tab.context.new_cdp_session(tab)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", lambda event: self.got(event["response"]))
        session.on("Network.webSocketFrameSent", lambda _: self.ask())
        session.on("Network.eventSourceMessageReceived", lambda event: self.events.append(len(event["data"])))

    def got(self, frame):
        self.frames += len(frame["payloadData"]) * (3 / 4 if frame["opcode"] == 2 else 1)

    def ask(self):
        """The browser tells the script to run."""
        self.asked += 1


def busy(server):
    """CPU seconds of the server process so far, without its children: runs in processes of their own are no part."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def recipe(data):
    """The Train page with a run that takes longer than the measuring."""
    changes = ["epochs=5000"] + ([] if data else ['data.name="digits"'])
    return urlencode([("preset", "R0-simple"), *(("set", change) for change in changes)])


def opened(browser, address, ready):
    """(tab, first paint in ms, layout shift of the load): a new context, so nothing is cached."""
    tab = browser.new_context(viewport=DESK).new_page()
    tab.add_init_script(WATCH_SHIFTS + WATCH_DELAYS)
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


def watched(tab, ready, server):
    """Shift, bytes, delays and the server's time while runs train. ready: what is painted last."""
    tab.wait_for_selector(ready)
    tab.wait_for_timeout(1500)
    shift, spent = tab.evaluate(SHIFT), busy(server)
    tab.evaluate("globalThis.delays = []")
    wire = Wire(tab)
    tab.wait_for_timeout(SECONDS * 1000)
    spent = busy(server) - spent
    delays = sorted(tab.evaluate("globalThis.delays")) or [float("nan")]
    return {
        "layout_shift_while_training": round(tab.evaluate(SHIFT) - shift, 4),
        "script_runs_a_second": round(wire.asked / SECONDS, 2),
        "script_bytes_a_second": round(wire.frames / SECONDS),
        "events_a_second": round(len(wire.events) / SECONDS, 2),
        "event_bytes_a_second": round(sum(wire.events) / SECONDS),
        "event_to_screen_p50_ms": round(statistics.median(delays), 1),
        "event_to_screen_p95_ms": round(delays[int(0.95 * (len(delays) - 1))], 1),
        "server_ms_a_second": round(1000 * spent / SECONDS),
    }


def unwatched(tab, server):
    """The server's time while the same runs train and nobody looks."""
    tab.goto("about:blank")
    tab.wait_for_timeout(2000)
    spent = busy(server)
    tab.wait_for_timeout(SECONDS * 500)
    return {"server_ms_a_second_unwatched": round(2000 * (busy(server) - spent) / SECONDS)}


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
    result |= watched(tab, ".st-key-samples_box canvas", server)
    result["pause_to_label_s"] = press(tab, "Pause", ".pill.paused")
    result["resume_to_label_s"] = press(tab, "Go on", ".pill.running")
    press(tab, "Stop", ".pill.stopped")
    return result


def measure_lambdas(browser, server, data):
    """The Lambda page while twelve runs train at the same time."""
    tab = browser.new_context(viewport=DESK).new_page()
    tab.add_init_script(WATCH_SHIFTS + WATCH_DELAYS)
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
    result = watched(tab, ".st-key-lambda_rows canvas", server)
    here = tab.url
    result |= unwatched(tab, server)
    tab.goto(here)
    tab.get_by_role("button", name="Stop all", exact=True).click()
    tab.get_by_role("button", name="Go on", exact=True).wait_for(timeout=60_000)
    return {f"lambda_{name}": value for name, value in result.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the data sets; without it the bundled digits")
    parser.add_argument("--only", choices=("train", "lambda", *EXPLORE), help="this part alone")
    asked = parser.parse_args()
    if asked.only in EXPLORE and not asked.data:
        parser.error("Explore is measured on models of MNIST: --data says where it lies")
    data = asked.data
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder)
        environment = {
            "AEDASH_RUNS_DIR": str(house / "runs"),
            "AEDASH_DATA_DIR": str(data.resolve() if data else house),
            "AEDASH_LOG_FILE": str(house / "aedash.log"),
        }
        crowd = {"AEDASH_EXECUTOR": "process", "AEDASH_MAX_CONCURRENT_RUNS": str(LIVE), "AEDASH_THREADS": "1"}
        parts = {
            "train": lambda: served(measure, data, house, **environment),
            "lambda": lambda: served(measure_lambdas, data, house, **environment, **crowd),
        }
        if data:
            parts |= {name: partial(served, each, data, house, **environment) for name, each in EXPLORE.items()}
        for name in [asked.only] if asked.only else parts:
            print(json.dumps(parts[name](), indent=1))


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
