"""Pages that watch one run, in a process of their own: plain sockets, so that they cost the machine little."""

import json
import re
import socket
import sys
from dataclasses import asdict, dataclass, field, replace
from selectors import EVENT_READ, DefaultSelector
from time import process_time, time

STAMP = re.compile(rb'"stamp":([0-9.]+)')
END = b"\n\n"


@dataclass
class Page:
    """line: its socket; rest: of an event that is not whole yet; events: how many it was told."""

    line: socket.socket
    rest: bytearray = field(default_factory=bytearray)
    events: int = 0


@dataclass
class Heard:
    """delays: seconds from an event's building to its end at a page; bytes: received; cpu: seconds of computing."""

    delays: list[float] = field(default_factory=list)
    bytes: int = 0
    cpu: float = 0.0


def opened(port: int, run: str) -> Page:
    """A page that watches the run."""
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.sendall(f"GET /wire/stream?watch=run/{run} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    line.setblocking(False)
    return Page(line)


def read(page: Page, heard: Heard) -> None:
    """Take what has come for a page. Raises ConnectionError at the stream's end."""
    data = page.line.recv(1 << 18)
    if not data:
        raise ConnectionError("the stream ended")
    heard.bytes += len(data)
    page.rest += data
    while (end := page.rest.find(END)) >= 0:
        stamps = STAMP.findall(page.rest, 0, end)
        heard.delays += [time() - float(stamp) for stamp in stamps]
        page.events += len(stamps)
        del page.rest[: end + len(END)]


def watched(port: int, run: str, count: int) -> Heard:
    """What so many pages hear from when each of them has the whole state, which is said by an empty line, until the
    next line is read.
    """
    selector, pages, heard = DefaultSelector(), [opened(port, run) for _ in range(count)], Heard()
    for page in pages:
        selector.register(page.line, EVENT_READ, page)
    while not all(page.events for page in pages):
        for key, _ in selector.select():
            read(key.data, heard)
    print(flush=True)
    heard, began = Heard(), process_time()
    selector.register(sys.stdin, EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                sys.stdin.readline()
                for page in pages:
                    page.line.close()
                return replace(heard, cpu=process_time() - began)
            read(key.data, heard)


def main() -> None:
    """For a line {port, run, count} watch until the next line, then say {delays, bytes, cpu}; again and again."""
    while line := sys.stdin.readline():
        print(json.dumps(asdict(watched(**json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
