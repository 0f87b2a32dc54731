"""Preparing: what takes long of a run to be, its folder and the copies of a fork, made while nobody waits for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from aedash.history import History, Run
from aedash.store import Store
from aedash.store.database import sentences
from aedash.training.checkpoint import branch_state
from aedash.training.extending import joined
from aedash.training.plan import Fork, Plan
from aedash.training.room import Reserved


class Prepared(NamedTuple):
    """A run that nobody lists yet, and its record so far, which is its parent's where it is a fork."""

    plan: Plan
    run: Run
    history: History


class Ready(NamedTuple):
    """What can be published, and the room on the disk that is kept for it."""

    runs: list[Prepared]
    reserved: Reserved


@contextmanager
def prepared(store: Store, plans: Sequence[Plan]) -> Iterator[list[Prepared]]:
    """Runs to be, to be published in the block with `Store.making`; what is not is gone after it.

    Raises Refused where there is no room, a kept state is damaged, or a parent was deleted meanwhile.
    """
    made: list[Run] = []
    try:
        ready = []
        for plan in plans:
            made.append(store.making.begin(plan.config, plan.preset, plan.changes, plan.threads, plan.owner))
            ready.append(
                _branched(store, plan, plan.fork, made[-1]) if plan.fork else Prepared(plan, made[-1], History())
            )
        yield ready
    finally:
        store.making.discard(made)


def _branched(store: Store, plan: Plan, fork: Fork, run: Run) -> Prepared:
    """With the state, the record and, if it has them by then, the best weights of the run that it leaves."""
    with sentences():
        epoch, step = branch_state(fork.state, fork.run.folder / "best.safetensors", run.folder)
    run = store.making.branch(fork.run, run, epoch, step)
    history, end = joined(store, run)
    if end:
        store.making.judge(run, end)
    return Prepared(plan, run, history)
