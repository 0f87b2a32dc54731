"""The wire in a real Chromium: a page that lives runs no script between two changes, and leaves nothing behind."""

import numpy as np
import pytest
from playwright.sync_api import expect

from aedash.figures.payloads import packed
from aedash.ui.components.source import code
from tests.browser.visitor import (
    at_rest,
    await_state,
    awaited,
    back,
    counted,
    follow,
    lasting,
    long,
    metric,
    paused,
    pixels,
    press,
    started,
    stopped,
)

pytestmark = pytest.mark.browser

SETTINGS = {"AEDASH_MAX_CONCURRENT_RUNS": "9", "AEDASH_MAX_STREAMS": "2"}
OPEN = "() => globalThis.aedashWire.stream?.readyState === 1"
CLOSED = "() => globalThis.aedashWire.stream === null"
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def watched(open_tab, address):
    """A page that watches a long run: (tab, what it has sent to the script)."""
    tab = open_tab("about:blank")
    sent = counted(tab)
    tab.goto(long(address))
    started(tab)
    awaited(tab, lambda: metric(tab, "test loss"), lambda text: text != "–")
    tab.wait_for_function(OPEN)
    yield tab, sent
    stopped(tab)


def test_a_live_page_moves_and_no_script_runs(watched):
    tab, sent = watched
    tab.wait_for_function(r"() => /True \d+ True/.test(aedashWire.channels.values().next().value.version)")
    at_rest(tab)
    before, picture, epoch = lasting(tab, lambda: len(sent)), pixels(tab, "reconstruction_box"), metric(tab, "epoch")
    line = tab.locator(".st-key-loss_box .lines .train path.line").last
    curve = line.get_attribute("d")
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda now: now != picture)
    awaited(tab, lambda: metric(tab, "epoch"), lambda now: float(now.split()[0]) > float(epoch.split()[0]) + 3)
    awaited(tab, lambda: line.get_attribute("d"), lambda now: now != curve)
    assert len(sent) == before


def test_a_hidden_tab_and_a_page_that_was_left_have_no_stream(watched):
    tab, _ = watched
    tab.evaluate(HIDE, True)
    tab.wait_for_function(CLOSED)
    tab.evaluate(HIDE, False)
    tab.wait_for_function(OPEN)
    follow(tab, "Runs")
    tab.wait_for_function(CLOSED)
    back(tab)
    tab.wait_for_function(OPEN)
    await_state(tab, "running")


def test_playing_and_dragging_the_script_runs_once_at_rest(watched):
    tab, sent = watched
    handle = tab.locator(".handle")
    awaited(tab, lambda: int(handle.get_attribute("aria-valuemax")), lambda last: last > 8)
    paused(tab)
    now, before = lasting(tab, lambda: pixels(tab, "reconstruction_box")), lasting(tab, lambda: len(sent))
    handle.press("Home")
    awaited(tab, lambda: metric(tab, "epoch"), lambda text: text.startswith("0.0 "))
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda picture: picture != now)
    tab.locator(".play").click()
    awaited(tab, lambda: int(handle.get_attribute("aria-valuenow")), lambda frame: frame > 4)
    tab.locator(".live").click()
    awaited(tab, lambda: pixels(tab, "reconstruction_box"), lambda picture: picture == now)
    tab.wait_for_function("() => !location.search.includes('view-at')")
    assert len(sent) <= before + 3  # at rest after Home and at the end, and the pause may have come late


def test_what_one_person_does_is_seen_by_all_also_by_who_has_no_stream(watched, open_tab):
    tab, _ = watched
    second = open_tab(tab.url)
    await_state(second, "running")
    second.wait_for_function(OPEN)
    third = open_tab(tab.url)
    await_state(third, "running")
    third.get_by_text("looks for news once in 5 seconds").wait_for()
    at = metric(third, "epoch")
    awaited(third, lambda: metric(third, "epoch"), lambda text: text != at)
    press(tab, "Pause")
    await_state(second, "paused")
    await_state(third, "paused")
    press(tab, "Go on")
    await_state(second, "running")


BASE = '<script type="text/plain" src="/base/static/js/index.js"></script><main></main>'
STUBS = """
    globalThis.streams = [];
    globalThis.asked = [];
    globalThis.EventSource = class {
        static CLOSED = 2;
        constructor(url) { Object.assign(this, { url, readyState: 1 }); streams.push(this); }
        close() { this.readyState = 2; }
        fail(state) { this.readyState = state; this.onerror(); }
        say(board) { this.onmessage({ data: JSON.stringify(board) }); }
    };
    globalThis.fetch = async (url) => { asked.push(url); return globalThis.answer; };
"""
DATA = {
    "wire": {"channel": "run/1", "parts": ["loss"], "live": True, "moment": None, "edition": "0"},
    **{"stamp": 10.0, "unit": "BCE"},
}


@pytest.fixture
def wire(open_tab, address):
    """An empty page of a server with a base path, and the wire over streams and answers that the test makes."""
    tab = open_tab(f"{address}/_stcore/health")
    tab.clock.install(time=0)
    tab.set_content(BASE)
    tab.clock.pause_at(1000)  # seconds: it goes on by itself until now, and not even a slow machine is beyond that
    mount = "globalThis.leave = follow(document.querySelector('main'), data, (now) => shown.push(now))"
    tab.evaluate(f"() => {{ {STUBS} {code('wire')} globalThis.shown = []; globalThis.mount = (data) => {mount}; }}")
    return tab


def board(stamp, **loss):
    return {"channel": "run/1", "version": "a", "stamp": stamp, "whole": True, "parts": {"loss": loss}}


def drawn(tab):
    return tab.evaluate("JSON.parse(JSON.stringify(shown.at(-1), (_, v) => ArrayBuffer.isView(v) ? [...v] : v))")


def f4(*numbers):
    return packed(np.array(numbers), "<f4")


def test_what_is_newer_lies_over_what_the_script_drew_and_lines_go_on(wire):
    wire.evaluate("data => mount(data)", DATA)
    wire.clock.run_for(100)
    assert wire.evaluate("streams[0].url").endswith("/base/wire/stream?watch=run/1")
    line = {"name": "train", "x": f4(1, 2), "y": f4(8, 4)}
    wire.evaluate("board => streams[0].say(board)", board(9.0, lines=[line], alt="old"))
    assert "alt" not in drawn(wire)  # the script was later
    wire.evaluate("board => streams[0].say(board)", board(11.0, lines=[line], alt="two"))
    more = {"name": "train", "x": f4(3), "y": f4(2)}
    wire.evaluate("board => streams[0].say(board)", board(12.0, append=True, lines=[more], alt="three"))
    now = drawn(wire)
    assert (now["unit"], now["alt"], now["lines"]) == (
        "BCE",
        "three",
        [{"name": "train", "x": [1, 2, 3], "y": [8, 4, 2]}],
    )
    wire.evaluate("leave()")
    wire.clock.run_for(100)
    assert wire.evaluate("[streams.length, streams[0].readyState, aedashWire.watchers.size]") == [1, 2, 0]


def test_a_lost_stream_is_asked_for_again_ever_more_seldom(wire):
    wire.evaluate("data => mount(data)", DATA)
    wire.clock.run_for(100)
    opened = []
    for _ in range(6):
        wire.evaluate("streams.at(-1).fail(0)")
        wire.clock.run_for(1300)
        opened.append(wire.evaluate("streams.length"))
        wire.clock.run_for(60_000)
    assert opened[0] == 2
    assert opened[-1] == wire.evaluate("streams.length") - 1
    wire.evaluate("board => streams.at(-1).say(board)", board(11.0, alt="back"))
    assert drawn(wire)["alt"] == "back"
    assert wire.evaluate("asked") == []


def test_where_there_is_no_stream_for_it_the_page_reads_once_in_five_seconds_and_says_so(wire):
    wire.evaluate("data => mount(data)", DATA)
    wire.clock.run_for(100)
    wire.evaluate("boards => (globalThis.answer = { ok: true, json: async () => boards })", [board(11.0, alt="read")])
    wire.evaluate("streams[0].fail(2)")
    wire.get_by_text("once in 5 seconds").wait_for()
    awaited(wire, lambda: drawn(wire)["alt"], lambda alt: alt == "read")
    wire.clock.run_for(10_100)
    assert wire.evaluate("asked.length") == 3
    wire.clock.run_for(30_000)
    assert wire.evaluate("streams.length") == 2  # asked for again now and then
    wire.evaluate("board => streams[1].say(board)", board(12.0, alt="live"))
    expect(wire.get_by_text("once in 5 seconds")).to_have_count(0)
