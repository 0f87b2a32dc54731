"""The protocol of all executors."""

from typing import Protocol

from aedash.events import Event
from aedash.training.worker import Command, Job


class Executor(Protocol):
    """Runs jobs somewhere. One reader a run pulls its events by position, so that none is lost. Raises nothing about a
    run that it does not know: commands to it are ignored, and it has no events.
    """

    def submit(self, job: Job) -> None:
        """Start the job now; who queues decides when. Returns at once."""

    def send(self, run: str, command: Command) -> None:
        """Pass a command to a run; one that is not running here is ignored."""

    def events(self, run: str, after: int, timeout: float = 0.0) -> list[Event]:
        """Events from position `after` on; waits for one up to `timeout` seconds. Empty once all were given.

        Those before `after` are dropped: whoever asks for what follows has them.
        """

    def join(self, run: str) -> None:
        """Wait until a run that was told to end has ended."""

    def forget(self, run: str) -> None:
        """Drop the events of a run that has ended and was recorded."""

    def close(self, timeout: float) -> None:
        """Interrupt every run and wait for their end, at most `timeout` seconds together; then kill what can be."""
