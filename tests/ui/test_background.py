"""Background work: begun once, told when it is there, its errors at whoever asks."""

from concurrent.futures import CancelledError
from threading import Event

import pytest

from aedash.registry import Refused
from aedash.ui import background
from aedash.ui.background import Waiting, computed, settle


@pytest.fixture(autouse=True)
def empty():
    background.forget()
    yield
    background.forget()


def test_it_is_computed_once_and_never_waited_for():
    begun, go = [], Event()

    def work():
        begun.append(1)
        go.wait(60)
        return 42

    for _ in range(2):
        with pytest.raises(Waiting):
            computed("key", work)
    go.set()
    settle()
    assert [computed("key", work), computed("key", work)] == [42, 42]
    assert begun == [1]


def test_what_was_asked_for_too_early_is_counted():
    before, go = background.missed(), Event()
    with pytest.raises(Waiting):
        computed("early", lambda: go.wait(60))
    assert background.missed() == before + 1
    assert background.busy()
    go.set()
    settle()
    assert computed("early", lambda: None)
    assert background.missed() == before + 1
    assert not background.busy()


def test_its_error_reaches_the_page():
    def work():
        raise Refused("No weights.")

    with pytest.raises(Waiting):
        computed("bad", work)
    settle()
    with pytest.raises(Refused, match="No weights"):
        computed("bad", work)


def test_what_failed_is_tried_again_later_but_not_at_each_tick(monkeypatch):
    answers = [Refused("No images."), 42]

    def work():
        answer = answers.pop(0)
        if isinstance(answer, Refused):
            raise answer
        return answer

    with pytest.raises(Waiting):
        computed("later", work)
    settle()
    for _ in range(2):
        with pytest.raises(Refused):
            computed("later", work)
    monkeypatch.setattr(background, "RETRY_SECONDS", -1)
    with pytest.raises(Waiting):
        computed("later", work)
    settle()
    assert computed("later", work) == 42


def test_what_has_not_begun_is_given_up_when_the_server_ends():
    go = Event()
    for key, work in (("first", lambda: go.wait(60)), ("second", lambda: 1)):
        with pytest.raises(Waiting):
            computed(key, work)
    background.cancel()
    go.set()
    with pytest.raises(CancelledError):
        settle()


def test_only_the_last_results_are_kept(monkeypatch):
    monkeypatch.setattr(background, "KEPT", 2)
    for key in "abc":
        with pytest.raises(Waiting):
            computed(key, lambda: 1)
    settle()
    assert computed("c", lambda: 2) == 1
    with pytest.raises(Waiting):
        computed("a", lambda: 2)
