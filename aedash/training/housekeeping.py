"""Housekeeping: what a server does beside its runs, in a thread of its own, so that no page waits for it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from threading import Event as Signal

from aedash.registry import Refused
from aedash.store import Store

FEW = 50  # runs that are measured at once
REST_SECONDS = 0.05  # between them: others want to write, too
EVERY_SECONDS = 30.0


def keep_house(store: Store, lock: AbstractContextManager[object], closing: Signal) -> None:
    """Until the process closes: measure runs of earlier versions, once, and remove what is old from the trash, and what
    killed processes left of runs to be.

    lock: held while a run is removed for good, one at a time, so that nobody brings it back in that moment and nobody
    waits for all of them. Raises nothing.
    """
    with suppress(Refused):
        for few in _batches(store.listing.unweighed()):
            store.measure([run for run in store.some(few) if not run.state.alive])
            if closing.wait(REST_SECONDS):
                return
    while not closing.wait(EVERY_SECONDS):
        store.making.tidy()
        for one in store.trash.thrown():
            if one.old:
                with lock:
                    store.trash.empty([one])


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + FEW] for at in range(0, len(ids), FEW))
