"""The nursery: a process that has imported everything, and forks a child for each run. `process.py` starts it.

A fork takes milliseconds where a new interpreter imports torch for seconds. It is safe because the nursery never
computes: threads of OpenMP and autograd, which a fork would lose, start only in the children. multiprocessing has such
a server too, but each of its children runs the main module again, and under Streamlit that is the app.
"""

import gc
import os
import pickle
import signal
import socket
import sys
import traceback
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import torch

from aedash.data.image_data import load
from aedash.presets.base import preset
from aedash.training.checkpoint import TrainState
from aedash.training.executors.task import tell
from aedash.training.worker import Inbox, Job

NICENESS = 10  # pages come first


def main(control: socket.socket) -> None:
    """Fork a child for each line that arrives on `control`, until the server is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server hears them too, and interrupts its runs in order
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children; their line tells of their end
    os.nice(NICENESS)
    warm()
    while True:
        byte, lines, *_ = socket.recv_fds(control, 1, 1)
        if not byte:
            return
        if os.fork() == 0:
            control.close()
            child(socket.socket(fileno=lines[0]))
        os.close(lines[0])


def warm() -> None:
    """Import what a run imports as it begins: all parts, and with the first optimiser half of torch."""
    torch.set_num_threads(1)
    TrainState.fresh(preset("R0-simple").config, load("digits", Path()).info, torch.device("cpu"))
    gc.freeze()  # a collection in a child would write to, and so copy, 100 MB of pages that it shares with the nursery


def child(line: socket.socket) -> None:
    """Train the run whose job comes in on the line, send out what it tells, and end the process."""
    jobs: SimpleQueue[Job] = SimpleQueue()
    inbox: Inbox = SimpleQueue()
    try:
        Thread(target=_listen, args=(line, jobs, inbox), daemon=True).start()
        for told in tell(jobs.get(), inbox):
            line.sendall(pickle.dumps(told))
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(0)


def _listen(line: socket.socket, jobs: SimpleQueue[Job], inbox: Inbox) -> None:
    """Take the job and the commands; the end of the line is the end of the server, and of this process with it."""
    try:
        with line.makefile("rb") as messages:
            while True:
                message = pickle.load(messages)
                jobs.put(message) if isinstance(message, Job) else inbox.put(message)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
