"""The style sheet stands in every HTML page, whole and once; nothing else is touched."""

import asyncio

import pytest

from aedash.ui.shell.first_paint import StyleInPage, sheet

PAGE = b"<html><head><title>x</title></head><body></head></body></html>"


DATED = [(b"etag", b"1"), (b"last-modified", b"Thu, 26 Nov 2026 00:00:00 GMT")]
CONDITIONAL = [(b"if-none-match", b'"1"'), (b"if-modified-since", b"Thu, 26 Nov 2026 00:00:00 GMT")]


def answer(kind: str, chunks: list[bytes], accept: str = "text/html,*/*", asked=()) -> tuple[dict, bytes, list]:
    """(response headers, body, request headers that the app saw) of one GET through the middleware.

    As Streamlit's own handler of files does, the app answers 304 to who has the file of that date.
    """
    sent, seen = [], []

    async def app(scope, receive, send):
        seen.extend(scope["headers"])
        if dict(scope["headers"]).keys() & dict(CONDITIONAL).keys():
            await send({"type": "http.response.start", "status": 304, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        length = str(sum(map(len, chunks))).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", length), *DATED]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for i, chunk in enumerate(chunks):
            await send({"type": "http.response.body", "body": chunk, "more_body": i < len(chunks) - 1})

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept", accept.encode()), (b"accept-encoding", b"gzip"), *asked]}
    asyncio.run(StyleInPage(app)(scope, None, keep))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return dict(sent[0]["headers"]), body, seen


@pytest.mark.parametrize("chunks", [[PAGE], [PAGE[:20], PAGE[20:]]])
def test_the_style_goes_into_the_head(chunks):
    headers, body, seen = answer("text/html; charset=utf-8", chunks)
    assert body.count(sheet().encode()) == 1
    assert body.index(sheet().encode()) < body.index(b"<body>")
    assert int(headers[b"content-length"]) == len(body)
    assert not {b"etag", b"last-modified"} & headers.keys()
    assert b"accept-encoding" not in dict(seen)


def test_who_has_the_page_of_before_an_upgrade_gets_the_new_one():
    """Home is a file of Streamlit's that an upgrade of aedash leaves as it is; the style within it changes."""
    headers, body, _ = answer("text/html", [PAGE], asked=CONDITIONAL)
    assert sheet().encode() in body
    assert not {b"etag", b"last-modified"} & headers.keys()  # nothing to ask by the next time


@pytest.mark.parametrize(("kind", "accept"), [("application/json", "text/html"), ("text/html", "*/*")])
def test_everything_else_passes_as_it_is(kind, accept):
    headers, body, _ = answer(kind, [PAGE], accept)
    assert body == PAGE
    assert headers[b"etag"] == b"1"


def test_what_holds_everywhere_comes_before_what_dresses_one_place():
    """Of rules of equal weight the later one wins."""
    everywhere, place = '[data-testid="stButtonGroup"] button', '[class*="st-key-switch-"]) button'
    narrow = sheet().rindex("/* ---- narrow windows")
    assert sheet().index(everywhere) < sheet().index(place) < narrow
    assert ".st-key-lambda_box" not in sheet()[narrow:]
