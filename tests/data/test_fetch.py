"""Downloads, from a server on the loopback that can be told to fail."""

import errno
import fcntl
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aedash.data import download as download_module
from aedash.data.image_data import Unavailable
from tests.data.small_set import NAMES, TEST_IMAGES, TRAIN_IMAGES, SmallSet, one_sentence

FIRST = f"{TRAIN_IMAGES}.gz"


class Server:
    """Serves a small set. `faults`: {file name: what goes wrong}; `asked`: the files asked for, in order."""

    def __init__(self):
        self.small = SmallSet()
        self.faults = {}
        self.asked = []
        self.answer = threading.Event()  # a silent server answers when this is set
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        self.files = self.small.files(self.url)

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.removeprefix("/")
                server.asked.append(name)
                server.send(self, server.small.packed[name], server.faults.get(name))

            def log_message(self, *args):
                pass

        return Handler

    def send(self, handler, body, fault):
        if fault == "silent":
            self.answer.wait(300)
        if fault == "missing":
            handler.send_error(404)
            return
        handler.send_response(200)
        if fault != "no length":
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault == "flip":
            body = body[:-1] + bytes([body[-1] ^ 1])
        handler.wfile.write(body[: len(body) // 2] if fault == "cut" else body)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.answer.set()
    server.http.shutdown()
    server.http.server_close()
    thread.join()


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


def ignore(done, total):
    """A progress that nobody looks at."""


def names(root):
    """Names of all files below a root, without the lock."""
    return sorted(path.name for path in root.rglob("*") if path.is_file() and path.name != ".lock")


def refused(files, root):
    """The sentence that a failed fetch says."""
    with pytest.raises(Unavailable) as error:
        files.fetch(root, ignore)
    return one_sentence(error, root)


def test_a_fetched_set_is_read_and_progress_goes_up_to_the_end(server, tmp_path):
    told = []
    server.files.fetch(tmp_path, lambda done, total: told.append((done, total)))
    assert server.small.is_read(tmp_path)
    assert names(tmp_path) == sorted(server.small.packed)
    total = sum(map(len, server.small.plain.values()))
    assert {whole for _, whole in told} == {total}
    done = [part for part, _ in told]
    assert done == sorted(done)
    assert done[-1] == total
    assert len(done) >= 4


def test_progress_grows_within_a_file_but_once_a_percent(server, tmp_path, monkeypatch):
    server.small = SmallSet(train=3000)
    monkeypatch.setattr(download_module, "CHUNK", 100)
    told = []
    server.small.files(server.url).fetch(tmp_path, lambda done, total: told.append(done * 100 // total))
    assert 50 < len(told) < 110
    assert told[-1] == 100


def test_fetched_files_get_the_usual_mode(server, tmp_path):
    server.files.fetch(tmp_path, ignore)
    (tmp_path / "usual").touch()
    modes = {path.stat().st_mode for path in tmp_path.rglob("*.gz")}
    assert modes == {(tmp_path / "usual").stat().st_mode}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cut", f"the connection broke off during {FIRST}; try again"),
        ("flip", f"{FIRST} arrived damaged; try again"),
        ("missing", f"the server answered 404 when asked for {FIRST}"),
    ],
)
def test_a_bad_answer_is_told_leaves_nothing_and_the_next_try_works(server, tmp_path, fault, said):
    server.faults[FIRST] = fault
    assert refused(server.files, tmp_path) == f"Small cannot be downloaded: {said}."
    assert names(tmp_path) == []
    server.faults.clear()
    server.files.fetch(tmp_path, ignore)
    assert server.small.is_read(tmp_path)


def test_a_later_failure_keeps_what_arrived_well(server, tmp_path):
    server.faults[f"{TEST_IMAGES}.gz"] = "cut"
    refused(server.files, tmp_path)
    assert names(tmp_path) == sorted(f"{name}.gz" for name in NAMES[:2])
    server.faults.clear()
    server.asked.clear()
    server.files.fetch(tmp_path, ignore)
    assert server.asked == [f"{name}.gz" for name in NAMES[2:]]


def test_only_a_damaged_file_is_fetched_again(server, tmp_path):
    raw = server.small.write(tmp_path)
    (raw / FIRST).write_bytes(b"damaged")
    server.files.fetch(tmp_path, ignore)
    assert server.asked == [FIRST]
    assert server.small.is_read(tmp_path)


def test_a_good_file_is_not_lost_to_a_failed_fetch(server, tmp_path):
    raw = server.small.write(tmp_path)
    (raw / FIRST).write_bytes(b"old")
    server.faults[FIRST] = "flip"
    refused(server.files, tmp_path)
    assert (raw / FIRST).read_bytes() == b"old"
    assert names(tmp_path) == sorted(server.small.packed)


def test_a_server_that_tells_no_length_is_accepted(server, tmp_path):
    server.faults = dict.fromkeys(server.small.packed, "no length")
    told = []
    server.files.fetch(tmp_path, lambda done, total: told.append(done / total))
    assert told[-1] == 1
    assert server.small.is_read(tmp_path)


def test_a_refused_port_is_no_connection(closed_port, tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    assert "no connection" in refused(SmallSet().files(closed_port), tmp_path)
    assert names(tmp_path) == []


def test_a_server_that_stays_silent_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download_module, "TIMEOUT", 0.1)
    server.faults[FIRST] = "silent"
    assert "the connection broke off" in refused(server.files, tmp_path)


def test_a_server_that_drips_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download_module, "DEADLINE", -1.0)
    assert "too slowly" in refused(server.files, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", [None, "no length"])
def test_a_file_larger_than_the_limit_is_refused(server, tmp_path, monkeypatch, fault):
    server.faults[FIRST] = fault
    monkeypatch.setattr(download_module, "LIMIT", 100)
    assert "arrived damaged, larger" in refused(server.files, tmp_path)
    assert names(tmp_path) == []


def test_the_next_mirror_is_tried(server, closed_port, tmp_path):
    server.small.files(closed_port, server.url).fetch(tmp_path, ignore)
    assert server.small.is_read(tmp_path)


def test_when_every_mirror_fails_the_first_ones_fault_is_told(server, closed_port, tmp_path):
    server.faults[FIRST] = "flip"
    assert "arrived damaged" in refused(server.small.files(server.url, closed_port), tmp_path)


def test_a_root_below_a_file_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("")
    assert "the data folder cannot be written" in refused(server.files, tmp_path / "file" / "data")
    assert server.asked == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_leaves_nothing(server, tmp_path, monkeypatch, code):
    def full(descriptor):
        raise OSError(code, "full")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(server.files, tmp_path) == "Small cannot be downloaded: the disk is full."
    assert names(tmp_path) == []


def test_a_progress_that_raises_stops_the_fetch_and_leaves_nothing(server, tmp_path):
    class Left(BaseException):
        """As Streamlit stops a page."""

    def leave(done, total):
        raise Left

    with pytest.raises(Left):
        server.files.fetch(tmp_path, leave)
    assert names(tmp_path) == []
    server.files.fetch(tmp_path, ignore)  # and the lock is free again
    assert server.small.is_read(tmp_path)


def test_what_a_killed_process_left_is_replaced(server, tmp_path):
    raw = server.small.write(tmp_path)
    (raw / FIRST).rename(raw / f"{FIRST}.part")
    server.files.fetch(tmp_path, ignore)
    assert names(tmp_path) == sorted(server.small.packed)


def test_two_fetches_at_once_download_once(server, tmp_path, monkeypatch):
    lock, at_lock = fcntl.flock, []

    def counted(file, operation):
        at_lock.append(file)
        if len(at_lock) == 2:
            both.set()
        lock(file, operation)

    both = threading.Event()
    monkeypatch.setattr(fcntl, "flock", counted)
    # the first holds the lock and reports; it goes on only once the second stands before the lock
    arrived = []
    fetches = [
        threading.Thread(target=server.files.fetch, args=(tmp_path, lambda *_: arrived.append(both.wait(300))))
        for _ in range(2)
    ]
    for fetch in fetches:
        fetch.start()
    for fetch in fetches:
        fetch.join()
    assert all(arrived)
    assert server.asked == [f"{name}.gz" for name in NAMES]
    assert server.small.is_read(tmp_path)
