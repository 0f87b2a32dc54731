"""The style sheet stands in every HTML page, whole and once; nothing else is touched."""

import asyncio

import pytest

from aedash.ui.first_paint import STYLE, StyleInPage

PAGE = b"<html><head><title>x</title></head><body></head></body></html>"


def answer(kind: str, chunks: list[bytes], accept: str = "text/html,*/*") -> tuple[dict, bytes, list]:
    """(response headers, body, request headers that the app saw) of one GET through the middleware."""
    sent, seen = [], []

    async def app(scope, receive, send):
        seen.extend(scope["headers"])
        length = str(sum(map(len, chunks))).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", length), (b"etag", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for i, chunk in enumerate(chunks):
            await send({"type": "http.response.body", "body": chunk, "more_body": i < len(chunks) - 1})

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept", accept.encode()), (b"accept-encoding", b"gzip")]}
    asyncio.run(StyleInPage(app)(scope, None, keep))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return dict(sent[0]["headers"]), body, seen


@pytest.mark.parametrize("chunks", [[PAGE], [PAGE[:20], PAGE[20:]]])
def test_the_style_goes_into_the_head(chunks):
    headers, body, seen = answer("text/html; charset=utf-8", chunks)
    assert body.count(STYLE.read_bytes()) == 1
    assert body.index(STYLE.read_bytes()) < body.index(b"<body>")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers
    assert b"accept-encoding" not in dict(seen)


@pytest.mark.parametrize(("kind", "accept"), [("application/json", "text/html"), ("text/html", "*/*")])
def test_everything_else_passes_as_it_is(kind, accept):
    headers, body, _ = answer(kind, [PAGE], accept)
    assert body == PAGE
    assert headers[b"etag"] == b"1"
