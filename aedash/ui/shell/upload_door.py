"""The door of Streamlit's upload address: it opens to what `Uploads` lets through, and shuts on what comes too slowly.

Nothing is read of a request that is refused; a body is counted as it arrives, with or without a length in its head.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime

from aedash.ui.shell.uploads import Denied, Uploads

ADDRESS = "/_stcore/upload_file/"
SILENCE = 20.0  # seconds without a byte
LONGEST = 600.0  # seconds of one file
SLOW = (408, "The upload was too slow, or stopped: try again.")


def _alive(session: str) -> bool:
    return Runtime.exists() and Runtime.instance().is_active_session(session)


def _drop(session: str, file: str) -> None:
    if Runtime.exists():
        Runtime.instance().uploaded_file_mgr.remove_file(session, file)  # type: ignore[attr-defined]  # in memory


uploads = Uploads(_alive, _drop)


def watch(book: Uploads) -> None:
    """From now on the book is told of each address that Streamlit gives out; where there is none, nothing is taken."""
    if not Runtime.exists():
        return
    manager = Runtime.instance().uploaded_file_mgr
    given = manager.get_upload_urls

    def told(session_id: str, file_names: list[str]) -> list[object]:
        places = given(session_id, file_names)
        book.gave(session_id, [place.file_id for place in places])
        return list(places)

    manager.get_upload_urls = told  # type: ignore[method-assign, assignment]


class UploadDoor:
    """ASGI middleware, the outermost. silence, longest: seconds."""

    def __init__(
        self, app: ASGIApp, book: Uploads = uploads, silence: float = SILENCE, longest: float = LONGEST
    ) -> None:
        self.app, self.book, self.silence, self.longest = app, book, silence, longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if scope["type"] != "http" or method not in ("PUT", "DELETE") or ADDRESS not in scope["path"]:
            await self.app(scope, receive, send)
            return
        session, _, file = scope["path"].split(ADDRESS, 1)[1].partition("/")
        if method == "PUT":
            await self._put(scope, receive, send, session, file)
        else:
            await self.app(scope, receive, _at_success(send, lambda: self.book.release(session, file)))

    async def _put(self, scope: Scope, receive: Receive, send: Send, session: str, file: str) -> None:
        try:
            self.book.begin(session, file, _length(scope))
        except Denied as no:
            await PlainTextResponse(no.sentence, no.status)(scope, receive, send)
            return
        kept = False

        def taken() -> None:
            nonlocal kept
            kept = True

        try:
            await self.app(scope, self._counted(receive, session, file), _at_success(send, taken))
        finally:
            self.book.ended(session, file, kept)

    def _counted(self, receive: Receive, session: str, file: str) -> Receive:
        end = monotonic() + self.longest

        async def counted() -> Message:
            try:
                async with asyncio.timeout(min(self.silence, max(0.0, end - monotonic()))):
                    message = await receive()
                self.book.count(session, file, len(message.get("body", b"")))
            except TimeoutError:
                raise HTTPException(*SLOW) from None
            except Denied as no:
                raise HTTPException(no.status, no.sentence) from None
            return message

        return counted


def _length(scope: Scope) -> int:
    """Bytes that the request tells of; 0 where it does not: Streamlit refuses what is no number."""
    told = Headers(scope=scope).get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0


def _at_success(send: Send, then: Callable[[], None]) -> Callable[[Message], Awaitable[None]]:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 300:
            then()
        await send(message)

    return told
