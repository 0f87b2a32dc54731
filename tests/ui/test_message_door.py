"""What of a page's line gets through to Streamlit."""

import asyncio
import tomllib

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from aedash.ui.shell.message_door import MOST_FILES, SAID, MessageDoor, passes
from tests.browser.serving import ROOT

KINDS = [field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields]


def said(kind):
    """A message of that kind, as small as it can be."""
    message = BackMsg()
    if message.DESCRIPTOR.fields_by_name[kind].message_type:
        getattr(message, kind).SetInParent()
    else:
        setattr(message, kind, True)
    return message.SerializeToString()


@pytest.mark.parametrize("kind", KINDS)
def test_what_pages_say_gets_through_and_nothing_else(kind):
    assert passes(said(kind)) == (kind in SAID)


def test_every_kind_that_pages_say_is_one_that_streamlit_knows():
    assert set(KINDS) > SAID
    assert {"clear_cache", "load_git_info"} <= set(KINDS) - SAID


def test_nobody_asks_for_addresses_without_end():
    message = BackMsg()
    message.file_urls_request.file_names.extend(["a"] * MOST_FILES)
    assert passes(message.SerializeToString())
    message.file_urls_request.file_names.append("a")
    assert not passes(message.SerializeToString())


def test_the_line_goes_on_without_what_is_dropped():
    """What is no message is for Streamlit to refuse, and texts, which it has no use for, are dropped."""
    beat, gone = said("app_heartbeat"), {"type": "websocket.disconnect", "code": 1000}
    told = [
        {"type": "websocket.connect"},
        *(
            {"type": "websocket.receive", "bytes": each}
            for each in (said("clear_cache"), beat, b"", b"\xff\xff", said("load_git_info"))
        ),
        {"type": "websocket.receive", "text": "a"},
    ]
    left, heard = [*told, gone], []

    async def receive():
        return left.pop(0)

    async def app(scope, receive, send):
        while not heard or heard[-1] != gone:
            heard.append(await receive())

    asyncio.run(MessageDoor(app)({"type": "websocket"}, receive, None))
    assert [each.get("bytes") for each in heard] == [None, beat, b"\xff\xff", None]


def test_what_a_page_may_tell_at_once_is_bounded():
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert told["server"]["maxWidgetStateSize"] <= 5
