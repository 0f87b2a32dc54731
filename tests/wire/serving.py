"""The wire's routes alone, served by uvicorn in a thread, and a client that reads events."""

import json
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import ClassVar

import uvicorn
from starlette.applications import Starlette

from aedash.wire.parcels import Parcels
from aedash.wire.routes import routes

SERVERS = {}


def connections(port):
    """The lines that the server of that port has open."""
    return SERVERS[port].server_state.connections


@contextmanager
def served(hub, moments=None, base="", parcels=None):
    """The port of a server of these channels."""
    app = Starlette(routes=routes(hub, moments or {}, parcels or Parcels(), base))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=60))
    began = threading.Event()
    start = server.startup

    async def startup(sockets=None):
        await start(sockets)
        began.set()

    server.startup = startup
    thread = threading.Thread(target=server.run)
    thread.start()
    assert began.wait(300)
    port = server.servers[0].sockets[0].getsockname()[1]
    SERVERS[port] = server
    try:
        yield port
    finally:
        if hub._loop is not None:
            hub._loop.call_soon_threadsafe(hub.end)
        server.should_exit = True
        thread.join(300)
        del SERVERS[port]
        while Client.opened:
            Client.opened.pop().close()
        assert not thread.is_alive()


class Client:
    """A page that watches, until its server ends."""

    opened: ClassVar = []

    def __init__(self, port, *names, path="/wire/stream", **headers):
        self.connection = HTTPConnection("127.0.0.1", port, timeout=300)
        self.opened.append(self)
        self.connection.request("GET", f"{path}?" + "&".join(f"watch={name}" for name in names), headers=headers)
        self.response = self.connection.getresponse()
        self.status, self.headers = self.response.status, self.response.headers

    def event(self):
        """The next event's data; None at the end."""
        for line in self.response:
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return None

    def close(self):
        self.response.close()
        self.connection.close()
