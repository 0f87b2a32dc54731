"""Entries of the index: what a run, a block of steps and an event are in its tables, to be called in a transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from sqlite3 import Connection

from aedash.atomic import parse_json
from aedash.events import EpochEnd, StepBlock
from aedash.history import History, Run
from aedash.store import folder as folders
from aedash.store import listing
from aedash.store.folder import Recorded

HIGHEST = 'SELECT COALESCE(MAX("order"), 0) FROM runs'


def knows(db: Connection, identifier: str) -> bool:
    """Whether a run of that id is listed."""
    return db.execute("SELECT 1 FROM runs WHERE id = ?", (identifier,)).fetchone() is not None


def put(db: Connection, run: Run) -> None:
    """A run's line, in the place of the one before."""
    values = (run.id, run.order, run.state, json.dumps(folders.manifest(run)))
    db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", values)
    listing.put(db, run)


def orders(db: Connection, since: int) -> set[int]:
    """Places in the list that are taken, from that one on."""
    return {order for (order,) in db.execute('SELECT "order" FROM runs WHERE "order" >= ?', (since,))}


def line_of(db: Connection, identifier: str) -> str | None:
    """The manifest that stands there for the run of that id; None where there is none."""
    row = db.execute("SELECT manifest FROM runs WHERE id = ?", (identifier,)).fetchone()
    return row[0] if row else None


def put_event(db: Connection, run: Run, event: Recorded | None) -> None:
    """An event, if any, and what it changed in the run's line."""
    if event:
        put_recorded(db, run.id, event)
    put(db, run)


def put_recorded(db: Connection, identifier: str, event: Recorded) -> None:
    """An event of the run of that id, in the place of the one of its kind and step."""
    step = event.step if isinstance(event, EpochEnd) else 0
    values = (identifier, step, type(event).__name__, json.dumps(asdict(event)))
    db.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", values)


def put_blocks(db: Connection, identifier: str, blocks: Sequence[StepBlock], anew: bool = False) -> None:
    """Blocks of the run of that id. anew: in the place of all that were there."""
    if anew:
        db.execute("DELETE FROM metrics WHERE run = ?", (identifier,))
    named = ((b.step, {**b.losses, "#seconds": b.seconds, "#images": b.images}) for b in blocks)
    rows = ((identifier, name, step, value) for step, values in named for name, value in values.items())
    db.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?)", rows)


def put_history(db: Connection, identifier: str, events: Sequence[Recorded], blocks: Sequence[StepBlock]) -> None:
    """All that was recorded of a run, in the place of all blocks before."""
    for event in events:
        put_recorded(db, identifier, event)
    put_blocks(db, identifier, blocks, anew=True)


def take_up(db: Connection, run: Run, events: Sequence[Recorded], blocks: Sequence[StepBlock]) -> None:
    """A run and its record, where it is not listed yet."""
    if knows(db, run.id):
        return
    put(db, run)
    if not db.execute("SELECT 1 FROM events WHERE run = ?", (run.id,)).fetchone():  # else it comes from the trash
        put_history(db, run.id, events, blocks)


def trim(db: Connection, identifier: str, step: int) -> None:
    """Remove what was recorded of a run behind a step."""
    for table in ("metrics", "events"):
        db.execute(f"DELETE FROM {table} WHERE run = ? AND step > ?", (identifier, step))


def read_event(kind: str, text: str) -> Recorded | None:
    """The event of an entry; None where it is damaged."""
    try:
        return folders.recorded(kind, parse_json(text))
    except (ValueError, TypeError, AttributeError):
        return None


def events_of(history: History) -> list[Recorded]:
    """Its events that have an entry each."""
    return [event for event in (history.started, history.references, *history.ends) if event]


def as_blocks(rows: Iterable[tuple[int, str, float]]) -> list[StepBlock]:
    """Rows (step, name, value) ordered by step, as blocks again."""
    steps: dict[int, dict[str, float]] = {}
    for step, name, value in rows:
        steps.setdefault(step, {})[name] = value
    return [
        StepBlock(step, _in_order(values), int(values["#images"]), values["#seconds"])
        for step, values in steps.items()
        if values.get("#images", 0) >= 1 and "#seconds" in values and "loss" in values
    ]


def _in_order(values: dict[str, float]) -> dict[str, float]:
    """ "loss" first, then the terms, without the bookkeeping."""
    terms = sorted(
        (name for name in values if not name.startswith("#")),
        key=lambda name: (name != "loss", name != "reconstruction"),
    )
    return {name: values[name] for name in terms}
