"""Visitors: a browser gets its token with the first page, keeps it, and what is stored does not give it away."""

import asyncio
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest

from aedash.settings import Settings
from aedash.store import secret as secrets
from aedash.training.manager import RunManager
from aedash.ui.shell import visitor
from aedash.ui.shell.visitor import COOKIE, SIGNED, VisitorCookie, genuine, named, signed
from tests import fakes

PLAIN = "a" * 43


@pytest.fixture(autouse=True)
def server(environment, monkeypatch):
    """A server's first moment on an empty folder of runs: nothing is remembered of another test's."""

    def begin():
        for kept in (visitor._secret, visitor._owners_before, genuine):
            kept.cache_clear()

    begin()
    yield begin
    begin()


@pytest.fixture
def brought():
    """What a browser was given by this server, and brings again."""
    return signed(PLAIN)


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
    assert SIGNED.fullmatch(token(one))
    assert genuine(token(one))
    assert token(one) != token(other)
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= set(one.split("; "))


@pytest.mark.parametrize("other", ["_streamlit_xsrf=2|a|b", 'choice={"theme": "dark"}', "a b=c d", "=", "naïve=1"])
def test_a_browser_keeps_its_token_whatever_else_of_the_host_it_brings(other, brought):
    [header] = given(cookies=f"{other}; {COOKIE}={brought}")
    assert token(header) == brought


@pytest.mark.parametrize("beside", ['theme={"dark":1}', "filter[]=1", 'open="no end', "=", "x" * 5000])
def test_what_other_apps_of_the_host_left_there_is_in_nobody_s_way(beside, brought):
    [header] = given(cookies=f"{beside}; {COOKIE}={brought}")
    assert token(header) == brought


@pytest.mark.parametrize("brought", ["short", "a" * 5000, "a" * 42 + "\xff", "a" * 42 + "<", '"; Domain=x'])
def test_what_is_no_token_is_replaced(brought):
    [header] = given(cookies=f"{COOKIE}={brought}")
    assert SIGNED.fullmatch(token(header))
    assert "Domain" not in header


FORGED = {
    "unsigned": lambda mine, other: mine.split(".")[0],
    "signed by nobody": lambda mine, other: f"{mine.split('.')[0]}.{'b' * 43}",
    "another's signature": lambda mine, other: f"{mine.split('.')[0]}.{other.split('.')[1]}",
    "another's token": lambda mine, other: f"{other.split('.')[0]}.{mine.split('.')[1]}",
    "one letter off": lambda mine, other: mine[:-2] + ("A" if mine[-2] != "A" else "B") + mine[-1],
    "signature first": lambda mine, other: ".".join(reversed(mine.split("."))),
    "twice": lambda mine, other: f"{mine}.{mine.split('.')[1]}",
    "an empty signature": lambda mine, other: mine.split(".")[0] + ".",
    "in brackets": lambda mine, other: f'"{mine} "',
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_one_is_answered_with_a_new_one(how, brought):
    forged = FORGED[how](brought, signed("b" * 43))
    assert genuine(forged) == ""
    [header] = given(cookies=f"{COOKIE}={forged}")
    assert genuine(token(header)) not in ("", PLAIN, "b" * 43)


def test_the_secret_is_one_for_all_and_outlives_the_server(environment, brought, server):
    path = environment / secrets.NAME
    assert path.stat().st_mode & 0o777 == 0o600
    server()
    assert genuine(brought) == PLAIN
    assert secrets.secret(environment) == secrets.secret(environment) == bytes.fromhex(path.read_text())
    assert len(secrets.secret(environment)) == 32


@pytest.mark.parametrize("damage", ["", "beef", "z" * 64, "a" * 5000])
def test_a_damaged_secret_is_made_anew_and_nothing_signed_before_holds(damage, environment, brought, server):
    (environment / secrets.NAME).write_text(damage)
    server()
    assert genuine(brought) == ""
    assert genuine(signed(PLAIN)) == PLAIN
    assert (environment / secrets.NAME).stat().st_mode & 0o777 == 0o600


def test_without_a_folder_to_keep_it_in_the_secret_is_the_server_s_own(environment, server):
    environment.parent.joinpath("runs").write_text("no folder")
    assert genuine(signed(PLAIN)) == PLAIN


def test_a_token_of_before_is_signed_for_who_owns_runs_of_that_time(environment, monkeypatch, server):
    with closing(RunManager(Settings())) as known:
        monkeypatch.setattr(visitor, "manager", lambda: known)
        run = known.store.create(fakes.config(), owner=named(PLAIN))
        known.store.update(replace(run, created="2026-01-31T12:00:00+00:00"))
        [header] = given(cookies=f"{COOKIE}={PLAIN}")
        assert token(header) == signed(PLAIN)
        later = known.store.create(fakes.config(), owner=named("b" * 43))
        known.store.update(replace(later, created="2096-01-31T12:00:00+00:00"))
        server()
        [header] = given(cookies=f"{COOKIE}={'b' * 43}")
        assert genuine(token(header)) not in ("", "b" * 43)


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

    brought = signed(PLAIN)
    known = brings({COOKIE: brought})
    assert known == brings({COOKIE: brought}) == named(PLAIN)
    assert known not in brought
    assert len({known, brings({COOKIE: signed("b" * 43)}), brings({})}) == 3
    assert brings({}) == brings({COOKIE: "no token"}) == brings({COOKIE: PLAIN})
