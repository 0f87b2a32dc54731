"""Hub: all channels that somebody watches, and the one thread that builds their boards as news comes."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from math import inf, sqrt
from threading import Condition, Thread
from time import monotonic, thread_time, time
from types import MappingProxyType

from aedash.wire.board import Board
from aedash.wire.channel import GONE, Channel
from aedash.wire.reader import Reader

Builder = Callable[[str], Board | None]
Look = Callable[[Sequence[str]], Iterable[str]]
PAUSE = 0.2  # seconds between two builds of a channel, at least
LOOK_SECONDS = 1.0
NO_PAUSES: Mapping[str, float] = MappingProxyType({})
SHARE = 0.025  # of the time, at most, that is spent on building and sending
SENDING = 1e-4  # seconds that sending an event to one reader costs, about
RECENT = 2.0  # seconds after its last build for which a channel has its part of the share
log = logging.getLogger("aedash")


class Hub:
    """boards: {kind: board of an id, or None where there is none}; most: streams at the same time. pauses: {kind:
    seconds between two builds of a channel, at least}, where not 0.2. look: asked once a second, while anybody watches,
    which of the names that boards are of have news that nobody tells, since another process makes them.

    Boards are built in the hub's own thread, which begins with the first reader; readers live in the server's loop.
    """

    def __init__(
        self,
        boards: Mapping[str, Builder],
        most: int = 200,
        pauses: Mapping[str, float] = NO_PAUSES,
        look: Look | None = None,
    ) -> None:
        self.boards, self.most, self.pauses = boards, most, pauses
        self.streams = 0
        self.closed = False
        self._look, self._blind = look, False
        self._channels: dict[str, Channel] = {}
        self._numbers = count(1)
        self._woken = Condition()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked = 0.0

    def news(self, name: str) -> None:
        """Something has happened to what the channel of that name shows. From any thread; it takes microseconds."""
        with self._woken:
            for channel in self._channels.values():
                if not channel.news and channel.concerned(name):
                    channel.news = True
                    self._woken.notify()

    def join(self, names: Sequence[str]) -> Reader:
        """A reader of those channels, in the server's loop; `leave` must follow."""
        self._loop = asyncio.get_running_loop()
        with self._woken:
            self._forget()
            reader = Reader([self._channel(name) for name in names])
            for channel in reader.channels:
                channel.readers.add(reader)
            if self.closed:
                reader.end()
            elif self._thread is None:
                self._thread = Thread(target=self._work, name="wire", daemon=True)
                self._thread.start()
            self._woken.notify()
        return reader

    def leave(self, reader: Reader) -> None:
        """Nothing is built any more for this reader alone."""
        with self._woken:
            for channel in reader.channels:
                channel.readers.discard(reader)

    def end(self) -> None:
        """End all streams, in the server's loop, and build nothing more."""
        with self._woken:
            self.closed = True
            self._woken.notify()
        for channel in self._channels.values():
            for reader in channel.readers:
                reader.end()

    def close(self, timeout: float = 5.0) -> None:
        """`end`, and wait for what is being built."""
        self.end()
        if self._thread is not None:
            self._thread.join(timeout)

    # -- inside

    def _channel(self, name: str) -> Channel:
        """The channel of that name, as it was left, or a new one."""
        there = self._channels.get(name)
        if there is not None and there.readers:
            return there
        kind, identifier = name.split("/", 1)
        build = self.boards[kind]
        made = Channel(name, lambda: build(identifier), self.pauses.get(kind, PAUSE))
        if there is not None:  # nobody told of what happened meanwhile; who comes and goes makes no more work
            made.began = there.began
        self._channels[name] = made
        return made

    def _forget(self) -> None:
        """Drop the channels that nobody has watched for the time of a pause."""
        now = monotonic()
        left = [name for name, one in self._channels.items() if not one.readers and one.began + one.pause < now]
        for name in left:
            del self._channels[name]

    def _work(self) -> None:
        while not self.closed:
            channel = self._next()
            if channel is not None:
                self._build(channel)
            elif not self.closed:
                self._hear()

    def _next(self) -> Channel | None:
        """The channel that is to be built now, waited for; None where it is time to look, or the hub is closed."""
        with self._woken:
            while not self.closed:
                now = monotonic()
                watched = [one for one in self._channels.values() if one.readers]
                roots = sum(sqrt(one.cost) for one in watched if one.news or now - one.began < RECENT)
                due = {one: _due(one, roots) for one in watched if one.news}
                first = min(due, key=due.__getitem__, default=None)
                if first and due[first] <= now:
                    first.news, first.began = False, now
                    return first
                look = self._looked + LOOK_SECONDS if watched and self._look else inf
                if look <= now:
                    return None
                soonest = min(look, due[first] if first else inf)
                self._woken.wait(None if soonest == inf else soonest - now)
        return None

    def _hear(self) -> None:
        """Find the news that nobody tells."""
        self._looked = monotonic()
        with self._woken:
            watched = [one for one in self._channels.values() if one.readers]
        names = sorted({name for one in watched for name in (one.name, *one.board.of)})
        try:
            for name in self._look(names) if self._look else ():
                self.news(name)
            self._blind = False
        except Exception:
            if not self._blind:
                log.exception("looking for news")
            self._blind = True

    def _build(self, channel: Channel) -> None:
        began, stamp, known = thread_time(), time(), channel.board.of
        try:
            # as old as what it was built from: a script may have drawn newer numbers meanwhile
            board = replace(channel.build() or GONE, stamp=stamp)
            changed = channel.take(board, next(self._numbers))
            channel.failed = False
        except Exception:
            changed = False
            if not channel.failed:
                log.exception("building %s", channel.name)
            channel.failed = True
        if channel.board.of - known:
            channel.news = True  # what happened to those while it was built was no news here yet
        channel.cost = thread_time() - began + SENDING * len(channel.readers) * changed
        if (changed or channel.failed) and self._loop is not None and not self.closed:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake, channel)

    def _wake(self, channel: Channel) -> None:
        for reader in channel.readers:
            reader.woken.set()


def _due(channel: Channel, roots: float) -> float:
    """When a channel may be built again, by the monotonic clock. roots: the sum of the square roots of all costs.

    Pauses as the square roots of the costs spend the allowed share of time so that all wait least in sum.
    """
    return channel.began + max(channel.pause, sqrt(channel.cost) * roots / SHARE) if channel.began else 0.0
