"""The driver: a helper between the server and a Ray cluster. The only file that imports Ray.

Ray tries for minutes to join a cluster, and ends a process that loses it; so the server has this one for it. Jobs,
commands and events pass through as they were pickled: neither this process nor the mailbox imports torch.
"""

import logging
import os
import pickle
import socket
import sys
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from aedash.training.executors.line import CODE, Line, accepted

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before Ray is imported

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

WAIT_SECONDS = 0.2  # between two looks into the mailbox


def main(address: str, control: socket.socket) -> None:
    """Join the cluster, say so, and train a run for each line until the server is gone; its workers go with it.

    address: host:port of the cluster's head; control: this end of the line to the server, which opens lines.
    """
    code = {"env_vars": {"PYTHONPATH": CODE}}
    ray.init(address, log_to_driver=False, logging_level=logging.ERROR, runtime_env=code)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    mailbox = ray.remote(_Mailbox).options(num_cpus=0, scheduling_strategy=here).remote()
    control.send(b"+")
    for number, end in enumerate(accepted(control)):
        Thread(target=_follow, args=(Line(end), number, mailbox), daemon=True).start()
    os._exit(0)


class _Mailbox:
    """An actor on this node that holds the commands to each run; workers fetch them."""

    def __init__(self) -> None:
        self._commands: dict[int, list[bytes]] = {}

    def put(self, number: int, commands: list[bytes]) -> None:
        self._commands[number] = commands

    def get(self, number: int, taken: int) -> list[bytes]:
        return self._commands.get(number, [])[taken:]

    def drop(self, number: int) -> None:
        self._commands.pop(number, None)


def _follow(line: Line, number: int, mailbox: Any) -> None:
    """Say what a worker tells; the last word is why it died, or empty."""
    messages = line.received()
    try:
        job, threads, gpu, commands = next(messages)
        ray.get(mailbox.put.remote(number, commands))
        train = ray.remote(_train).options(num_returns="streaming", max_retries=0, **_needs(threads, gpu))
        stream = train.remote(job, commands, mailbox, number)
        Thread(target=_listen, args=(messages, commands, mailbox, number, stream), daemon=True).start()
        for told in stream:
            line.send_pickled(ray.get(told))
        line.send("")
    except Exception as error:
        line.send(str(error) or type(error).__name__)
    finally:
        line.close()
        mailbox.drop.remote(number)


def _listen(messages: Iterator[bytes], commands: list[bytes], mailbox: Any, number: int, stream: Any) -> None:
    """Put commands into the mailbox; when the line is cut, nobody wants the run any more."""
    for command in messages:
        commands.append(command)
        mailbox.put.remote(number, commands)
    ray.cancel(stream, force=True)


def _needs(threads: int, gpu: bool) -> dict[str, float]:
    """What to ask the cluster for: not more than its largest node has, else the run would wait for ever."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cpus = max((node.get("CPU", 0) for node in nodes), default=0)
    return {"num_cpus": max(1, min(threads, cpus)), "num_gpus": int(gpu and any(node.get("GPU") for node in nodes))}


def _train(job: bytes, commands: list[bytes], mailbox: Any, number: int) -> Iterator[bytes]:
    """On a worker of the cluster, which keeps torch and the images for its next run."""
    from aedash.training.executors.task import tell

    inbox: SimpleQueue[Any] = SimpleQueue()
    over = Event()
    for command in commands:
        inbox.put(pickle.loads(command))
    Thread(target=_fetch, args=(mailbox, number, len(commands), inbox, over), daemon=True).start()
    try:
        for told in tell(pickle.loads(job), inbox):
            yield pickle.dumps(told)
    finally:
        over.set()


def _fetch(mailbox: Any, number: int, taken: int, inbox: SimpleQueue[Any], over: Event) -> None:
    """Move new commands from the mailbox to the inbox."""
    while not over.wait(WAIT_SECONDS):
        for command in ray.get(mailbox.get.remote(number, taken)):
            inbox.put(pickle.loads(command))
            taken += 1


if __name__ == "__main__":
    main(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
