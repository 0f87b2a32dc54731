"""Visitors: who is at the other end, as far as good manners need it. A browser is known again by a cookie.

That a run is somebody's keeps others from stopping it by mistake, not from stopping it on purpose.
"""

import re
import secrets
from hashlib import sha256

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aedash.history import Run

COOKIE = "aedash_visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes
YEAR = 365 * 24 * 3600  # seconds


def visitor() -> str:
    """12 hex digits that stand for this browser in what is stored: of its token they tell nothing.

    A browser that keeps no cookie is another visitor in every tab, and after every reload.
    """
    return sha256(_token_here().encode()).hexdigest()[:12]


def _token_here() -> str:
    """What the browser of this session brought as it connected, else the session's own id."""
    token, context = str(st.context.cookies.get(COOKIE)), get_script_run_ctx(suppress_warning=True)
    return token if TOKEN.fullmatch(token) or context is None else context.session_id


def mine(run: Run) -> bool:
    """Whether this browser started the run."""
    return run.owner == visitor()


def anothers(run: Run) -> bool:
    """Whether another browser started it. One from the command line, or of an older version, is anybody's."""
    return bool(run.owner) and not mine(run)


class VisitorCookie:
    """ASGI middleware that gives every browser a token with its first page, and prolongs it by a year with each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", cookie(_kept(asked.get("cookie", "")), _encrypted(scope, asked)))
                    message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, with_cookie)


def cookie(token: str, encrypted: bool) -> str:
    """The header's value. encrypted: by HTTPS, where the app may also be a frame within another site's page."""
    where = "Secure; SameSite=None; Partitioned" if encrypted else "SameSite=Lax"
    return f"{COOKIE}={token}; Max-Age={YEAR}; Path=/; HttpOnly; {where}"


def _kept(brought: str) -> str:
    """The token among the cookies that a browser brought, or a new one. Others of the host may be of any form."""
    known = cookie_parser(brought).get(COOKIE, "")
    return known if TOKEN.fullmatch(known) else secrets.token_urlsafe(32)


def _encrypted(scope: Scope, asked: Headers) -> bool:
    """Whether the browser's end of the connection is HTTPS, also where a proxy ends it."""
    return asked.get("x-forwarded-proto", str(scope.get("scheme", ""))).split(",")[0].strip() == "https"
