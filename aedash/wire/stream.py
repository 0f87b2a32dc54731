"""The response that never ends: server-sent events of a reader's channels, until either side has gone."""

import asyncio
from collections.abc import Sequence
from random import randint

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from aedash.wire.hub import Hub
from aedash.wire.reader import Reader

FULL = "Too many pages are open on this server: this one is read once in 5 seconds."
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """Events of the channels of those names; 503 with a sentence where the server has its most streams already."""

    def __init__(self, hub: Hub, names: Sequence[str]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self.hub, self.names = hub, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.hub.closed or self.hub.streams >= self.hub.most:
            await PlainTextResponse(FULL, 503, {"retry-after": "5"})(scope, receive, send)
            return
        self.hub.streams += 1
        reader = self.hub.join(self.names)
        left = asyncio.create_task(_left(receive, reader))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await _send_all(reader, send)
        except TimeoutError:
            await _cut(receive, left)
        finally:
            left.cancel()
            self.hub.leave(reader)
            self.hub.streams -= 1


async def _send_all(reader: Reader, send: Send) -> None:
    """Raises TimeoutError where the other end does not read."""
    # they come back one by one when a server starts again
    news = b"retry: %d\n\n" % randint(1000, 3000)
    while news:
        await reader.sent(send({"type": "http.response.body", "body": news, "more_body": True}))
        news = await reader.next()
    await reader.sent(send({"type": "http.response.body", "body": b"", "more_body": False}))


async def _left(receive: Receive, reader: Reader) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.end()


async def _cut(receive: Receive, left: "asyncio.Task[None]") -> None:
    """Give up the connection: uvicorn would first wait until what was sent is read, for ever."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await left
