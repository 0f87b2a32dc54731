"""Retention: which runs may be removed to make room for new ones, the oldest first."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress

from aedash.history import Run, zoned
from aedash.sweep import Sweep

RECENT = 3600.0  # seconds after its end in which a run stays


def leaving(
    runs: Iterable[Run],
    sweeps: Sequence[Sweep],
    now: float,
    ended: Callable[[Run], float],
    needed: Collection[str] = (),
) -> Iterator[Run]:
    """Those that may go, the oldest first: over, for an hour at least, and not pinned.

    A sweep is one thing: while one of its runs has to stay, all do. now, ended: seconds since 1970; needed: ids of
    others that stay. What a run was forked from may go: a fork has its own copy of all that it needs.
    """
    runs = sorted(runs, key=lambda run: run.order)
    staying = {run.id for run in runs if run.pinned or run.state.alive or now - ended(run) < RECENT}.union(needed)
    for sweep in sweeps:
        if not staying.isdisjoint(sweep.runs):
            staying.update(sweep.runs)
    return (run for run in runs if run.id not in staying)


def end_of(run: Run) -> float:
    """When it came to rest, by its folder; of one without a record when it was made. Seconds since 1970."""
    with suppress(OSError):
        return (run.folder / "history.json").stat().st_mtime
    return zoned(run.created).timestamp()
