"""The nursery: a helper that has imported everything, and forks a child for each line.

A fork takes milliseconds where a new interpreter imports torch for seconds. It is safe because the nursery never
computes: threads of OpenMP and autograd, which a fork would lose, start only in the children. multiprocessing has such
a server too, but each of its children runs the main module again, and under Streamlit that is the app.
"""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import torch

from aedash.data.image_data import load
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.executors.line import HEARD, Line, accepted
from aedash.training.executors.task import tell
from aedash.training.worker import Inbox, Interrupt, Job, ended_by

NICENESS = 10  # of runs: pages come first


def main(control: socket.socket, begin: Callable[[Line], None]) -> None:
    """Fork a child for each line until the server is gone. control: this end of the line to the server, which opens
    lines; begin: what the child does with its line.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children; their line tells of their end
    warm()
    os.nice(NICENESS)  # only now: somebody may be waiting for the first run
    try:
        control.send(b"+")  # from here on a child comes at once, or never
    except OSError:  # the server has ended meanwhile
        return
    for end in accepted(control):
        with end:
            if os.fork() == 0:
                control.close()
                begin(Line(end))


def warm() -> None:
    """Import what a run imports as it begins: all parts, and with the first optimiser half of torch."""
    torch.set_num_threads(1)
    TrainState.fresh(preset("R0-simple").config, load("digits", Path()).info, torch.device("cpu"))
    gc.freeze()  # a collection in a child would write to, and so copy, 100 MB of pages that it shares with the nursery


def child(line: Line) -> None:
    """Train the run whose job is said on the line, say what it tells, and end the process.

    SIGTERM interrupts the run; SIGINT, of a Ctrl-C that the server hears, too, is left to the server.
    """
    jobs: SimpleQueue[Job] = SimpleQueue()
    inbox: Inbox = SimpleQueue()
    try:
        signal.signal(signal.SIGTERM, lambda *_: inbox.put(Interrupt()))
        line.send(os.getpid())
        Thread(target=_listen, args=(line, jobs, inbox), daemon=True).start()
        _train(line, jobs.get(), inbox)
    finally:
        os._exit(0)


def _train(line: Line, job: Job, inbox: Inbox) -> None:
    try:
        for told in tell(job, inbox):
            line.send(told)
    except BaseException as error:
        line.send(ended_by(error, job))


def _listen(line: Line, jobs: SimpleQueue[Job], inbox: Inbox) -> None:
    """Take the job and the commands, and say that they are heard; when the server is gone, so is this process."""
    for message in line.received():
        if message != HEARD:  # else it asks whether anybody listens
            jobs.put(message) if isinstance(message, Job) else inbox.put(message)
        line.send(HEARD)
    os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), child)
