"""The wire over HTTP: what a page and what an attacker may ask, what it costs, and how it ends."""

import json
import socket
import threading
from http.client import HTTPConnection
from itertools import count
from selectors import EVENT_READ, DefaultSelector

import pytest

from aedash.wire import hub as hubs
from aedash.wire import reader as readers
from aedash.wire import stream as streams
from aedash.wire.board import Board
from aedash.wire.hub import Hub
from aedash.wire.parcels import Parcels
from tests.wire.serving import Client, connections, served

ODD = [
    "",
    "run",
    "run/",
    "/run/a",
    "run/a/b",
    "run/../a",
    "run/%2e%2e",
    "run/a%00",
    "run/a%0a",
    "run/%F0%9F%98%80",
    "run/" + "a" * 65,
    "Run/a",
    "nothing/a",
    "run//a",
    "run/a?b",
    "__class__/a",
    "run/<script>",
    "run/a b",
    "run/'or'1",
]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(hubs, "PAUSE", 0.0)
    monkeypatch.setattr(hubs, "SHARE", 1e9)


def counting():
    numbers = count(1)
    return lambda identifier: Board({"n": next(numbers), "id": identifier}, "1")


def asked(port, path, method="GET", **headers):
    """(status, headers, body)."""
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def until(so, hub, page, rounds=2000):
    """Make news until it is so; each round is an event that a page has read."""
    while not so():
        rounds -= 1
        assert rounds, "it never came to pass"
        hub.news("run/a")
        assert page.event() is not None


def test_a_page_is_told_the_whole_board_and_then_what_changes():
    hub = Hub({"run": counting()})
    with served(hub) as port:
        page = Client(port, "run/a")
        headers = dict(page.headers)
        assert (page.status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        first = page.event()
        assert (first["channel"], first["whole"], first["parts"]) == ("run/a", True, {"n": 1, "id": "a"})
        hub.news("run/a")
        second = page.event()
        assert (second["whole"], second["parts"]) == (False, {"n": 2})
        assert second["stamp"] >= first["stamp"]
        late = Client(port, "run/a").event()
        assert (late["whole"], late["parts"]) == (True, {"n": 2, "id": "a"})


def test_who_was_lost_and_comes_back_is_given_everything():
    hub = Hub({"run": counting()})
    with served(hub) as port:
        page = Client(port, "run/a", **{"Last-Event-ID": "1"})
        assert page.event()["whole"]


@pytest.mark.parametrize("place", ["stream", "now"])
def test_whatever_can_be_no_channel_is_not_found(place):
    with served(Hub({"run": counting()})) as port:
        for name in [
            *ODD,
            *(
                f"run/%{n:02x}"
                for n in range(256)
                if not (chr(n).isascii() and chr(n).isalnum()) and chr(n) not in "_-"
            ),
        ]:
            query = f"watch={name}".replace(" ", "%20")
            assert asked(port, f"/wire/{place}?{query}")[0] in (400, 404), name
            assert asked(port, f"/wire/{place}?watch=run/a&{query}")[0] in (400, 404), name
        assert asked(port, f"/wire/{place}")[0] == 404
        assert asked(port, f"/wire/{place}?" + "&".join(f"watch=run/{n}" for n in range(17)))[0] == 404
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert asked(port, f"/wire/{place}?watch=run/a", method=method)[0] == 405
        assert asked(port, "/wire/other")[0] == 404


def test_a_head_request_does_not_stream():
    hub = Hub({"run": counting()})
    with served(hub) as port:
        status, headers, body = asked(port, "/wire/stream?watch=run/a", method="HEAD")
        assert (status, headers["content-type"], body) == (200, "text/event-stream; charset=utf-8", b"")
        assert hub.streams == 0


@pytest.mark.parametrize("base", ["lab", "/lab/", "a/b"])
def test_everything_lies_below_the_base_path(base):
    hub = Hub({"run": counting()})
    with served(hub, {"run": lambda identifier, step: Board({"step": step}, "")}, base) as port:
        below = f"/{base.strip('/')}/wire"
        assert Client(port, "run/a", path=f"{below}/stream").event()["parts"]["id"] == "a"
        assert asked(port, f"{below}/now?watch=run/a")[0] == 200
        assert asked(port, f"{below}/moment/run/a/5")[0] == 200
        assert asked(port, "/wire/now?watch=run/a")[0] == 404


def test_a_parcel_is_fetched_by_its_name_and_never_changes():
    parcels = Parcels()
    name = parcels.put(b"\x00\x01", "application/octet-stream")
    with served(Hub({"run": counting()}), parcels=parcels) as port:
        status, headers, body = asked(port, f"/wire/parcel/{name}")
        assert (status, headers["content-type"], body) == (200, "application/octet-stream", b"\x00\x01")
        assert "immutable" in headers["cache-control"]
        assert headers["x-content-type-options"] == "nosniff"
        for other in (name[:-1], name.upper() + "x", "..%2f..%2fapp.py", "0" * 32, ""):
            assert asked(port, f"/wire/parcel/{other}")[0] == 404, other


def test_read_once_is_what_a_stream_would_say_first():
    hub = Hub({"run": counting(), "desk": lambda _: None})
    with served(hub) as port:
        status, headers, body = asked(port, "/wire/now?watch=run/a&watch=desk/b")
        assert (status, headers["cache-control"]) == (200, "no-store")
        run, desk = json.loads(body)
        assert (run["channel"], run["whole"], run["parts"]["id"]) == ("run/a", True, "a")
        assert (desk["channel"], desk["version"]) == ("desk/b", "gone")


def test_beyond_the_most_streams_a_page_is_told_and_can_read():
    hub = Hub({"run": counting()}, most=3)
    with served(hub) as port:
        pages = [Client(port, "run/a") for _ in range(3)]
        assert all(page.event()["whole"] for page in pages)
        status, headers, body = asked(port, "/wire/stream?watch=run/a")
        assert (status, headers["retry-after"], body.decode()) == (503, "5", streams.FULL)
        assert json.loads(asked(port, "/wire/now?watch=run/a")[2])[0]["parts"]["id"] == "a"
        pages[0].close()
        hub.news("run/a")
        until(lambda: hub.streams == 2, hub, pages[1])
        assert Client(port, "run/a").event()["whole"]


def test_who_leaves_in_the_midst_is_forgotten():
    hub = Hub({"run": counting()})
    with served(hub) as port:
        stays = Client(port, "run/a")
        stays.event()
        for _ in range(20):
            Client(port, "run/a", "run/b").close()
        until(lambda: hub.streams == 1, hub, stays)
        assert [name for name, channel in hub._channels.items() if channel.readers] == ["run/a"]


def lengthy():
    numbers = count(1)
    return lambda _: Board({"n": next(numbers), "much": f"{next(numbers)}" * 400_000}, "1")


def never_reads(port):
    deaf = socket.create_connection(("127.0.0.1", port))
    deaf.sendall(b"GET /wire/stream?watch=run/a HTTP/1.1\r\nHost: here\r\n\r\n")
    return deaf


def test_who_never_reads_is_cut_and_keeps_nobody_waiting(monkeypatch):
    hub = Hub({"run": lengthy()})
    with served(hub) as port:
        reads = Client(port, "run/a")
        reads.event()
        (reading,) = hub._channels["run/a"].readers
        sent = readers.Reader.sent

        async def limited(reader, sending):
            readers.SEND_SECONDS = 300.0 if reader is reading else 0.05  # who reads may be slow at it
            await sent(reader, sending)

        monkeypatch.setattr(readers, "SEND_SECONDS", 0.05)
        monkeypatch.setattr(readers.Reader, "sent", limited)
        deaf = never_reads(port)
        until(lambda: hub.streams == 2, hub, reads)
        until(lambda: hub.streams == 1, hub, reads)
        until(lambda: len(connections(port)) == 1, hub, reads)  # uvicorn itself would keep it until all is read
        deaf.close()


def test_who_never_reads_does_not_keep_the_server_from_its_end(monkeypatch, caplog):
    monkeypatch.setattr(readers, "END_SECONDS", 0.05)
    hub = Hub({"run": lengthy()})
    with served(hub) as port:
        reads, stuck = Client(port, "run/a"), []
        reads.event()
        (reading,) = hub._channels["run/a"].readers
        deaf = never_reads(port)
        sent = readers.Reader.sent

        async def noted(reader, sending):
            stuck.append(reader)
            await sent(reader, sending)
            stuck.remove(reader)

        monkeypatch.setattr(readers.Reader, "sent", noted)
        until(lambda: hub.streams == 2, hub, reads)
        for _ in range(20):  # more than the sockets between them hold
            hub.news("run/a")
            reads.event()
        until(lambda: set(stuck) - {reading}, hub, reads)
    deaf.close()
    assert "Cancel" not in caplog.text


def test_three_hundred_pages_are_served_alike():
    hub = Hub({"run": counting()}, most=300)
    with served(hub) as port:
        pages = [Client(port, "run/a") for _ in range(300)]
        assert {page.event()["parts"]["n"] for page in pages} == {1}
        assert asked(port, "/wire/stream?watch=run/a")[0] == 503
        hub.news("run/a")
        assert {page.event()["parts"]["n"] for page in pages} == {2}


def test_the_end_of_the_server_ends_every_stream_and_refuses_new_ones():
    hub = Hub({"run": counting()})
    with served(hub) as port:
        pages = [Client(port, "run/a") for _ in range(50)]
        for page in pages:
            page.event()
        hub._loop.call_soon_threadsafe(hub.end)
        assert [page.event() for page in pages] == [None] * 50
        assert asked(port, "/wire/stream?watch=run/a")[0] == 503


# -- moments


def moments(identifier, step):
    return Board({"step": step, "id": identifier}, "1") if step < 100 else None


def test_a_moment_may_be_kept_for_ever():
    with served(Hub({}), {"run": moments}) as port:
        status, headers, body = asked(port, "/wire/moment/run/a/5")
        assert (status, json.loads(body)["parts"]) == (200, {"step": 5, "id": "a"})
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asked(port, "/wire/moment/run/a/5")[2] == body
        status, headers, body = asked(port, "/wire/moment/run/a/5", **{"If-None-Match": headers["etag"]})
        assert (status, body) == (304, b"")


def test_a_moment_that_was_not_recorded_is_not_found():
    with served(Hub({}), {"run": moments}) as port:
        for path in [
            "run/a/100",
            "run/a/-1",
            "run/a/x",
            "run/a/1e3",
            "run/a/" + "9" * 13,
            "sweep/a/5",
            "run/../5",
            "run/a",
        ]:
            assert asked(port, f"/wire/moment/{path}")[0] == 404, path


def test_a_moment_that_cannot_be_built_is_not_found_and_logged(caplog):
    def broken(identifier, step):
        raise RuntimeError("secret")

    with served(Hub({}), {"run": broken}) as port:
        status, _, body = asked(port, "/wire/moment/run/a/5")
        assert (status, b"secret" in body) == (404, False)
    assert [each.getMessage() for each in caplog.records if each.name == "aedash"] == ["a moment of run/a"]


def answered(connections, count):
    """The first so many that have an answer, whichever those are."""
    first = []
    with DefaultSelector() as selector:
        for each in connections:
            selector.register(each.sock, EVENT_READ, each)
        while len(first) < count:
            for key, _ in selector.select():
                selector.unregister(key.fileobj)
                first.append(key.data)
    return first


def test_moments_are_built_one_after_another_and_not_without_bound():
    building, go_on = threading.Event(), threading.Event()
    busy = []

    def slow(identifier, step):
        busy.append(step)
        building.set()
        go_on.wait(300)
        return Board({}, "")

    with served(Hub({}), {"run": slow}) as port:
        opened = []
        for step in range(80):
            connection = HTTPConnection("127.0.0.1", port, timeout=300)
            connection.request("GET", f"/wire/moment/run/a/{step}")
            opened.append(connection)
        building.wait(300)
        refused = answered(opened, 16)
        assert (len(busy), {each.getresponse().status for each in refused}) == (1, {503})
        go_on.set()
        assert {each.getresponse().status for each in opened if each not in refused} == {200}
        for connection in opened:
            connection.close()
