"""Reader: one open page. It has no buffer: it takes from the channels' rings what it has not seen."""

import asyncio
from collections.abc import Awaitable, Sequence

from aedash.wire.channel import Channel

PING_SECONDS = 15.0  # a proxy cuts what says nothing for a minute
SEND_SECONDS = 10.0  # who does not take an event in that time is dropped
END_SECONDS = 0.5  # the same, once the server ends


class Reader:
    """channels: what it watches. woken: set as there may be something new. Made and used in the server's loop."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.channels = channels
        self.woken = asyncio.Event()
        self.over = False
        self._seen = [0] * len(channels)
        self._limit: asyncio.Timeout | None = None

    def end(self) -> None:
        """Nothing more is wanted, or given."""
        self.over = True
        self.woken.set()
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + END_SECONDS)

    async def sent(self, sending: Awaitable[None]) -> None:
        """Wait until it is sent. Raises TimeoutError where the other end does not read."""
        try:
            async with asyncio.timeout(END_SECONDS if self.over else SEND_SECONDS) as self._limit:
                await sending
        finally:
            self._limit = None

    async def next(self) -> bytes:
        """What is new, waited for; a comment after 15 seconds without news; empty at the end."""
        while not self.over:
            self.woken.clear()
            if news := self._news():
                return news
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self.woken.wait()
            except TimeoutError:
                return b":\n\n"
        return b""

    async def wholes(self, timeout: float) -> list[bytes]:
        """The whole state of each channel, as JSON, waited for; those that cannot be built are left out."""
        try:
            async with asyncio.timeout(timeout):
                while not self.over and not all(one.number or one.failed for one in self.channels):
                    self.woken.clear()
                    await self.woken.wait()
        except TimeoutError:
            pass
        return [whole for channel in self.channels if (whole := channel.whole())]

    def _news(self) -> bytes:
        told = [channel.since(seen) for channel, seen in zip(self.channels, self._seen, strict=True)]
        self._seen = [number for _, number in told]
        return b"".join(data for data, _ in told)
