"""Visitors: a browser gets its token with the first page, keeps it, and what is stored does not give it away."""

import asyncio
from types import SimpleNamespace

import pytest

from aedash.ui.shell import visitor
from aedash.ui.shell.visitor import COOKIE, TOKEN, VisitorCookie

BROUGHT = "a" * 43


def given(kind="text/html; charset=utf-8", cookies="", scheme="http", headers=(), type_="http"):
    """The Set-Cookie headers of one answer."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": f"{type_}.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": f"{type_}.response.body", "body": b"<html></html>"})

    async def keep(message):
        sent.append(message)

    asked = [(b"cookie", cookies.encode()), *headers] if cookies else list(headers)
    asyncio.run(VisitorCookie(app)({"type": type_, "scheme": scheme, "headers": asked}, None, keep))
    assert sent[1]["body"] == b"<html></html>"
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def token(header):
    return header.split(";")[0].removeprefix(f"{COOKIE}=")


def test_each_new_browser_gets_another_token():
    [one], [other] = given(), given()
    assert TOKEN.fullmatch(token(one))
    assert token(one) != token(other)
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= set(one.split("; "))


@pytest.mark.parametrize("other", ["_streamlit_xsrf=2|a|b", 'choice={"theme": "dark"}', "a b=c d", "=", "naïve=1"])
def test_a_browser_keeps_its_token_whatever_else_of_the_host_it_brings(other):
    [header] = given(cookies=f"{other}; {COOKIE}={BROUGHT}")
    assert token(header) == BROUGHT


@pytest.mark.parametrize("beside", ['theme={"dark":1}', "filter[]=1", 'open="no end', "=", "x" * 5000])
def test_what_other_apps_of_the_host_left_there_is_in_nobody_s_way(beside):
    [header] = given(cookies=f"{beside}; {COOKIE}={BROUGHT}")
    assert token(header) == BROUGHT


@pytest.mark.parametrize("brought", ["short", "a" * 5000, "a" * 42 + "\xff", "a" * 42 + "<", '"; Domain=x'])
def test_what_is_no_token_is_replaced(brought):
    [header] = given(cookies=f"{COOKIE}={brought}")
    assert TOKEN.fullmatch(token(header))
    assert "Domain" not in header


@pytest.mark.parametrize("how", [{"scheme": "https"}, {"headers": [(b"x-forwarded-proto", b"https, http")]}])
def test_in_a_frame_of_another_site_it_needs_https(how):
    [header] = given(**how)
    assert {"Secure", "SameSite=None", "Partitioned"} <= set(header.split("; "))


@pytest.mark.parametrize("what", [{"kind": "application/json"}, {"type_": "websocket"}])
def test_only_pages_bring_it(what):
    assert given(**what) == []


def test_what_is_stored_tells_nothing_of_the_token(monkeypatch):
    def brings(cookies):
        monkeypatch.setattr(visitor, "st", SimpleNamespace(context=SimpleNamespace(cookies=cookies)))
        monkeypatch.setattr(visitor, "get_script_run_ctx", lambda **_: SimpleNamespace(session_id="of the session"))
        return visitor.visitor()

    known = brings({COOKIE: BROUGHT})
    assert known == brings({COOKIE: BROUGHT})
    assert known not in BROUGHT
    assert len({known, brings({COOKIE: "b" * 43}), brings({})}) == 3
    assert brings({}) == brings({COOKIE: "no token"})
