"""The index as an SQLite file: one writer at a time, readers beside it, and a sentence for whatever goes wrong.

A damaged file is set aside under another name and begun anew: the folders hold what is needed to fill it again.
"""

import errno
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from aedash.atomic import Busy, Full, held
from aedash.registry import Refused
from aedash.store import listing

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
PATIENCE = 10.0  # seconds to wait for another process that writes
SETTLED_SECONDS = 2.0  # at most so much of what was written is lost with the power: less than a save brings along
QUICK = 100_000_000  # bytes that are checked in half a second; a larger file is checked once something is amiss
COLUMNS = {
    "runs": ["id", "order", "state", "manifest"],
    "metrics": ["run", "name", "step", "value"],
    "events": ["run", "step", "kind", "json"],
}
_TABLES = (
    'CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, "order" INTEGER, state TEXT, manifest TEXT)',
    "CREATE TABLE IF NOT EXISTS metrics (run TEXT, name TEXT, step INTEGER, value REAL,"
    " PRIMARY KEY (run, name, step)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS events (run TEXT, step INTEGER, kind TEXT, json TEXT,"
    " PRIMARY KEY (run, kind, step)) WITHOUT ROWID",
)
_WORDS = ("id", "preset", "state", "sentence", "created")
_NUMBERS = ("order", "epochs_done", "threads", "seconds", "images")
_PARTS = ("config", "figures", "changes")  # JSON in a column each
T = TypeVar("T")


class Damaged(Refused):
    """The index is no database of ours any more, or was taken away while it was open.

    `Database.mend` begins it anew.
    """


class Database:
    """One SQLite file. A read sees what is committed and waits for nobody; a write waits its turn.

    set_aside: the name that a damaged file was given as this one was begun anew, else empty. Safe in several threads
    and processes.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or begin it.

        Raises Refused where it cannot be, Busy where another process keeps it over ten seconds.
        """
        self.path = path
        self._writing, self._reading = Lock(), Lock()
        self._settled = -inf
        self.set_aside = ""
        try:
            self._open(thorough=path.exists() and path.stat().st_size <= QUICK)
        except Damaged:
            self.set_aside = self._begin_anew()

    def close(self) -> None:
        """Close both connections; nothing may be asked afterwards."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds, a tuple a line; the values fill its question marks.

        Raises Refused; Damaged when `mend` is needed.
        """
        with self._reading, sentences():
            return self._reader.execute(sql, values).fetchall()

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in a transaction: all of it or, whatever it raises, nothing. Returns what the work does.

        What was committed outlasts the process at once, and a power cut within two seconds.
        Raises Refused as `rows` does: Busy after ten seconds, Full without room.
        """
        with self._writing, sentences():
            self._check_place()
            settles = monotonic() - self._settled > SETTLED_SECONDS
            self._writer.execute(f"PRAGMA synchronous={'FULL' if settles else 'NORMAL'}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                value = work(self._writer)
                self._writer.execute("COMMIT")
                self._settled = monotonic() if settles else self._settled
                return value
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def mend(self) -> str:
        """Open the file again; a damaged one is set aside first. Its new name, or empty. Raises Refused."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()
            try:
                self._open(thorough=True)
                return ""
            except Damaged:
                return self._begin_anew()

    def _open(self, thorough: bool) -> None:
        with sentences():
            self._writer = self._reader = _connection(self.path)
            try:
                _prepare(self._writer, thorough, self.path.parent)
                self._reader = _connection(self.path)
                self._file = self.path.stat().st_ino
            except BaseException:
                self._writer.close()
                raise

    def _check_place(self) -> None:
        """SQLite would go on writing to a file that somebody removed."""
        if not self.path.exists() or self.path.stat().st_ino != self._file:
            raise Damaged("The index of the runs was taken away.", "index")

    def _begin_anew(self) -> str:
        with sentences(), held(self.path.with_name("index.lock"), tries=1000):
            try:
                self._open(thorough=True)
                return ""  # another process was quicker
            except Damaged:
                name = f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
                for suffix in ("", "-wal", "-shm"):
                    part = self.path.with_name(self.path.name + suffix)
                    if part.exists():
                        part.rename(self.path.with_name(name + suffix))
                self._open(thorough=False)
                return name


@contextmanager
def sentences() -> Iterator[None]:
    """Whatever SQLite or the disk complains of becomes a Refused with a sentence for people: Busy, Full, Damaged or
    plain.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _refusal(error) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _full() from error
        raise _unwritable(error.strerror or type(error).__name__) from error


def _refusal(error: sqlite3.Error) -> Refused:
    code = getattr(error, "sqlite_errorcode", 0)
    match code & 0xFF:  # the rest says more, and is not needed
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy("Another process keeps the index of the runs busy; try again in a moment.", "index")
        case sqlite3.SQLITE_FULL:
            return _full()
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Damaged("The index of the runs is damaged.", "index")
    return _unwritable(str(error))


def _full() -> Refused:
    return Full("The disk with the runs is full; make room and try again.", "disk")


def _unwritable(why: str) -> Refused:
    return Refused(f"The runs folder cannot be written ({why.lower()}).", "AEDASH_RUNS_DIR", "a writable folder")


def _connection(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
    db.text_factory = lambda text: text.decode(errors="replace")
    return db


def _prepare(db: sqlite3.Connection, thorough: bool, root: Path) -> None:
    """Check the file and give it our tables. Raises Damaged for one that holds something else."""
    db.execute("PRAGMA journal_mode=WAL")
    if thorough and db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise Damaged("The index of the runs is damaged.", "index")
    db.execute("BEGIN IMMEDIATE")
    try:
        _migrate(db)
        for table in _TABLES:
            db.execute(table)
        if any(_columns(db, table) != names for table, names in COLUMNS.items()):
            raise Damaged("The index of the runs has other tables.", "index")
        listing.prepare(db, root)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _migrate(db: sqlite3.Connection) -> None:
    """An index of an earlier version had a column for each field of a run; now they are one manifest."""
    columns = _columns(db, "runs")
    if "config" not in columns:
        return
    old = [dict(zip(columns, row, strict=True)) for row in db.execute("SELECT * FROM runs")]
    db.execute("DROP TABLE runs")
    db.execute(_TABLES[0])
    for run in old:
        values = (run.get("id"), run.get("order"), run.get("state"), _manifest_of(run))
        db.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", values)


def _manifest_of(columns: dict[str, Any]) -> str:
    """The manifest as JSON. A part that is damaged is left out, so that the line is told to be unreadable."""
    raw: dict[str, Any] = {"schema": 1, **{name: columns.get(name) for name in (*_WORDS, *_NUMBERS)}}
    for name in _PARTS:
        try:
            raw[name] = json.loads(columns.get(name) or "[]")
        except (ValueError, TypeError, RecursionError):
            continue
    return json.dumps(raw)
