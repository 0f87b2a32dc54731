"""The end of a real server with many open pages: it ends, though none of them leaves."""

import signal

from tests.browser.serving import ROOT, Server, environment
from tests.wire.serving import Client

PAGES = 50


def test_a_server_with_open_pages_ends_as_it_is_told(tmp_path):
    own = environment(tmp_path) | {"STREAMLIT_SERVER_BASE_URL_PATH": "lab", "STREAMLIT_SERVER_HEADLESS": "true"}
    server = Server(ROOT / "app.py", tmp_path / "log", **own)
    names, asks = ("desk/of-nobody", "run/0123456789ab"), {"Accept-Encoding": "gzip"}
    pages = [Client(server.port, *names, path="/lab/wire/stream", **asks) for _ in range(PAGES)]
    try:
        assert {page.headers["content-encoding"] for page in pages} == {None}  # what compresses would keep events back
        assert {page.event()["version"] for page in pages} == {"gone"}
        server.process.terminate()
        assert [list(iter(page.event, None))[1:] for page in pages] == [[]] * PAGES
        assert server.process.wait(300) is not None
        assert "Traceback" not in server.log.read_text()
    finally:
        for page in pages:
            page.close()
        Client.opened.clear()
        server.stop(signal.SIGKILL)
