"""The hub: built once for all, only what is watched and has news, and one broken builder harms nobody else."""

import asyncio
import threading
from itertools import count, cycle

import pytest

from aedash.wire import hub as hubs
from aedash.wire.board import Board
from aedash.wire.hub import Hub


class Counting:
    """A builder that counts: each board is another one. Its ids are told apart by `built`."""

    def __init__(self):
        self.built = []

    def __call__(self, identifier):
        self.built.append(identifier)
        return Board({"n": len(self.built)}, "1")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(hubs, "PAUSE", 0.0)
    monkeypatch.setattr(hubs, "SHARE", 1e9)


def living(test):
    """Run a coroutine function with a hub that is closed behind it."""

    def run(boards, **more):
        async def life():
            hub = Hub(boards, **more)
            try:
                async with asyncio.timeout(300):
                    return await test(hub)
            finally:
                hub.close()

        return asyncio.run(life())

    return run


async def told(reader, number):
    """Once the board of that number is there, of a builder that counts."""
    while f'"n":{number}'.encode() not in await reader.next():
        pass


def test_one_board_serves_all_readers():
    build = Counting()

    @living
    async def seen(hub):
        readers = [hub.join(["run/a"]) for _ in range(50)]
        first = await asyncio.gather(*(reader.next() for reader in readers))
        hub.news("run/a")
        return first, await asyncio.gather(*(reader.next() for reader in readers))

    for told in seen({"run": build}):
        assert len(set(told)) == 1
    assert build.built == ["a", "a"]


def test_several_channels_come_by_one_reader():
    @living
    async def seen(hub):
        reader = hub.join(["run/a", "desk/b"])
        told = b""
        while told.count(b'"whole":true') < 2:
            told += await reader.next()
        hub.news("desk/b")
        return told, await reader.next()

    first, second = seen({"run": Counting(), "desk": Counting()})
    assert b'"channel":"run/a"' in first
    assert b'"channel":"desk/b"' in first
    assert b'"channel":"run/a"' not in second
    assert b'"channel":"desk/b"' in second


def test_news_of_what_nobody_watches_build_nothing():
    build = Counting()

    @living
    async def seen(hub):
        reader = hub.join(["run/a"])
        await reader.next()
        hub.leave(reader)
        hub.news("run/a")
        hub.news("run/b")
        other = hub.join(["run/c"])
        await other.next()

    seen({"run": build})
    assert build.built == ["a", "c"]


def test_who_comes_back_is_given_what_is_now_and_not_what_was():
    build = Counting()

    @living
    async def seen(hub):
        reader = hub.join(["run/a"])
        await reader.next()
        hub.leave(reader)
        again = hub.join(["run/a"])
        return await again.next()

    assert b'"n":2' in seen({"run": build})


def test_a_broken_builder_is_logged_once_says_nothing_and_others_go_on(caplog):
    broken = threading.Event()
    calls = count(1)

    def build(identifier):
        if identifier == "good":
            return Board({"n": next(calls)}, "1")
        if broken.is_set():
            raise RuntimeError("of no use")
        return Board({"whole": True}, "1")

    @living
    async def seen(hub):
        both, good = hub.join(["run/bad"]), hub.join(["run/good"])
        before = await both.next(), await good.next()
        broken.set()
        for _ in range(5):
            hub.news("run/bad")
            hub.news("run/good")
            await good.next()
        late = hub.join(["run/bad"])  # the last good state
        broken.clear()
        return before[0], await late.next()

    before, late = seen({"run": build})
    assert before == late
    assert [record.getMessage() for record in caplog.records] == ["building run/bad"]


def test_a_builder_that_never_worked_keeps_nobody_waiting():
    def build(_):
        raise RuntimeError

    @living
    async def seen(hub):
        return await hub.join(["run/a"]).wholes(20)

    assert seen({"run": build}) == []


def test_what_is_not_there_is_gone():
    @living
    async def seen(hub):
        return await hub.join(["run/a"]).next()

    assert b'"version":"gone"' in seen({"run": lambda _: None})


def test_news_of_a_member_concern_its_group():
    groups = Counting()
    of = frozenset({"run/1", "run/2"})

    @living
    async def seen(hub):
        reader = hub.join(["sweep/s"])
        await told(reader, 2)  # once more for what happened to its members while it was built
        hub.news("run/other")
        hub.news("run/2")
        await told(reader, 3)

    seen({"sweep": lambda i: Board(groups(i).parts, "1", of=of)})
    assert groups.built == ["s"] * 3


def test_what_happens_to_a_member_while_its_group_is_first_built_is_not_missed():
    state, hubs_of = ["running"], []

    def group(_):
        board = Board({"state": state[0]}, "1", of=frozenset({"run/1"}))
        if state[0] == "running":
            state[0] = "finished"
            hubs_of[0].news("run/1")
        return board

    @living
    async def seen(hub):
        hubs_of.append(hub)
        reader, data = hub.join(["sweep/s"]), b""
        while b"finished" not in data:
            data = await reader.next()

    seen({"sweep": group})


def test_what_nobody_tells_is_looked_for_while_somebody_watches(monkeypatch, caplog):
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 0.001)
    asked = []

    def look(names):
        asked.append(names)
        if len(asked) in (2, 3):
            raise OSError
        return ["run/2"] if len(asked) == 5 else []

    build = Counting()

    @living
    async def seen(hub):
        await told(hub.join(["sweep/s"]), 3)

    seen({"sweep": lambda i: Board(build(i).parts, "1", of=frozenset({"run/2"}))}, look=look)
    assert asked[-1] == ["run/2", "sweep/s"]
    assert [record.getMessage() for record in caplog.records] == ["looking for news"]


def test_the_end_reaches_all_and_nothing_is_built_after_it():
    build = Counting()

    @living
    async def seen(hub):
        reader = hub.join(["run/a"])
        await reader.next()
        waiting = asyncio.create_task(reader.next())
        await asyncio.sleep(0)
        hub.close()
        hub.news("run/a")
        late = hub.join(["run/a"])
        return await waiting, await late.next(), hub._thread.is_alive()

    assert seen({"run": build}) == (b"", b"", False)
    assert build.built == ["a"]


def test_a_hub_that_nobody_watched_has_no_thread():
    hub = Hub({})
    hub.news("run/a")
    assert hub._thread is None
    hub.close()


def test_what_rests_takes_nothing_from_what_moves(monkeypatch):
    """Every page has a channel of its own, where mostly nothing happens."""
    built = []
    monkeypatch.setattr(hubs, "_due", lambda channel, roots: built.append((channel.name, roots)) or 0.0)
    monkeypatch.setattr(hubs, "RECENT", -1.0)
    monkeypatch.setattr(hubs, "SENDING", 0.0)
    monkeypatch.setattr(hubs, "thread_time", cycle([0.0, 4.0]).__next__)  # what each board costs

    @living
    async def seen(hub):
        readers = [hub.join(["desk/a"]) for _ in range(9)] + [hub.join(["run/b"])]
        await asyncio.gather(*(reader.next() for reader in readers))
        del built[:]
        hub.news("run/b")
        await readers[-1].next()

    seen({"desk": Counting(), "run": Counting()})
    assert built[0] == ("run/b", 2.0)
