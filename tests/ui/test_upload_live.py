"""The upload address of a living server, as a stranger's program asks it: nothing is kept that no page waits for."""

import http.client
import json
from contextlib import ExitStack, closing, suppress
from urllib.parse import urlencode, urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.browser.serving import ROOT, Server, environment

MB = 2**20
FRAME = "stranger"


class Stranger:
    """A session of the app without a browser, on a page with these parameters. until: what ends it."""

    def __init__(self, until, address, page, **query):
        self.host = urlsplit(address).netloc
        answer = self.asked("GET", "/_stcore/health")
        cookie = answer.getheader("set-cookie").split(";")[0]
        self.headers = {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}
        line = connect(f"ws://{self.host}/_stcore/stream", subprotocols=["streamlit"], max_size=None)
        self.line = until.enter_context(line)
        ask = BackMsg()
        ask.rerun_script.query_string = urlencode(query)
        ask.rerun_script.page_name = page
        self.line.send(ask.SerializeToString())
        self.session = ""
        self.until("script_finished")

    def until(self, kind):
        """The next message of that kind."""
        while True:
            told = ForwardMsg.FromString(self.line.recv(timeout=300))
            if told.WhichOneof("type") == "new_session":
                self.session = told.new_session.initialize.session_id
            if told.WhichOneof("type") == kind:
                return getattr(told, kind)

    def asked(self, method, path, body=None, headers=None, chunked=False):
        """The answer to one request, read to its end; None where the server hung up."""
        with closing(http.client.HTTPConnection(self.host, timeout=300)) as line:
            with suppress(OSError):  # refused before all of it was sent: the answer may be there
                line.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = line.getresponse()
            answer.read()
            return answer

    def given(self):
        """An address for a file, as a browser asks for one."""
        ask = BackMsg()
        ask.file_urls_request.request_id = "1"
        ask.file_urls_request.file_names.append("mine.png")
        ask.file_urls_request.session_id = self.session
        self.line.send(ask.SerializeToString())
        return self.until("file_urls_response").file_urls[0].upload_url

    def puts(self, size, path="", chunked=False):
        """The status of an upload. path: made up, where the server gave none."""
        path = path or f"/_stcore/upload_file/{self.session}/made-up"
        head = f'--{FRAME}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'.encode()
        body = head + bytes(size) + f"\r\n--{FRAME}--\r\n".encode()
        headers = self.headers | {"Content-Type": f"multipart/form-data; boundary={FRAME}"}
        if chunked:
            headers |= {"Transfer-Encoding": "chunked"}
            return self.asked("PUT", path, (body[at : at + MB] for at in range(0, len(body), MB)), headers, True).status
        return self.asked("PUT", path, body, headers).status


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    bounds = {"AEDASH_MAX_UPLOAD": "4", "AEDASH_MAX_UPLOADS": "10"}
    server = Server(ROOT / "app.py", folder / "log.txt", **environment(folder), **bounds)
    yield server.address
    server.stop()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def visit(address):
    """visit(page, **query): somebody's session."""
    with ExitStack() as until:
        yield lambda page, **query: Stranger(until, address, page, **query)


@pytest.fixture
def explorer(visit):
    """explorer(): a session whose page waits for an image."""
    run = json.loads((ROOT / "checkpoints" / "R0-simple" / "run.json").read_text())["id"]
    return lambda: visit("explore", run=run, **{"view-tool": "Your own image", "view-own": "Upload"})


def test_where_no_page_waits_nothing_is_taken(visit):
    stranger = visit("")
    assert {stranger.puts(MB) for _ in range(20)} == {403}
    assert stranger.puts(1000, stranger.given()) == 403


def test_where_a_page_waits_it_is_taken_within_a_budget_and_others_are_not_kept_from_it(explorer):
    one, other = explorer(), explorer()
    assert {one.puts(MB) for _ in range(20)} == {403}
    path = one.given()
    assert one.puts(3 * MB, path) == 204
    assert one.puts(3 * MB, path) == 403  # for one file
    assert other.puts(1000, one.given().replace(one.session, other.session)) == 403
    assert one.puts(5 * MB, one.given()) == 413
    assert one.puts(5 * MB, one.given(), chunked=True) == 413
    assert one.puts(3 * MB, one.given(), chunked=True) == 204
    assert one.puts(3 * MB, one.given()) == 429  # two files of the largest size
    assert other.puts(3 * MB, other.given()) == 204
    assert other.puts(3 * MB, other.given()) == 429  # of all
    assert one.asked("DELETE", path, headers=one.headers).status == 204
    assert other.puts(3 * MB, other.given(), chunked=True) == 204


def test_what_a_developer_may_ask_is_not_heard(visit):
    stranger, told = visit(""), [ForwardMsg()]
    for wish in (BackMsg(set_run_on_save=True), BackMsg(app_heartbeat=True)):
        stranger.line.send(wish.SerializeToString())
    while not told[-1].heartbeat_ack:
        told.append(ForwardMsg.FromString(stranger.line.recv(timeout=60)))
    assert not any(each.session_status_changed.run_on_save for each in told)
