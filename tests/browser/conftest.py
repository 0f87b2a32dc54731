"""Fixtures of the browser tests: Chromium, and tabs that notice every error of a page."""

import shutil
from contextlib import contextmanager

import pytest

from tests.browser.serving import ROOT, Server, environment
from tests.browser.visitor import SECONDS

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
DESK = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items):
    """Whatever failed in a browser is tried once more, a wrong value too, and the summary counts it.

    On a machine that is busy the page may be looked at between two of its moments; a fault of the app is there again.
    So a fault that shows only now and then hides here: who sees a repetition in the summary looks for its cause.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def chromium(require):
    """Without a browser there is nothing to test."""
    require("browser", CHROMIUM, "chromium is not installed")


@pytest.fixture(scope="package")
def browser():
    """Debian's Chromium."""
    if CHROMIUM is None:
        yield None
        return
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * SECONDS)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_tab(browser):
    """open_tab(address, **context): a new tab; at the end no exception may stand in it, nor an error in its console."""
    opened = []

    def open_(address, **context):
        tab = browser.new_page(viewport=context.pop("viewport", DESK), **context)
        tab.set_default_timeout(1000 * SECONDS)
        errors = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: errors.append(message.text) if _counts(message) else None)
        opened.append((tab, errors))
        tab.goto(address)
        return tab

    yield open_
    try:
        broken = [tab.locator("[data-testid=stException], .st-key-fault").count() for tab, _ in opened]
    finally:
        for tab, _ in opened:  # all, whatever is wrong: one that stays holds a stream
            tab.close()
    assert (sum(broken), [error for _, errors in opened for error in errors]) == (0, [])


def _counts(message):
    """Errors do, but for the two requests with which Streamlit finds its base path on a deep link, for a stream that
    the server has no room for, and for one of a page whose server was ended: the browser writes that by itself.
    """
    place = (message.location or {}).get("url", "")
    full = "/wire/" in place and any(word in message.text for word in ("503", "ERR_CONNECTION_REFUSED"))
    return message.type == "error" and "/_stcore/" not in place and not full


@pytest.fixture(scope="package")
def serve():
    """serve(script, log, ...): a server for the time of a block; what it wrote must hold no traceback."""

    @contextmanager
    def serving(script, log, **environment):
        server = Server(script, log, **environment)
        try:
            yield server
        finally:
            server.stop()
        told = server.log.read_text()
        # Streamlit's own, where a tab is closed as its socket opens
        assert "Traceback" not in told or "WebSocket is not connected" in told

    return serving


@pytest.fixture(scope="module")
def address(request, serve, browser, tmp_path_factory):
    """One server for all tests of a module that leave it running; SETTINGS of the module go to its environment."""
    if browser is None:
        yield ""
        return
    folder = tmp_path_factory.mktemp("house")
    settings = environment(folder) | getattr(request.module, "SETTINGS", {})
    with serve(ROOT / "app.py", folder / "log.txt", **settings) as server:
        yield server.address
