"""Visits: who waits for a result is told, alone and once, and is forgotten when the session has gone."""

import gc
from threading import Event

import pytest

from aedash.ui.desk import background, broadcast, desk, news
from aedash.ui.desk.background import Work, settle
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.visit import Visit, visit_of


@pytest.fixture(autouse=True)
def empty():
    background.forget()
    yield
    background.forget()


@pytest.fixture
def told():
    """The channels of which there was news."""
    names = []
    silent = news.listen(names.append)
    yield names
    silent()


def said(channel):
    board = broadcast.board(channel.removeprefix("desk/"))
    return board and (board.version, dict(board.parts))


def test_a_result_that_is_waited_for_is_told_once(told):
    one, work = Visit(), Work()
    for _ in range(3):
        one.wait_for(work)
    assert (said(one.channel), told) == (("0", {}), [])
    work.set_result(42)
    assert (said(one.channel), told) == (("1", {}), [one.channel])
    one.wait_for(work)  # it was there before this pass knew
    assert said(one.channel) == ("2", {})


def test_nobody_else_is_told(told):
    one, other, work = Visit(), Visit(), Work()
    one.wait_for(work)
    other.wait_for(Work())
    work.set_exception(RuntimeError())
    assert told == [one.channel]
    assert said(other.channel) == ("0", {})


def test_two_who_wait_for_the_same_are_both_told(told):
    visits, work = [Visit(), Visit()], Work()
    for each in visits:
        each.wait_for(work)
    work.cancel()
    assert sorted(told) == sorted(each.channel for each in visits)


def test_a_visit_whose_session_has_gone_is_forgotten():
    one = Visit()
    token, work = one.token, Work()
    one.wait_for(work)
    assert visit_of(token) is one
    work.set_result(1)
    del one, work
    gc.collect()
    assert visit_of(token) is None
    assert said(f"desk/{token}") is None


def test_tokens_are_not_guessed():
    tokens = {Visit().token for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 32 and int(token, 16) >= 0 for token in tokens)
    assert visit_of("") is None


def test_a_desk_says_what_it_drew_until_its_result_is_there(environment, monkeypatch, told):
    go, mine = Event(), Visit()
    monkeypatch.setattr(desk, "Visit", lambda: mine)
    first = Desk()
    assert first.look("key", lambda: go.wait(300)) is None
    assert (said(first.channel), first.waiting) == ((first.version, {}), 1)
    go.set()
    settle()
    version, _ = said(first.channel)
    assert version != first.version
    again = Desk()
    assert (again.look("key", lambda: None), again.version) == (True, version)
    assert told == [first.channel]
