"""The wire's addresses: a stream, the same read once, and what never changes: recorded moments, and parcels."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aedash.wire.board import Board, message, packed
from aedash.wire.hub import Hub
from aedash.wire.parcels import NAME, Parcels
from aedash.wire.stream import FULL, HEADERS, EventStream

log = logging.getLogger("aedash")
Moment = Callable[[str, int], Board | None]
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_WATCHED = 16  # channels of one page
MOST_WAITING = 64  # moments
NOW_SECONDS = 10.0
UNKNOWN = PlainTextResponse("There is nothing of that name.", 404)


def routes(hub: Hub, moments: Mapping[str, Moment], parcels: Parcels, base: str = "") -> list[Route]:
    """What an `st.App` is given. moments: {kind: board of an id at a step, or None}. base: the server's base path."""
    wire = Wire(hub, moments, parcels)
    place = f"/{base.strip('/')}/wire".replace("//", "/")
    return [
        Route(f"{place}/stream", wire.stream, methods=["GET"]),
        Route(f"{place}/now", wire.now, methods=["GET"]),
        Route(f"{place}/moment/{{kind}}/{{identifier}}/{{step}}", wire.moment, methods=["GET"]),
        Route(f"{place}/parcel/{{name}}", wire.parcel, methods=["GET"]),
    ]


class Wire:
    """Answers requests. moments are built one after another in a thread beside the hub's."""

    def __init__(self, hub: Hub, moments: Mapping[str, Moment], parcels: Parcels) -> None:
        self.hub, self.moments, self.parcels = hub, moments, parcels
        self._asking = self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="moments")

    async def stream(self, request: Request) -> Response:
        """Events of the channels that `watch` names."""
        names = watched(request, self.hub)
        if not names:
            return UNKNOWN
        return EventStream(self.hub, names) if request.method == "GET" else Response(headers=HEADERS)

    async def now(self, request: Request) -> Response:
        """The whole boards of those channels, as a JSON list."""
        names = watched(request, self.hub)
        if not names:
            return UNKNOWN
        if self._asking >= self.hub.most:
            return PlainTextResponse(FULL, 503, {"retry-after": "5"})
        self._asking += 1
        reader = self.hub.join(names)
        try:
            boards = await reader.wholes(NOW_SECONDS)
        finally:
            self.hub.leave(reader)
            self._asking -= 1
        body = b"[" + b",".join(boards) + b"]"
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    async def moment(self, request: Request) -> Response:
        """The board of a recorded step."""
        kind, identifier, step = (request.path_params[name] for name in ("kind", "identifier", "step"))
        if kind not in self.moments or not ID.fullmatch(identifier) or not re.fullmatch(r"[0-9]{1,12}", step):
            return UNKNOWN
        if self._waiting >= MOST_WAITING:
            return PlainTextResponse("Too many moments are asked for at once.", 503, {"retry-after": "1"})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            body = await loop.run_in_executor(self._thread, self._told, kind, identifier, int(step))
        finally:
            self._waiting -= 1
        return _unchanging(request, body, sha256(body).hexdigest()[:32]) if body else UNKNOWN

    async def parcel(self, request: Request) -> Response:
        """The bytes of that name. Nothing is made here, so a request costs the sending alone."""
        name = request.path_params["name"]
        parcel = self.parcels.get(name) if NAME.fullmatch(name) else None
        return _unchanging(request, parcel.content, name, parcel.kind) if parcel else UNKNOWN

    def _told(self, kind: str, identifier: str, step: int) -> bytes:
        """The moment's board as JSON; empty where there is none, or it cannot be built."""
        try:
            board = self.moments[kind](identifier, step)
            if board is None:
                return b""
            parts = {name: packed(part) for name, part in board.parts.items()}
        except Exception:
            log.exception("a moment of %s/%s", kind, identifier)
            return b""
        return message(f"{kind}/{identifier}", replace(board, stamp=0.0), parts, True)  # the same bytes, whenever built


def watched(request: Request, hub: Hub) -> list[str]:
    """The channels that a request names; none where one of them can be no channel."""
    names = list(dict.fromkeys(request.query_params.getlist("watch")))
    known = [name for name in names if (kind := name.partition("/"))[0] in hub.boards and ID.fullmatch(kind[2])]
    return names if len(known) == len(names) <= MOST_WATCHED else []


def _unchanging(request: Request, body: bytes, name: str, kind: str = "application/json") -> Response:
    """name: of the content, as the browser keeps it."""
    tag = f'"{name}"'
    keep = "public, max-age=31536000, immutable"
    headers = {"etag": tag, "cache-control": keep, "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)
