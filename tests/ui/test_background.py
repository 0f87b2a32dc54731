"""Background work: begun once, told when it is there, its errors at whoever asks."""

from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Event

import pytest

from aedash.data.image_data import Unavailable
from aedash.registry import Refused
from aedash.ui.desk import background
from aedash.ui.desk.background import Waiting, computed, settle, told


@pytest.fixture(autouse=True)
def empty():
    background.forget()
    yield
    background.forget()


def begin(key, work):
    """Ask for it for the first time; whether it is there already, nobody can know."""
    with suppress(Waiting, Refused, Unavailable):
        computed(key, work)


def test_it_is_computed_once_and_never_waited_for():
    begun, go = [], Event()

    def work():
        begun.append(1)
        go.wait(300)
        return 42

    for _ in range(2):
        with pytest.raises(Waiting):
            computed("key", work)
    go.set()
    settle()
    assert [computed("key", work), computed("key", work)] == [42, 42]
    assert begun == [1]


def test_what_is_quick_is_waited_for_and_what_is_not_comes_later():
    go = Event()
    assert computed("quick", lambda: 42, patience=300) == 42
    with pytest.raises(Waiting):
        computed("slow", lambda: go.wait(300), patience=0.01)
    go.set()
    assert computed("slow", lambda: None, patience=300)


def test_results_that_are_too_large_together_give_way_the_oldest_first(monkeypatch):
    monkeypatch.setattr(background, "MOST_BYTES", 2500)
    made = []

    def of(name):
        return computed(name, lambda: made.append(name) or bytes(1000), patience=300)

    for name in ("a", "b", "a", "c", "d"):  # "a" was asked for again, so "b" goes
        assert len(of(name)) == 1000
    of("a")
    assert made == ["a", "b", "c", "d"]
    of("b")
    assert made[-1] == "b"


def test_what_was_dropped_is_computed_anew():
    assert computed("key", lambda: 1, patience=300) == 1
    background.forgotten("key")
    assert computed("key", lambda: 2, patience=300) == 2


def test_its_error_reaches_the_page():
    def work():
        raise Refused("No weights.")

    begin("bad", work)
    settle()
    with pytest.raises(Refused, match="No weights"):
        computed("bad", work)


def test_missing_images_are_looked_for_again_later_but_not_at_each_tick(monkeypatch):
    monkeypatch.setattr(background, "RETRY_SECONDS", 300)
    answers = [Unavailable("No images."), 42]

    def work():
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    begin("later", work)
    settle()
    for _ in range(2):
        with pytest.raises(Unavailable):
            computed("later", work)
    monkeypatch.setattr(background, "RETRY_SECONDS", -1)
    begin("later", work)
    settle()
    assert computed("later", work) == 42


def test_what_was_refused_is_not_measured_again(monkeypatch):
    monkeypatch.setattr(background, "RETRY_SECONDS", -1)
    begun = []

    def work():
        begun.append(1)
        raise Refused("A code of 7,000 numbers.")

    begin("wide", work)
    settle()
    for _ in range(3):
        with pytest.raises(Refused):
            computed("wide", work)
    assert begun == [1]


def test_visitors_take_turns():
    begun, go, order = Event(), Event(), []
    with pytest.raises(Waiting):
        computed("held", lambda: begun.set() or go.wait(300))
    assert begun.wait(300)
    for visitor, count in (("one", 4), ("two", 2)):
        for i in range(count):
            with pytest.raises(Waiting):
                computed((visitor, i), lambda visitor=visitor, i=i: order.append((visitor, i)), visitor)
    go.set()
    settle()
    assert order == [("one", 0), ("two", 0), ("one", 1), ("two", 1), ("one", 2), ("one", 3)]


def test_what_takes_long_keeps_nobody_else_waiting():
    begun, go, order = Event(), Event(), []
    with pytest.raises(Waiting):
        computed("arranged", lambda: begun.set() or go.wait(300), "one", long=True)
    assert begun.wait(300)
    computed("counted", lambda: order.append("counted"), "one", patience=300)
    go.set()
    settle()
    assert order == ["counted"]


def test_what_a_page_no_longer_asks_for_is_done_last(monkeypatch):
    begun, go, order, now = Event(), Event(), [], [0.0]
    monkeypatch.setattr(background, "monotonic", lambda: now[0])

    def ask(key):
        with pytest.raises(Waiting):
            computed(key, lambda: order.append(key), "one", long=True)

    with pytest.raises(Waiting):
        computed("held", lambda: begun.set() or go.wait(300), long=True)
    assert begun.wait(300)
    for key in ("trust", "perplexity 5", "seed 1"):
        ask(key)
    now[0] = 5.0  # the knob is turned: the page asks for another one in the place of the second
    for key in ("trust", "perplexity 30", "seed 1"):
        ask(key)
    go.set()
    settle()
    assert order == ["trust", "seed 1", "perplexity 30", "perplexity 5"]


def test_what_has_not_begun_is_given_up_when_the_server_ends():
    go = Event()
    for key, work in (("first", lambda: go.wait(300)), ("second", lambda: 1)):
        for long in (False, True):
            with pytest.raises(Waiting):
                computed((key, long), work, long=long)
    background.cancel()
    go.set()
    with pytest.raises(CancelledError):
        settle()


def test_only_the_last_results_are_kept(monkeypatch):
    monkeypatch.setattr(background, "KEPT", 2)
    for key in "abc":
        begin(key, lambda: 1)
    settle()
    assert computed("c", lambda: 2) == 1
    assert computed("a", lambda: 2, patience=300) == 2


def test_it_tells_how_far_it_is_and_whoever_waits_hears_of_it(monkeypatch):
    monkeypatch.setattr(background, "FRAME_SECONDS", 0)
    go, half, heard = Event(), Event(), []

    def work():
        go.wait(300)
        told(0.5, "what there is so far")
        half.set()
        go.clear()
        go.wait(300)
        return 42

    with pytest.raises(Waiting) as first:
        computed("far", work)
    first.value.work.listen(lambda: heard.append(first.value.work.progress))
    go.set()
    assert half.wait(300)
    with pytest.raises(Waiting) as second:
        computed("far", work)
    assert (second.value.work.progress, heard) == (0.5, [0.5])
    assert second.value.work.so_far == "what there is so far"
    while not second.value.work.done():
        go.set()
    assert computed("far", work) == 42


def test_what_nobody_waits_for_any_more_is_given_up_and_begun_anew_on_request(monkeypatch):
    begun = []

    def work():
        begun.append(1)
        if len(begun) == 1:
            monkeypatch.setattr(background, "PATIENCE_SECONDS", -1)
        told(0.5)
        return 42

    begin("left", work)
    settle()
    monkeypatch.setattr(background, "PATIENCE_SECONDS", 60)
    begin("left", work)
    settle()
    assert computed("left", work) == 42
    assert begun == [1, 1]


def test_work_that_no_page_asked_for_tells_nobody():
    told(0.5)
