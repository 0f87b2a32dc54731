"""Visitors: who is at the other end. A browser is known again by a cookie that the server has signed.

What is a visitor's is decided where it is done, by `training.owning`; here it is only found out who they are.
"""

import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from hmac import compare_digest, digest

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aedash.history import Run
from aedash.registry import Refused
from aedash.settings import Settings
from aedash.store.secret import NAME, secret
from aedash.training.owning import Who, holds, may
from aedash.ui.desk.manager import manager

COOKIE = "aedash_visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes
SIGNED = re.compile(rf"({TOKEN.pattern})\.({TOKEN.pattern})")
YEAR = 365 * 24 * 3600  # seconds


def visitor() -> str:
    """12 hex digits that stand for this browser in what is stored: of its token they tell nothing.

    A browser that keeps no cookie is another visitor in every tab, and after every reload.
    """
    return named(_token_here())


def who() -> Who:
    """This browser, with what it may do: everything, where the server is not shared or it was made the teacher."""
    return manager().classroom.who(visitor())


def shared() -> bool:
    """Whether strangers use this server, so that it is said whose a run is."""
    return manager().settings.shared


def mine(run: Run) -> bool:
    """Whether the run is among this browser's: it started it, or joined it."""
    return holds(visitor(), run)


def anothers(run: Run) -> bool:
    """Whether this browser may not stop, change, rename or delete the run: it is another person's."""
    return not may(who(), run)


def shares(run: Run) -> bool:
    """Whether others watch the run as theirs, too, so that this browser may only let go of it."""
    return bool(run.joined) and not who().free


def named(token: str) -> str:
    """What stands for the browser of that token."""
    return sha256(token.encode()).hexdigest()[:12]


def _token_here() -> str:
    """What the browser of this session brought as it connected, else the session's own id."""
    token, context = genuine(str(st.context.cookies.get(COOKIE))), get_script_run_ctx(suppress_warning=True)
    return token if token or context is None else context.session_id


# -- what the server signs


def signed(token: str) -> str:
    """The token with the server's signature: HMAC-SHA256 with the secret of the runs folder."""
    return f"{token}.{_signature(token)}"


@lru_cache(maxsize=1024)
def genuine(value: str) -> str:
    """The token of a cookie's value that this server has signed; empty for any other."""
    found = SIGNED.fullmatch(value)
    return found[1] if found and compare_digest(found[2], _signature(found[1])) else ""


def _signature(token: str) -> str:
    return urlsafe_b64encode(digest(_secret(), token.encode(), "sha256")).rstrip(b"=").decode()


@cache
def _secret() -> bytes:
    """The runs folder's; where that cannot be read, one that ends with the server, which has other troubles then."""
    try:
        return secret(Settings.read().runs_dir)
    except Refused:
        return secrets.token_bytes(32)


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
                    value = await run_in_threadpool(_kept, asked.get("cookie", ""))
                    headers.append("set-cookie", cookie(value, _encrypted(scope, asked)))
                    message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, with_cookie)


def cookie(value: str, encrypted: bool) -> str:
    """The header's content. encrypted: by HTTPS, where the app may also be a frame within another site's page."""
    where = "Secure; SameSite=None; Partitioned" if encrypted else "SameSite=Lax"
    return f"{COOKIE}={value}; Max-Age={YEAR}; Path=/; HttpOnly; {where}"


def _kept(brought: str) -> str:
    """The signed token among the cookies that a browser brought, whatever else is there, or a new one."""
    value = cookie_parser(brought).get(COOKIE, "")
    token = genuine(value) or (value if _of_earlier_versions(value) else "")
    return signed(token or secrets.token_urlsafe(32))


def _of_earlier_versions(value: str) -> bool:
    """Whether it is a token that was given away before tokens were signed: one whose visitor owns runs of that time."""
    try:
        return bool(TOKEN.fullmatch(value)) and named(value) in _owners_before()
    except (Refused, OSError):  # the page says what is wrong
        return False


@cache
def _owners_before() -> frozenset[str]:
    """Whose runs are older than the secret: looked up once, since there will be no more of them."""
    _secret()  # there is one from the first page on
    made = (manager().settings.runs_dir / NAME).stat().st_mtime
    return frozenset(run.owner for run in manager().runs() if datetime.fromisoformat(run.created).timestamp() < made)


def _encrypted(scope: Scope, asked: Headers) -> bool:
    """Whether the browser's end of the connection is HTTPS, also where a proxy ends it."""
    return asked.get("x-forwarded-proto", str(scope.get("scheme", ""))).split(",")[0].strip() == "https"
