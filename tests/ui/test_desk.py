"""The desk of a page: results that are there, waited for, or cannot be had, each told as what it is."""

from threading import Event

import pytest

from aedash.registry import Refused
from aedash.ui.desk import background, desk
from aedash.ui.desk.background import settle, told
from aedash.ui.desk.desk import Desk
from tests import fakes
from tests.ui import cells

RUN = cells.cell("1", cells.RunState.FINISHED).runs[0]


@pytest.fixture(autouse=True)
def empty(environment, monkeypatch):
    background.forget()
    monkeypatch.setattr(desk, "trained", lambda *_: None)
    yield
    background.forget()


def asked(work):
    """The desk of the next pass, once the work is done."""
    first, now, go = Desk(), Desk(), Event()
    assert first.ask(RUN, "it", lambda model: go.wait(300) and work(model)) is None
    assert (first.waiting, first.refused) == (1, {})
    go.set()
    settle()
    return now, now.ask(RUN, "it", work)


def failing(error):
    def work(_):
        raise error

    return work


def test_a_result_is_waited_for_once():
    now, result = asked(lambda _: 42)
    assert (result, now.waiting, now.refusals) == (42, 0, {})


def test_a_refusal_is_told_with_its_run():
    now, result = asked(failing(Refused("Too wide.")))
    assert (result, now.waiting, list(now.refusals), now.refused) == (None, 0, ["Too wide."], {RUN.id: "Too wide."})


def test_whatever_the_work_raises_becomes_a_sentence():
    now, result = asked(failing(FloatingPointError("at line 3")))
    assert result is None
    [sentence] = now.refusals
    assert fakes.without_id(sentence) == "This cannot be measured (FloatingPointError); the log file has the details."


def test_what_belongs_to_no_run_is_told_without_one():
    def work():
        raise Refused("No images.")

    Desk().look("images", work)
    settle()
    now = Desk()
    assert now.look("images", work) is None
    assert (list(now.refusals), now.refused) == (["No images."], {})


def test_what_grows_is_shown_before_it_is_there():
    go, half = Event(), Event()

    def work():
        told(0.5, "half")
        half.set()
        go.wait(300)
        return "whole"

    first, then, now = Desk(), Desk(), Desk()
    assert first.growing("map", work) in ((None, 0.0), ("half", 0.5))
    assert half.wait(300)
    assert then.growing("map", work) == ("half", 0.5)
    assert (then.waiting, then.progress) == (1, 0.5)
    go.set()
    settle()
    assert (now.growing("map", work), now.waiting) == (("whole", 1.0), 0)


def test_what_cannot_grow_is_told():
    Desk().growing("map", lambda: failing(Refused("No neighbours."))(None))
    settle()
    now = Desk()
    assert now.growing("map", lambda: None) == (None, 1.0)
    assert list(now.refusals) == ["No neighbours."]
