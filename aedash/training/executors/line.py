"""Lines to other processes: pickled messages over a socket, which the kernel closes for the dead.

A helper is a process of ours that ties the far ends to whatever trains. Nothing here imports torch.
"""

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from threading import RLock
from typing import Any

import aedash

HEARD = "heard"  # what a child says of each message
CODE = str(Path(aedash.__file__).parents[1])
ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # pyarrow, of scikit-learn: who forks has one thread


def environment() -> dict[str, str]:
    """What a helper sees: this process's own, and where the code is before all other paths."""
    paths = [CODE, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **ALONE, "PYTHONPATH": os.pathsep.join(paths)}


class Line:
    """One end of a line; any thread may send, one receives.

    Messages are pickled: both ends are ours, on one machine. A line to the dead swallows what is sent.
    helper: the process that it was opened to.
    """

    def __init__(self, end: socket.socket, helper: "subprocess.Popen[bytes] | None" = None) -> None:
        self._end, self.helper = end, helper
        self._sending = RLock()

    def send(self, message: Any) -> None:
        """Send a message; nobody may be there to hear it."""
        self.send_pickled(pickle.dumps(message))

    def send_pickled(self, pickled: bytes) -> None:
        """Send what is pickled already."""
        with self._sending, suppress(OSError):
            self._end.sendall(pickled)

    def received(self, first: float | None = None) -> Iterator[Any]:
        """What the other end sends, until it is gone, perhaps in the middle of a message.

        first: seconds in which the first message must come, else nothing does; None for any time. The line is closed
        afterwards.
        """
        torn = (EOFError, OSError, pickle.UnpicklingError)
        with self._end, self._end.makefile("rb") as messages, suppress(*torn):
            self._end.settimeout(first)
            message = pickle.load(messages)
            self._end.settimeout(None)
            while True:
                yield message
                message = pickle.load(messages)

    def close(self) -> None:
        """Both ends hear nothing more."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)


class Helper:
    """A module run as a process. It is started when it is needed and does not live, and ends with this process.

    module: its dotted name; words: its arguments, before the number of its end of the control line.
    """

    def __init__(self, module: str, *words: str) -> None:
        self._command = [sys.executable, "-m", module, *words]
        self._lock = RLock()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start it unless it lives; whether that was needed. Raises OSError where no process can be made."""
        with self._lock:
            if self.process is not None and self.process.poll() is None:
                return False
            self.end()
            self._control, far = socket.socketpair()
            with far:
                self.process = subprocess.Popen(
                    [*self._command, str(far.fileno())],
                    stdin=subprocess.DEVNULL,
                    env=environment(),
                    pass_fds=[far.fileno()],
                )
            atexit.register(self.end)
            return True

    def ready(self, timeout: float) -> bool:
        """Whether it has said so, or says so within `timeout` seconds; for a helper that does. Any number may ask."""
        with suppress(OSError):
            with self._lock:
                control = self._control.dup()  # it may be replaced meanwhile: of a closed end nothing is heard
            with control, DefaultSelector() as selector:
                selector.register(control, EVENT_READ)
                return bool(selector.select(timeout) and control.recv(1, socket.MSG_PEEK))
        return False

    def replace(self, process: "subprocess.Popen[bytes] | None") -> None:
        """End the process if it is still this one: the next line goes to a new one."""
        with self._lock:
            if process is self.process:
                self.end()

    def connect(self) -> Line:
        """A new line to it, started for that where it does not live. One to a helper that dies this moment is cut."""
        near, far = socket.socketpair()
        with far, self._lock:
            self.start()
            with suppress(OSError):  # it has died this moment: the line is cut
                socket.send_fds(self._control, [b"+"], [far.fileno()])
            return Line(near, self.process)

    def end(self) -> None:
        """End the process, in whatever it is doing."""
        with self._lock:
            if self.process is not None:
                self._control.close()
                self.process.kill()
                self.process.wait()
                self.process = None
                atexit.unregister(self.end)


def accepted(control: socket.socket) -> Iterator[socket.socket]:
    """In a helper: the far ends of lines as they are opened, until the server is gone. Ctrl-C is left to the server."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server hears them too, and interrupts its runs in order
    with suppress(ConnectionResetError):  # killed, and some of what it was told unread
        while True:
            byte, handles, *_ = socket.recv_fds(control, 1, 1)
            if not byte:
                return
            yield socket.socket(fileno=handles[0])
