"""Uploads: taken where a page waits for them, at an address that was given out, within a budget; else refused."""

import asyncio
import inspect
import tomllib
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_routes import BASE_ROUTE_UPLOAD_FILE

from aedash.settings import Settings
from aedash.ui.shell import upload_door
from aedash.ui.shell.upload_door import ADDRESS, UploadDoor
from aedash.ui.shell.uploads import AT_ONCE, FRAMING, KEPT, MB, Denied, Uploads

ROOT = Path(__file__).resolve().parents[2]


class House:
    """A server with the book of its uploads: sessions that live, a clock that stands still, and what was let go."""

    def __init__(self, largest=4, everybody=10):
        self.living, self.dropped, self.now = {"a", "b"}, [], 1.0
        self.book = Uploads(self.living.__contains__, lambda *place: self.dropped.append(place), lambda: self.now)
        self.book.allow(largest, everybody)

    def page(self, session, most=4 * MB, person="", key="own", file=""):
        """A page with an uploader is drawn."""
        self.book.opens(session)
        self.book.waits(session, person or session, key, most, file)
        self.book.settled(session)

    def upload(self, session, file, size, kept=True):
        self.book.gave(session, [file])
        self.book.begin(session, file)
        try:
            self.book.count(session, file, size)
        except Denied:
            kept = False
            raise
        finally:
            self.book.ended(session, file, kept)


@pytest.fixture
def house():
    return House()


def denied(work, *arguments):
    with pytest.raises(Denied) as error:
        work(*arguments)
    assert error.value.sentence.count(".") == 1
    return error.value.status


def test_a_file_that_a_page_waits_for_is_kept_until_its_page_goes(house):
    house.page("a")
    house.upload("a", "1", MB)
    assert house.book.bytes() == MB
    house.page("a", file="1")
    house.page("a", file="1")
    assert house.dropped == []
    house.book.opens("a")
    house.book.settled("a")
    assert (house.dropped, house.book.bytes()) == ([("a", "1")], 0)
    assert denied(house.upload, "a", "2", 1) == 403


def test_of_sessions_without_an_uploader_nothing_is_kept(house):
    for session in map(str, range(100)):
        house.book.opens(session)
        house.book.settled(session)
    assert not any(value for name, value in vars(house.book).items() if isinstance(value, dict))


def test_a_page_that_is_being_drawn_anew_still_waits(house):
    house.page("a")
    house.book.opens("a")
    house.upload("a", "1", MB)
    house.book.opens("a")  # the drawing before was broken off
    house.upload("a", "2", MB)


def test_nothing_is_taken_where_nobody_waits_or_at_an_address_of_one_s_own(house):
    assert denied(house.upload, "a", "1", 1) == 403
    house.page("a")
    assert denied(house.book.begin, "a", "made-up") == 403
    house.upload("a", "3", MB)
    assert denied(house.book.begin, "a", "3") == 403  # once
    house.book.gave("a", ["2"])
    assert denied(house.book.begin, "b", "2") == 403  # another's


def test_a_file_may_have_what_the_uploader_says(house):
    house.page("a", most=2 * MB)
    house.upload("a", "1", 2 * MB)
    assert denied(house.upload, "a", "2", 2 * MB + FRAMING + 1) == 413
    house.book.gave("a", ["3"])
    assert denied(house.book.begin, "a", "3", 3 * MB) == 413  # by its length, before a byte is read
    assert house.book.bytes() == 2 * MB


def test_a_person_keeps_two_files_however_many_tabs(house):
    for session in ("a", "b"):
        house.page(session, person="one")
    house.upload("a", "1", 4 * MB)
    house.upload("b", "2", 4 * MB)
    assert denied(house.upload, "b", "3", 1) == 429
    house.book.release("a", "1")
    house.upload("b", "4", 4 * MB)


def test_a_small_uploader_keeps_two_small_files(house):
    house.page("a", most=MB)
    house.upload("a", "1", MB)
    house.upload("a", "2", MB)
    assert denied(house.upload, "a", "3", MB) == 429
    house.page("a", most=MB, key="another")
    house.book.waits("a", "a", "own", MB)
    house.upload("a", "4", MB)


def test_of_one_session_few_are_on_their_way(house):
    house.page("a")
    house.book.gave("a", [str(n) for n in range(9)])
    for n in range(AT_ONCE):
        house.book.begin("a", str(n))
    assert denied(house.book.begin, "a", "8") == 429


def test_what_lies_there_for_long_gives_way_to_another_s(house):
    house.living.add("c")
    for session in "abc":
        house.page(session)
    house.upload("a", "1", 4 * MB)
    house.now = 10.0
    house.upload("b", "2", 4 * MB)
    assert denied(house.upload, "c", "3", 4 * MB) == 429
    house.now = KEPT + 2
    house.upload("c", "4", 4 * MB)
    assert house.dropped == [("a", "1")]
    assert house.book.bytes() <= house.book.everybody


def test_a_session_that_ended_holds_nothing(house):
    house.page("a")
    house.upload("a", "1", 4 * MB)
    house.living.remove("a")
    house.page("b")
    house.upload("b", "2", 1)
    assert house.book.bytes() == 1
    assert denied(house.upload, "a", "3", 1) == 403


# -- the door


async def app(scope, receive, send):
    """As Streamlit: reads the body, answers 204; a refusal on the way is an answer."""
    try:
        while (await receive()).get("more_body"):
            pass
        status = 204
    except HTTPException as error:
        status = error.status_code
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(house, chunks, *, method="PUT", path="a/1", headers=(), silence=1.0, longest=5.0, inner=app):
    """(status, how many chunks were read) of one request through the door; a chunk of None never comes."""
    sent, read = [], []

    async def receive():
        chunk = chunks[len(read)]
        read.append(chunk)
        if chunk is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": chunk, "more_body": len(read) < len(chunks)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": f"/base{ADDRESS}{path}", "headers": list(headers)}
    asyncio.run(UploadDoor(inner, house.book, silence, longest)(scope, receive, send))
    return sent[0]["status"], len(read)


def test_the_door_counts_what_arrives_with_or_without_a_length(house):
    house.page("a")
    house.book.gave("a", ["1", "2", "3"])
    assert asked(house, [bytes(MB)] * 3) == (204, 3)
    assert house.book.bytes() == 3 * MB
    assert asked(house, [bytes(MB)] * 9, path="a/2") == (413, 5)
    told = [(b"content-length", str(9 * MB).encode())]
    assert asked(house, [bytes(MB)] * 9, path="a/3", headers=told) == (413, 0)
    assert house.book.bytes() == 3 * MB


def test_the_door_is_shut_where_nobody_waits_and_reads_nothing(house):
    for path in ("a/1", "a/", "/", "a/b/c", "a%2F1", "a/1\n", "💥/1"):
        assert asked(house, [bytes(MB)], path=path) == (403, 0)


def test_what_is_removed_is_counted_no_more_and_what_is_refused_below_was_never_kept(house):
    async def refuses(scope, receive, send):
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    house.page("a")
    house.upload("a", "1", MB)
    assert asked(house, [b""], method="DELETE", inner=refuses) == (403, 0)
    assert house.book.bytes() == MB
    assert asked(house, [b""], method="DELETE") == (204, 1)
    house.book.gave("a", ["2"])
    assert asked(house, [bytes(MB)], path="a/2", inner=refuses) == (403, 0)
    assert house.book.bytes() == 0


def test_an_upload_that_stops_is_ended(house):
    house.page("a")
    house.book.gave("a", ["1", "2"])
    assert asked(house, [b"x", None], silence=0.01)[0] == 408
    assert asked(house, [b"x", None], path="a/2", longest=0.01)[0] == 408
    assert house.book.bytes() == 0


def test_other_requests_go_through(house):
    assert asked(house, [b""], method="OPTIONS") == (204, 1)


# -- Streamlit


def test_streamlit_s_own_side_is_where_it_was():
    """Private to Streamlit: where one of these moved, uploads are refused, and `upload_door` has to follow."""
    assert f"/{BASE_ROUTE_UPLOAD_FILE}/" == ADDRESS
    assert list(inspect.signature(MemoryUploadedFileManager.get_upload_urls).parameters)[1:] == [
        "session_id",
        "file_names",
    ]
    assert list(inspect.signature(MemoryUploadedFileManager.remove_file).parameters)[1:] == ["session_id", "file_id"]
    assert callable(Runtime.is_active_session)
    assert isinstance(Runtime.uploaded_file_mgr, property)
    assert "file_urls_request" in BackMsg.DESCRIPTOR.fields_by_name


def test_addresses_that_streamlit_gives_out_are_known(house, monkeypatch):
    files = MemoryUploadedFileManager("")
    monkeypatch.setattr(Runtime, "exists", lambda: True)
    monkeypatch.setattr(Runtime, "instance", lambda: type("Known", (), {"uploaded_file_mgr": files}))
    upload_door.watch(house.book)
    house.page("a")
    [given] = files.get_upload_urls("a", ["mine.png"])
    house.book.begin("a", given.file_id)


def test_the_largest_file_is_the_same_for_streamlit_and_for_us():
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert told["server"]["maxUploadSize"] == Settings.model_fields["max_upload"].default
    assert told["client"]["showErrorDetails"] == "none"
    assert "(UploadDoor, MessageDoor, " in (ROOT / "app.py").read_text()
