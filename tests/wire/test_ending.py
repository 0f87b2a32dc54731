"""The end of a real server with many open pages: it ends, though none of them leaves."""

import signal

import pytest

from tests.browser.serving import ROOT, Server, environment
from tests.wire.serving import Client

PAGES = 50


@pytest.mark.parametrize(("base", "number"), [("", signal.SIGTERM), ("lab", signal.SIGINT)])
def test_a_server_with_open_pages_ends_as_it_is_told(base, number, tmp_path):
    place = f"/{base}".rstrip("/")
    own = environment(tmp_path) | {"STREAMLIT_SERVER_BASE_URL_PATH": base, "STREAMLIT_SERVER_HEADLESS": "true"}
    server = Server(ROOT / "app.py", tmp_path / "log", **own)
    pages = [
        Client(server.port, "desk/of-nobody", "run/0123456789ab", path=f"{place}/wire/stream") for _ in range(PAGES)
    ]
    try:
        assert {page.event()["version"] for page in pages} == {"gone"}
        server.process.send_signal(number)
        assert [list(iter(page.event, None))[1:] for page in pages] == [[]] * PAGES
        assert server.process.wait(20) is not None
        assert "Traceback" not in server.log.read_text()
    finally:
        for page in pages:
            page.close()
        Client.opened.clear()
        server.stop(signal.SIGKILL)
